// Every golden task through the real loader, renderer and evaluator, compared with what the harness
// made of it: requests, hashes, filtered responses, figures and standard errors, byte for byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/document.h"
#include "benchmarks/evaluate.h"
#include "benchmarks/filter.h"
#include "benchmarks/python_json.h"
#include "benchmarks/python_text.h"
#include "benchmarks/rows.h"
#include "tests/golden/expected.h"

namespace gwageo::golden {
namespace {

// What this version does not do as the harness does. A task that passes must leave the list.
constexpr std::array<std::string_view, 65> pending = {
    "aggregations",
    "array_json",
    "blank_inputs",
    "blank_inputs_shots",
    "brier",
    "causes",
    "chat_prefix",
    "chat_single",
    "chat_system",
    "chat_turns",
    "column_rolling",
    "columns_named",
    "csv_types",
    "defined_tests",
    "dialogue",
    "empty_choice",
    "entailment",
    "few_indices",
    "few_overrides",
    "few_prefix",
    "field_json",
    "generated_choice",
    "golds_by_template",
    "included",
    "inline_two",
    "last_word",
    "last_word_shots",
    "letters_flexible",
    "listlike_first",
    "listlike_text",
    "many_rows",
    "mapped",
    "methods",
    "mutual_information",
    "norms_all",
    "norms_case",
    "number_target",
    "options_loop",
    "packed_gzip",
    "packed_zstd",
    "pages_rolling",
    "pairs_f1",
    "prefix_column",
    "prefixed_choices",
    "puzzles_drawn",
    "puzzles_inline",
    "repeats_choices",
    "repeats_kept",
    "replaced_pattern",
    "science_columns",
    "several_golds",
    "stance_mcc",
    "sums_nulls",
    "sums_strict",
    "sums_vote",
    "table_csv",
    "table_tsv",
    "tags_listed",
    "test_pool",
    "tied_choices",
    "truth_set",
    "typed_columns",
    "until_text",
    "validation_only",
    "whitespace_control",
};

bool is_pending(std::string_view name) {
  return std::find(pending.begin(), pending.end(), name) != pending.end();
}

// Where a task differs, in words; empty where it does not.
using Difference = std::string;

Difference unequal(const std::string& what, const std::string& got, const std::string& wanted) {
  if (got == wanted) return {};
  return what + ": got " + python_literal(got) + ", the harness has " + python_literal(wanted);
}

struct Loaded {
  Suite suite;
  std::vector<PlanEntry> entries;
  const Task& task() const { return suite.tasks.front(); }
};

// A suite of the one task, beside a file that holds it. What the harness was told on its command
// line are keys of the task here.
class SuiteOfOne final : public SourceFiles {
 public:
  explicit SuiteOfOne(const GoldenTask& golden)
      : text_("suite: golden\nversion: 1\naxes: {golden: {}}\ntasks:\n  - include: " + golden.file +
              "\n    axis: golden\n") {
    const Json* chat = golden.expected.find("chat");
    if (chat == nullptr) return;
    for (const auto& [key, value] : chat->as_object()) {
      text_ += "    " + key + ": " + value.dump() + "\n";
    }
  }
  Result<std::uint64_t> size(const std::string& path) const override {
    return path == "suite.yaml" ? text_.size() : disk_.size(path);
  }
  Result<std::string> read(const std::string& path, std::uint64_t offset,
                           std::uint64_t count) const override {
    return path == "suite.yaml" ? text_.substr(offset, count) : disk_.read(path, offset, count);
  }

