// Every golden task through the real loader, renderer and evaluator, compared with what the harness
// made of it: requests, hashes, filtered responses, figures and standard errors, byte for byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/document.h"
#include "benchmarks/evaluate.h"
#include "benchmarks/group.h"
#include "benchmarks/python_json.h"
#include "benchmarks/python_text.h"
#include "benchmarks/rows.h"
#include "tests/golden/expected.h"

namespace gwageo::golden {
namespace {

// Where a task differs, in words; empty where it does not.
using Difference = std::string;

Difference unequal(const std::string& what, const std::string& got, const std::string& wanted) {
  if (got == wanted) return {};
  return what + ": got " + python_literal(got) + ", the harness has " + python_literal(wanted);
}

// One task of the suite with its entries, and what is expected of it.
struct Part {
  const Task& task;
  std::vector<PlanEntry> entries;
  const Json& expected;
};

// A suite of one golden file. What the harness was told on its command line are keys of the task
// here.
class GoldenSuite final : public SourceFiles {
 public:
  explicit GoldenSuite(const Golden& golden)
      : text_("suite: golden\nversion: 1\naxes: {golden: {}}\ntasks:\n") {
    const std::string start = "  - include: tasks/" + golden.name + "/";
    const std::string end = ".yaml\n    axis: golden\n";
    if (const Json* first = golden.expected.find("first")) {
      for (const Json& name : first->as_array()) text_ += start + name.as_string() + end;
    }
    text_ += start + golden.name + end;
    const Json& task = golden.expected.find("tasks")->as_object().front().second;
    if (const Json* chat = task.find("chat")) {
      for (const auto& [key, value] : chat->as_object()) {
        text_ += "    " + key + ": " + value.dump() + "\n";
      }
    }
  }
  Result<std::uint64_t> size(const std::string& path) const override {
    return path == "suite.yaml" ? text_.size() : disk_.size(path);
  }
  Result<std::string> read(const std::string& path, std::uint64_t offset,
                           std::uint64_t count) const override {
    return path == "suite.yaml" ? text_.substr(offset, count) : disk_.read(path, offset, count);
  }
  Result<std::vector<std::string>> list(const std::string& folder) const override {
    return disk_.list(folder);
  }

