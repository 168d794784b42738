// Which rows are asked, where the examples come from, and how text is generated.
#include <algorithm>
#include <optional>
#include <utility>

#include "benchmarks/python_numbers.h"
#include "benchmarks/task_keys.h"

namespace gwageo {
namespace {

constexpr std::int64_t few_shot_max = 1000;
constexpr std::int64_t tokens_max = 1 << 20;
constexpr std::size_t stops_max = 64;  // As many as a request may hold.

Result<std::string> text_or(const TaskKeys& keys, std::string_view name, std::string otherwise) {
  const auto value = keys.find(name);
  if (!value) return otherwise;
  return value->text();
}

// The harness asks the test split if one is named, else the validation split. Where neither is
// named, a file called "test" is meant.
Status choose_test_split(const TaskKeys& keys, Task& task) {
  const auto test = keys.find("test_split");
  const auto validation = keys.find("validation_split");
  const bool validates_test = validation && validation->node().text == "test";
  if (!test && validation && !validates_test && task.data_files.count("test") != 0) {
    return validation->refuse("there is a file for 'test' too; name one with 'test_split'");
  }
  const auto& named = test ? test : validation;
  GWAGEO_ASSIGN(split, text_or(keys, test ? "test_split" : "validation_split", "test"));
  if (task.data_files.count(split) == 0) {
    const std::string what = "'data_files' has no file for the split '" + split + "'";
    return named ? Status(named->refuse(what)) : Status(keys.wrong(what));
  }
  task.test_split = std::move(split);
  return {};
}

// What `fewshot_config` says instead of the task's own keys. A null there is no choice or prefix.
Status parse_shown_question(const YamlValue& config, FewShot& few_shot) {
  const auto given = [&](std::string_view name) { return config.find(name); };
  if (const auto value = given("doc_to_text"); value && !value->is_null()) {
    GWAGEO_TRY(parse_text_value(*value, few_shot.question.text));
  }
  if (const auto value = given("doc_to_target"); value && !value->is_null()) {
    GWAGEO_TRY(parse_target_value(*value, few_shot.question.target));
  }
  if (const auto value = given("doc_to_choice")) {
    few_shot.question.choice = Json();
    if (!value->is_null()) GWAGEO_TRY(parse_choice_value(*value, few_shot.question.choice));
  }
  if (const auto value = given("gen_prefix")) {
    few_shot.question.prefix = Json();
    if (!value->is_null()) GWAGEO_TRY(parse_text_value(*value, few_shot.question.prefix));
  }
  if (const auto value = given("target_delimiter")) {
    GWAGEO_ASSIGN(text, value->text());
    few_shot.target_delimiter = std::move(text);
  }
  if (const auto value = given("fewshot_delimiter")) {
    GWAGEO_ASSIGN(text, value->text());
    few_shot.delimiter = std::move(text);
  }
  return {};
}

// Rows written in the task file.
Status parse_samples(const YamlValue& value, FewShot& few_shot) {
  GWAGEO_ASSIGN(samples, value.elements());
  for (const YamlValue& sample : samples) {
    if (!sample.is_mapping()) return sample.expected("a mapping: one row");
  }
  if (samples.empty()) return value.refuse("no samples");
  few_shot.samples = value.json();
  return {};
}

Status parse_few_shot_config(const TaskKeys& keys, Task& task, std::string& split) {
  task.few_shot.question = task.question;
  task.few_shot.target_delimiter = task.target_delimiter;
  task.few_shot.delimiter = task.fewshot_delimiter;
  const auto config = keys.find("fewshot_config");
  if (!config) return {};
  if (const auto value = config->find("process_docs"); value && !value->is_null()) {
    return value->refuse(outside_this_version("it"));
  }
  // The harness knows `fewshot_indices` and does nothing with it.
  GWAGEO_TRY(config->only({"sampler", "split", "samples", "fewshot_indices", "process_docs",
                           "doc_to_text", "doc_to_target", "doc_to_choice", "gen_prefix",
                           "target_delimiter", "fewshot_delimiter"}));
  if (const auto value = config->find("split")) {
    split.clear();
    if (!value->is_null()) {
      GWAGEO_ASSIGN(name, value->text());
      split = std::move(name);
    }
  }
  if (const auto value = config->find("sampler"); value && !value->is_null()) {
    GWAGEO_ASSIGN(name, value->text());
    if (name != "default" && name != "first_n") {
      return value->refuse("expected default or first_n, got '" + name + "'");
    }
    task.few_shot.sampler = std::move(name);
  }
  if (const auto value = config->find("samples"); value && !value->is_null() && split.empty()) {
    GWAGEO_TRY(parse_samples(*value, task.few_shot));
  }
  return parse_shown_question(*config, task.few_shot);
}

// Where no split is named the harness takes the samples of the task file, else the training split,
// else the validation split, else the rows that are asked. It drops the document asked about where
// the two names that a task file gives are equal, or both absent.
Status parse_few_shot(const TaskKeys& keys, Task& task) {
  const auto count = keys.find("num_fewshot");
  if (count) {
    GWAGEO_ASSIGN(number, count->integer(0, few_shot_max));
    task.few_shot.count = static_cast<std::uint32_t>(number);
  }
  GWAGEO_ASSIGN(named, text_or(keys, "fewshot_split", ""));
  GWAGEO_TRY(parse_few_shot_config(keys, task, named));
  if (task.few_shot.count == 0) return {};
  GWAGEO_ASSIGN(validation, text_or(keys, "validation_split", ""));
  const bool asks_validation = !keys.find("test_split") && !validation.empty();
  task.few_shot.drops_evaluated = asks_validation ? named.empty() : named == task.test_split;
  if (!task.few_shot.samples.is_null()) return {};
  GWAGEO_ASSIGN(training, text_or(keys, "training_split", ""));
  task.few_shot.split = !named.empty() ? named : !training.empty() ? training : validation;
  if (task.few_shot.split.empty()) task.few_shot.split = task.test_split;
  if (task.data_files.count(task.few_shot.split) == 0) {
    return count->refuse("'data_files' has no file for the few-shot split '" + task.few_shot.split +
                         "'");
  }
  return {};
}

Status parse_until(const std::optional<YamlValue>& arguments, Task& task) {
  const auto until = arguments ? arguments->find("until") : std::nullopt;
  if (until && until->is_null()) return {};
  if (!until) {
    if (!task.fewshot_delimiter.empty()) task.generation.until = {task.fewshot_delimiter};
    return {};
  }
  GWAGEO_ASSIGN(stops, until->texts());
  if (stops.size() > stops_max) return until->refuse("more than 64 stop strings");
  stops.erase(std::remove(stops.begin(), stops.end(), ""), stops.end());  // They stop nothing.
  task.generation.until = std::move(stops);
  return {};
}

// Of several names for the limit the first here counts, as in the harness.
Status parse_limit(const YamlValue& arguments, Task& task) {
  for (const std::string_view name :
       {"max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens"}) {
    const auto value = arguments.find(name);
    if (!value || value->is_null()) continue;
    GWAGEO_ASSIGN(count, value->integer(1, tokens_max));
    task.generation.tokens_max = static_cast<std::uint32_t>(count);
    return {};
  }
  return {};
}

// A number, or a text that Python's `float` reads: YAML takes 1e-5 for a text.
Result<double> python_number_of(const YamlValue& value) {
  if (value.is_scalar() && value.node().scalar.is_string()) {
    if (const auto number = read_python_float(value.node().text)) return *number;
  }
  return value.number();
}

// `do_sample: false` makes the harness greedy whatever stands beside it; `top_p` alone narrows a
// choice that is never made.
Status parse_sampling(const YamlValue& arguments, Task& task) {
  std::optional<bool> samples;
  if (const auto do_sample = arguments.find("do_sample")) {
    GWAGEO_ASSIGN(wanted, do_sample->boolean());
    samples = wanted;
  }
  double temperature = 0;
  if (const auto value = arguments.find("temperature")) {
    GWAGEO_ASSIGN(number, python_number_of(*value));
    if (!(number >= 0 && number <= 100)) return value->refuse("expected 0 to 100");
    temperature = number;
  } else if (samples.value_or(false)) {
    return arguments.find("do_sample")
        ->refuse("engines differ in the temperature that they would take; give 'temperature' too");
  }
  if (samples.value_or(true)) task.generation.temperature = temperature;
  if (const auto top_p = arguments.find("top_p")) {
    GWAGEO_ASSIGN(value, top_p->number());
    if (!(value > 0 && value <= 1)) return top_p->refuse("expected a number above 0, at most 1");
    if (task.generation.temperature > 0) task.generation.top_p = value;
  }
  for (const std::string_view name : {"top_k", "min_p", "typical_p", "seed"}) {
    if (const auto value = arguments.find(name)) {
      return value->refuse(outside_this_version("it") + "; `temperature` and `top_p` are there");
    }
  }
  // One beam is what greed is.
  if (const auto beams = arguments.find("num_beams")) {
    GWAGEO_ASSIGN(count, beams->integer(1, 1'000'000));
    if (count > 1) return beams->refuse(outside_this_version("a search with several beams"));
  }
  return {};
}

// The arguments as the harness completes them, and logs them with every request.
Json completed_arguments(const std::optional<YamlValue>& given, const Task& task) {
  if (given && given->is_mapping()) {
    Json out = given->json();
    if (const auto temperature = given->find("temperature")) {
      out["temperature"] = Json(python_number_of(*temperature).value_or(0.0));
    }
    if (out.find("until") == nullptr) {
      out["until"] = Json(Json::Array{Json(task.fewshot_delimiter)});
    }
    return out;
  }
  Json out;
  out["temperature"] = 0.0;
  out["do_sample"] = false;
  out["max_gen_toks"] = 256;
  out["until"] = Json(Json::Array{Json(task.fewshot_delimiter)});
  return out;
}

}  // namespace

Status parse_splits(const TaskKeys& keys, Task& task) {
  GWAGEO_TRY(choose_test_split(keys, task));
  return parse_few_shot(keys, task);
}

Status parse_generation(const TaskKeys& keys, Task& task) {
  const auto arguments = keys.find("generation_kwargs");
  if (task.output_type != OutputType::generate_until) return {};  // The harness ignores them too.
  if (arguments) {
    GWAGEO_TRY(parse_sampling(*arguments, task));
    GWAGEO_TRY(arguments->only({"until", "max_gen_toks", "max_new_tokens", "max_tokens",
                                "max_completion_tokens", "do_sample", "temperature", "top_p",
                                "num_beams"}));
    GWAGEO_TRY(parse_limit(*arguments, task));
  }
  task.generation.arguments = completed_arguments(arguments, task);
  return parse_until(arguments, task);
}

}  // namespace gwageo
