// Which rows are asked, where the examples come from, and how text is generated.
#include <cmath>
#include <utility>

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

Status parse_few_shot_config(const TaskKeys& keys, Task& task, std::string& split) {
  const auto config = keys.find("fewshot_config");
  if (!config) return {};
  for (const std::string_view name :
       {"process_docs", "fewshot_indices", "samples", "doc_to_text", "doc_to_choice",
        "doc_to_target", "gen_prefix", "fewshot_delimiter", "target_delimiter"}) {
    const auto value = config->find(name);
    if (value && !value->is_null()) return value->refuse(outside_this_version("it"));
  }
  GWAGEO_TRY(config->only({"sampler", "split"}));
  if (const auto value = config->find("split"); value && !value->is_null()) {
    GWAGEO_ASSIGN(name, value->text());
    split = std::move(name);
  }
  if (const auto value = config->find("sampler"); value && !value->is_null()) {
    GWAGEO_ASSIGN(name, value->text());
    if (name != "default" && name != "first_n") {
      return value->refuse("expected default or first_n, got '" + name + "'");
    }
    task.few_shot.sampler = std::move(name);
  }
  return {};
}

// Where no split is named the harness takes the training split, else the validation split. It drops
// the document asked about where the two names that a task file gives are equal, or both absent.
Status parse_few_shot(const TaskKeys& keys, Task& task) {
  const auto count = keys.find("num_fewshot");
  if (count) {
    GWAGEO_ASSIGN(number, count->integer(0, few_shot_max));
    task.few_shot.count = static_cast<std::uint32_t>(number);
  }
  GWAGEO_ASSIGN(named, text_or(keys, "fewshot_split", ""));
  GWAGEO_TRY(parse_few_shot_config(keys, task, named));
  if (task.few_shot.count == 0) {
    task.few_shot = FewShot();
    return {};
  }
  GWAGEO_ASSIGN(training, text_or(keys, "training_split", ""));
  GWAGEO_ASSIGN(validation, text_or(keys, "validation_split", ""));
  task.few_shot.split = !named.empty() ? named : !training.empty() ? training : validation;
  if (task.few_shot.split.empty()) {
    return count->refuse("there is no split to take examples from; name one with 'fewshot_split'");
  }
  if (task.data_files.count(task.few_shot.split) == 0) {
    return count->refuse("'data_files' has no file for the few-shot split '" + task.few_shot.split +
                         "'");
  }
  const bool asks_validation = !keys.find("test_split") && !validation.empty();
  task.few_shot.drops_evaluated = asks_validation ? named.empty() : named == task.test_split;
  return {};
}

Status parse_until(const TaskKeys& keys, const std::optional<YamlValue>& arguments, Task& task) {
  const auto until = arguments ? arguments->find("until") : std::nullopt;
  if (!until) {
    if (task.fewshot_delimiter.empty()) {
      return keys.wrong("'generation_kwargs' needs 'until' where 'fewshot_delimiter' is empty");
    }
    task.generation.until = {task.fewshot_delimiter};
    return {};
  }
  GWAGEO_ASSIGN(stops, until->texts());
  if (stops.size() > stops_max) return until->refuse("more than 64 stop strings");
  for (const std::string& stop : stops) {
    if (stop.empty()) return until->refuse("an empty stop string");
  }
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

// What asks for sampling. `do_sample: false` makes the harness greedy whatever stands beside it,
// and `top_p` alone narrows a choice that is never made.
Status refuse_sampling(const YamlValue& arguments) {
  constexpr std::string_view only_greedy =
      "asks for sampling, and this version generates greedily only: say `do_sample: false`, or "
      "`temperature: 0`";
  bool is_greedy = false;
  if (const auto do_sample = arguments.find("do_sample")) {
    GWAGEO_ASSIGN(samples, do_sample->boolean());
    if (samples) return do_sample->refuse(only_greedy);
    is_greedy = true;
  }
  if (const auto temperature = arguments.find("temperature")) {
    GWAGEO_ASSIGN(value, temperature->number());
    if (!(value >= 0 && value <= 100)) return temperature->refuse("expected 0 to 100");
    if (value > 0 && !is_greedy) return temperature->refuse(only_greedy);
  }
  if (const auto top_p = arguments.find("top_p")) {
    GWAGEO_ASSIGN(value, top_p->number());
    if (!(value > 0 && value <= 1)) return top_p->refuse("expected a number above 0, at most 1");
  }
  for (const std::string_view name : {"top_k", "min_p", "typical_p", "seed"}) {
    if (const auto value = arguments.find(name)) {
      return value->refuse(
          "is for sampling, and this version generates greedily only: leave it out");
    }
  }
  // One beam is what greed is.
  if (const auto beams = arguments.find("num_beams")) {
    GWAGEO_ASSIGN(count, beams->integer(1, 1'000'000));
    if (count > 1) return beams->refuse(outside_this_version("a search with several beams"));
  }
  return {};
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
    GWAGEO_TRY(refuse_sampling(*arguments));
    GWAGEO_TRY(arguments->only({"until", "max_gen_toks", "max_new_tokens", "max_tokens",
                                "max_completion_tokens", "do_sample", "temperature", "top_p",
                                "num_beams"}));
    GWAGEO_TRY(parse_limit(*arguments, task));
  }
  return parse_until(keys, arguments, task);
}

}  // namespace gwageo