 private:
  std::string text_;
  DiskFiles disk_{folder()};
};

Result<std::vector<PlanEntry>> rendered(const Suite& suite, const SourceFiles& files) {
  std::vector<PlanEntry> out;
  GWAGEO_TRY(render_plan(suite, files, [&](PlanEntry entry) -> Status {
    out.push_back(std::move(entry));
    return {};
  }));
  return out;
}

// What the harness logs of each row: the row itself, and its target.
struct Logged {
  Json document;
  std::string target;
};

Result<std::vector<Logged>> logged(const Task& task, const SourceFiles& files) {
  GWAGEO_ASSIGN(table, Table::open(files, task.data_files.at(task.test_split), task.data_format));
  GWAGEO_ASSIGN(question, Question::compile(task.question, table.columns()));
  RowReader reader(files, table);
  std::vector<Logged> out;
  while (true) {
    GWAGEO_ASSIGN(row, reader.next());
    if (!row) return out;
    GWAGEO_ASSIGN(target, question.target(row->fields));
    out.push_back({row->fields, python_text(target)});
  }
}

Difference hashes(const Part& part, const SourceFiles& files) {
  const Json::Array& items = part.expected.find("items")->as_array();
  const auto rows = logged(part.task, files);
  if (!rows) return rows.error().message;
  if (rows->size() != items.size()) return "another number of documents";
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& [document, target] = (*rows)[i];
    const auto wanted = [&](const char* key) { return items[i].find(key)->as_string(); };
    for (const Difference& difference :
         {unequal("target", target, wanted("target")),
          unequal("target_hash", to_hex(sha256(target)), wanted("target_hash")),
          unequal("doc_hash", to_hex(sha256(python_json(document, 2))), wanted("doc_hash"))}) {
      if (!difference.empty()) return "item " + std::to_string(i) + ", " + difference;
    }
  }
  return {};
}

Difference generation(const Request& request, const Json& arguments) {
  const Json* until = arguments.find("until");
  std::vector<std::string> stop;
  if (until->is_string()) stop.push_back(until->as_string());  // "" stops nothing.
  if (until->is_array()) {
    for (const Json& element : until->as_array()) stop.push_back(element.as_string());
  }
  stop.erase(std::remove(stop.begin(), stop.end(), ""), stop.end());
  if (request.stop != stop) return "other stop strings";
  const auto number = [&](const char* key, double otherwise) {
    const Json* value = arguments.find(key);
    return value == nullptr ? otherwise : value->as_double();
  };
  if (request.tokens_max != number("max_gen_toks", number("max_new_tokens", 256)))
    return "another limit";
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

Difference plan(const Part& part) {
  const Json::Array& items = part.expected.find("items")->as_array();
  const std::vector<std::size_t> place = item_of_each(part.entries);
  const std::size_t repeats = items.front().find("resps")->as_array().front().as_array().size();
  if (part.entries.size() != items.size() * repeats) return "another number of entries";
  for (std::size_t i = 0; i < place.size(); ++i) {
    const Difference difference =
        requests(part.entries[i], part.task.output_type, items.at(place[i]), part.expected);
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

// What the evaluator shows of the items of each task, in order.
using Seen = std::vector<std::vector<std::vector<FilteredItem>>>;

// What an item is logged with under one filter.
Difference filtered_item(const FilteredItem& got, const Json& item, const Json& row) {
  Json responses = Json::array();
  for (const Json& repeats : item.find("resps")->as_array()) {
    responses.push_back(repeats.as_array().front());
  }
  Json metrics = Json::object();
  for (const auto& [name, value] : row.as_object()) {
    if (name == "filtered_resps") {
      responses = value;
    } else {
      metrics[name] = value;
    }
  }
  const Difference difference =
      unequal("filtered_resps", python_json(got.responses), python_json(responses));
  if (!difference.empty()) return difference;
  return unequal("metrics", python_json(got.metrics), python_json(metrics));
}

Difference filtered(const Part& part, const std::vector<std::vector<FilteredItem>>& seen) {
  const Json::Array& items = part.expected.find("items")->as_array();
  for (std::size_t f = 0; f < part.task.filters.size(); ++f) {
    const std::string& name = part.task.filters[f].name;
    const Json* rows = part.expected.find("filters")->find(name);
    if (rows == nullptr) return "the harness has no filter '" + name + "'";
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Difference difference =
          filtered_item(seen.at(i).at(f), items[i], rows->as_array().at(i));
      if (difference.empty()) continue;
      return "item " + std::to_string(i) + ", filter '" + name + "', " + difference;
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

// One metric under one filter, and its standard error.
Difference figures(const Json& results, const std::string& metric, const std::string& filter,
                   double value, const std::optional<double>& error) {
  const std::string key = metric + "," + filter;
  const std::string error_key = metric + "_stderr," + filter;
  if (results.find(key) == nullptr) return "the harness has no " + key;
  const Difference difference =
      unequal(key, figure(std::optional(value)), figure(*results.find(key)));
  if (!difference.empty()) return difference;
  return unequal(error_key, figure(error), figure(*results.find(error_key)));
}

std::size_t figure_count(const Json& results) {
  std::size_t count = 0;
  for (const auto& [key, value] : results.as_object()) {
    if (key.find("_stderr,") != std::string::npos) ++count;
  }
  return count;
}

Difference scores(const Part& part, const TaskScore& task) {
  const Json& results = *part.expected.find("results");
  for (const MetricScore& score : task.metrics) {
    const std::size_t comma = std::min(score.name.find(','), score.name.size());
    const std::string filter =
        comma == score.name.size() ? part.task.filters.front().name : score.name.substr(comma + 1);
    const Difference difference =
        figures(results, score.name.substr(0, comma), filter, score.value, score.standard_error);
    if (!difference.empty()) return difference;
  }
  return task.metrics.size() == figure_count(results) ? "" : "another number of figures";
}

Difference groups(const Suite& suite, const Scorecard& card, const Json* expected) {
  if (expected == nullptr) return suite.groups.empty() ? "" : "the harness has no groups";
  if (suite.groups.size() != expected->as_object().size()) return "another number of groups";
  for (const GroupScore& score : group_scores(suite, card)) {
    const Json* group = expected->find(score.group);
    if (group == nullptr) return "the harness has no group '" + score.group + "'";
    const Json& results = *group->find("results");
    for (const GroupFigure& one : score.figures) {
      const Difference difference =
          figures(results, one.metric, one.filter, one.value, one.standard_error);
      if (!difference.empty()) return "group '" + score.group + "': " + difference;
    }
    if (score.figures.size() != figure_count(results)) return "another number of group figures";
  }
  return {};
}

Difference one_task(const Part& part, const SourceFiles& files,
                    const std::vector<std::vector<FilteredItem>>& seen, const TaskScore& score) {
  Difference difference = hashes(part, files);
  if (difference.empty()) difference = filtered(part, seen);
  if (difference.empty()) difference = scores(part, score);
  return difference.empty() ? difference : "task '" + part.task.name + "': " + difference;
}

// The parts of a suite, a task each.
std::vector<Part> parts_of(const Suite& suite, const std::vector<PlanEntry>& entries,
                           const Json& expected) {
  std::vector<Part> out;
  for (std::size_t t = 0; t < suite.tasks.size(); ++t) {
    const Json* of_task = expected.find(suite.tasks[t].name);
    if (of_task == nullptr) return {};
    Part& part = out.emplace_back(Part{suite.tasks[t], {}, *of_task});
    for (const PlanEntry& entry : entries) {
      if (entry.task == t) part.entries.push_back(entry);
    }
  }
  return out;
}

Result<Scorecard> scored(const Suite& suite, const std::vector<Part>& parts, Seen& seen) {
  seen.resize(parts.size());
  GWAGEO_ASSIGN(evaluator, Evaluator::create(suite, [&](const ItemScores& item) {
                  seen[item.task].emplace_back(item.filters.begin(), item.filters.end());
                }));
  for (const Part& part : parts) {
    const Json::Array& items = part.expected.find("items")->as_array();
    const std::vector<std::size_t> place = item_of_each(part.entries);
    for (std::size_t i = 0; i < place.size(); ++i) {
      evaluator->add(part.entries[i], responses(part.entries[i], items.at(place[i])));
    }
  }
  return evaluator->finish();
}

Difference compare(const Golden& golden) {
  const GoldenSuite files(golden);
  const auto suite = load_suite("suite.yaml", files);
  if (!suite) return suite.error().message;
  const auto entries = rendered(*suite, files);
  if (!entries) return entries.error().message;
  const Json& expected = *golden.expected.find("tasks");
  const std::vector<Part> parts = parts_of(*suite, *entries, expected);
  if (parts.size() != expected.as_object().size()) return "other tasks";
  for (const Part& part : parts) {
    const Difference difference = plan(part);
    if (!difference.empty()) return "task '" + part.task.name + "': " + difference;
  }
  Seen seen;
  const auto card = scored(*suite, parts, seen);
  if (!card) return card.error().message;
  for (std::size_t t = 0; t < parts.size(); ++t) {
    const Difference difference = one_task(parts[t], files, seen[t], card->tasks[t]);
    if (!difference.empty()) return difference;
  }
  return groups(*suite, *card, golden.expected.find("groups"));
}

class GoldenFile : public ::testing::TestWithParam<Golden> {};

TEST_P(GoldenFile, IsWhatTheHarnessGives) { EXPECT_EQ(compare(GetParam()), ""); }

INSTANTIATE_TEST_SUITE_P(Tasks, GoldenFile, ::testing::ValuesIn(golden_files()),
                         [](const auto& golden) { return golden.param.name; });

TEST(GoldenFiles, AreEnough) { EXPECT_GE(golden_files().size(), 44U); }

}  // namespace
}  // namespace gwageo::golden