 private:
  std::string text_;
  DiskFiles disk_{folder()};
};

Result<Loaded> load(const SourceFiles& files) {
  GWAGEO_ASSIGN(suite, load_suite("suite.yaml", files));
  Loaded out{std::move(suite), {}};
  GWAGEO_TRY(render_plan(out.suite, files, [&](PlanEntry entry) -> Status {
    out.entries.push_back(std::move(entry));
    return {};
  }));
  return out;
}

// The rows as the harness sees them.
Result<std::vector<Json>> documents(const Task& task, const SourceFiles& files) {
  RowReader reader(files, task.data_files.at(task.test_split));
  std::vector<Json> out;
  while (true) {
    GWAGEO_ASSIGN(row, reader.next());
    if (!row) return out;
    out.push_back(row->fields);
  }
}

// The target as the harness logs it.
Result<std::string> target(const Task& task, const Json& first, const Json& row) {
  GWAGEO_ASSIGN(expression, Expression::compile("doc_to_target", task.doc_to_target, first));
  GWAGEO_ASSIGN(value, expression.value(row));
  return python_text(value);
}

Difference hashes(const Loaded& loaded, const SourceFiles& files, const Json::Array& items) {
  const auto rows = documents(loaded.task(), files);
  if (!rows) return rows.error().message;
  if (rows->size() != items.size()) return "another number of documents";
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string which = "item " + std::to_string(i);
    const auto wanted = [&](const char* key) { return items[i].find(key)->as_string(); };
    const auto text = target(loaded.task(), rows->front(), (*rows)[i]);
    if (!text) return which + ": " + text.error().message;
    for (const Difference& difference :
         {unequal(which + ", target", *text, wanted("target")),
          unequal(which + ", target_hash", to_hex(sha256(*text)), wanted("target_hash")),
          unequal(which + ", doc_hash", to_hex(sha256(python_json((*rows)[i], 2))),
                  wanted("doc_hash"))}) {
      if (!difference.empty()) return difference;
    }
  }
  return {};
}

Difference generation(const Request& request, const Json& arguments) {
  const Json* until = arguments.find("until");
  std::vector<std::string> stop;
  if (until->is_string()) stop.push_back(until->as_string());
  if (until->is_array()) {
    for (const Json& element : until->as_array()) stop.push_back(element.as_string());
  }
  if (request.stop != stop) return "other stop strings";
  const auto number = [&](const char* key, double otherwise) {
    const Json* value = arguments.find(key);
    return value == nullptr ? otherwise : value->as_double();
  };
  if (request.tokens_max != number("max_gen_toks", 256)) return "another limit";
  if (request.temperature != number("temperature", 0)) return "another temperature";
  if (request.top_p != number("top_p", 1)) return "another top_p";
  return {};
}

// A chat as the golden files have it: what a model's chat template is given.
Json messages(const Request& request) {
  Json out = Json::array();
  for (const ChatMessage& message : request.messages) {
    out.push_back(Json::Object{{"role", message.role}, {"content", message.content}});
  }
  return out;
}

Difference one_request(const Request& request, OutputType type, const std::string& context,
                       const Json::Array& argument, const Json& expected) {
  if (type == OutputType::loglikelihood_rolling) {
    return unequal("text", request.continuation, context);
  }
  const Difference prompt = request.kind == RequestKind::chat
                                ? unequal("messages", python_json(messages(request)), context)
                                : unequal("prompt", request.prompt, context);
  if (!prompt.empty()) return prompt;
  if (type == OutputType::generate_until) {
    return generation(request, *expected.find("generation_kwargs"));
  }
  return unequal("continuation", request.continuation, argument.at(1).as_string());
}

Difference requests(const PlanEntry& entry, OutputType type, const Json& item,
                    const Json& expected) {
  const Json::Array& arguments = item.find("arguments")->as_array();
  if (entry.requests.size() != arguments.size()) {
    return "got " + std::to_string(entry.requests.size()) + " requests, the harness has " +
           std::to_string(arguments.size());
  }
  const std::string& first = arguments.front().as_array().front().as_string();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Json::Array& argument = arguments[i].as_array();
    const std::string& context = argument.front().is_null() ? first : argument.front().as_string();
    const Request request = decode_request(entry.requests[i]).value();
    const Difference difference = one_request(request, type, context, argument, expected);
    if (!difference.empty()) return "request " + std::to_string(i) + ", " + difference;
  }
  return unequal("prompt_hash", to_hex(sha256(first)), item.find("prompt_hash")->as_string());
}

// The place of each entry's item among the expected ones; entries of one item stand together.
std::vector<std::size_t> item_of_each(const std::vector<PlanEntry>& entries) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool is_new = i > 0 && entries[i].item != entries[i - 1].item;
    out.push_back(i == 0 ? 0 : out.back() + (is_new ? 1 : 0));
  }
  return out;
}

Difference plan(const Loaded& loaded, const Json& expected) {
  const Json::Array& items = expected.find("items")->as_array();
  const std::vector<std::size_t> place = item_of_each(loaded.entries);
  const std::size_t repeats = items.front().find("resps")->as_array().front().as_array().size();
  if (loaded.entries.size() != items.size() * repeats) return "another number of entries";
  for (std::size_t i = 0; i < place.size(); ++i) {
    const Difference difference =
        requests(loaded.entries[i], loaded.task().output_type, items.at(place[i]), expected);
    if (!difference.empty()) return "item " + std::to_string(place[i]) + ": " + difference;
  }
  return {};
}

Response response(const Json& said) {
  Response out;
  if (said.is_string()) {
    out.text = said.as_string();
  } else if (said.is_array()) {
    out.log_probability = said.as_array().at(0).as_double();
    out.greedy = said.as_array().at(1).as_bool();
  } else {
    out.log_probability = said.as_double();
  }
  return out;
}

std::vector<Response> responses(const PlanEntry& entry, const Json& item) {
  std::vector<Response> out;
  for (const Json& repeats : item.find("resps")->as_array()) {
    out.push_back(response(repeats.as_array().at(entry.repeat)));
  }
  return out;
}

// What each filter of a generating task makes of an item's responses.
Difference filtered(const Loaded& loaded, const Json& expected) {
  const Json::Array& items = expected.find("items")->as_array();
  for (const FilterPipeline& pipeline : loaded.task().filters) {
    const auto chain = FilterChain::create(pipeline);
    if (!chain) return chain.error().message;
    const Json* rows = expected.find("filters")->find(pipeline.name);
    if (rows == nullptr) return "the harness has no filter '" + pipeline.name + "'";
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Json& said = items[i].find("resps")->as_array().front().as_array().front();
      const Json* wanted = rows->as_array().at(i).find("filtered_resps");
      const auto answer = chain->run(said.as_string());
      const Json& kept = wanted == nullptr ? said : wanted->as_array().front();
      const Difference difference = unequal(
          "item " + std::to_string(i) + ", filter '" + pipeline.name + "'",
          answer ? python_literal(Json(*answer)) : answer.error().message, python_literal(kept));
      if (!difference.empty()) return difference;
    }
  }
  return {};
}

// A figure as the harness writes it.
std::string figure(const std::optional<double>& value) {
  return value ? python_number(*value) : "N/A";
}
std::string figure(const Json& value) {
  return value.is_string() ? value.as_string() : python_number(value.as_double());
}

Difference scores(const Loaded& loaded, const Json& expected) {
  const auto evaluator = Evaluator::create(loaded.suite);
  if (!evaluator) return evaluator.error().message;
  const Json::Array& items = expected.find("items")->as_array();
  const std::vector<std::size_t> place = item_of_each(loaded.entries);
  for (std::size_t i = 0; i < place.size(); ++i) {
    (*evaluator)->add(loaded.entries[i], responses(loaded.entries[i], items.at(place[i])));
  }
  const Scorecard card = (*evaluator)->finish();
  const Json& results = *expected.find("results");
  for (const MetricScore& score : card.tasks.front().metrics) {
    const std::size_t comma = score.name.find(',');
    const std::string filter = comma == std::string::npos ? "," + loaded.task().filters.front().name
                                                          : score.name.substr(comma);
    const std::string metric = score.name.substr(0, comma);
    const Json* value = results.find(metric + filter);
    if (value == nullptr) return "the harness has no " + metric + filter;
    const Json& error = *results.find(metric + "_stderr" + filter);
    for (const Difference& difference :
         {unequal(metric + filter, figure(std::optional(score.value)), figure(*value)),
          unequal(metric + "_stderr" + filter, figure(score.standard_error), figure(error))}) {
      if (!difference.empty()) return difference;
    }
  }
  const auto figures = std::count_if(results.as_object().begin(), results.as_object().end(),
                                     [](const Json::Member& member) {
                                       return member.first.find("_stderr,") != std::string::npos;
                                     });
  if (card.tasks.front().metrics.size() != static_cast<std::size_t>(figures)) {
    return "another number of figures";
  }
  return {};
}

Difference compare(const GoldenTask& golden) {
  const SuiteOfOne files(golden);
  const auto loaded = load(files);
  if (!loaded) return loaded.error().message;
  Difference difference = plan(*loaded, golden.expected);
  if (difference.empty()) {
    difference = hashes(*loaded, files, golden.expected.find("items")->as_array());
  }
  if (difference.empty() && loaded->task().output_type == OutputType::generate_until) {
    difference = filtered(*loaded, golden.expected);
  }
  if (difference.empty()) difference = scores(*loaded, golden.expected);
  return difference;
}

class Golden : public testing::TestWithParam<GoldenTask> {};

TEST_P(Golden, IsWhatTheHarnessGives) {
  const Difference difference = compare(GetParam());
  if (is_pending(GetParam().name)) {
    EXPECT_NE(difference, "") << "no longer pending: take it off the list";
  } else {
    EXPECT_EQ(difference, "");
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, Golden, testing::ValuesIn(tasks()),
                         [](const auto& task) { return task.param.name; });

TEST(GoldenFiles, AreEnough) { EXPECT_GE(tasks().size(), 44U); }

}  // namespace
}  // namespace gwageo::golden
