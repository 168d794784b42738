#include "benchmarks/lm_eval_config.h"

#include <string>
#include <string_view>

namespace gwageo::lm_eval {
namespace {

/// A key and what stands there where a task file says nothing; null: the key is left out.
struct Key {
  std::string_view name;
  Json otherwise;
};

const std::vector<Key>& keys() {
  static const std::vector<Key> list = {
      {"task", {}},
      {"task_alias", {}},
      {"tag", {}},
      {"dataset_path", {}},
      {"dataset_name", {}},
      {"dataset_kwargs", {}},
      {"training_split", {}},
      {"validation_split", {}},
      {"test_split", {}},
      {"fewshot_split", {}},
      {"doc_to_text", {}},
      {"doc_to_target", {}},
      {"unsafe_code", false},
      {"doc_to_choice", {}},
      {"description", ""},
      {"target_delimiter", " "},
      {"fewshot_delimiter", "\n\n"},
      {"fewshot_config", {}},
      {"num_fewshot", 0},
      {"metric_list", {}},
      {"output_type", "generate_until"},
      {"generation_kwargs", {}},
      {"repeats", 1},
      {"filter_list", {}},
      {"should_decontaminate", false},
      {"gen_prefix", {}},
      {"metadata", {}},
  };
  return list;
}

Json written(const Json& config, std::string_view key) {
  const Json* const value = config.find(key);
  return value == nullptr ? Json() : *value;
}

// The harness completes it from the task's own keys, and prints its nulls.
Json few_shot_config(const Json& config) {
  const Json given = written(config, "fewshot_config");
  Json out;
  const auto set = [&](std::string_view name, const Json& otherwise) {
    const Json* const value = given.find(name);
    out[name] = value == nullptr ? otherwise : *value;
  };
  set("sampler", "default");
  set("split", written(config, "fewshot_split"));
  set("process_docs", {});
  set("fewshot_indices", {});
  set("samples", {});
  for (const std::string_view name : {"doc_to_text", "doc_to_choice", "doc_to_target"}) {
    set(name, written(config, name));
  }
  set("gen_prefix", written(config, "gen_prefix"));
  set("fewshot_delimiter", config.find("fewshot_delimiter") == nullptr
                               ? Json("\n\n")
                               : written(config, "fewshot_delimiter"));
  set("target_delimiter",
      config.find("target_delimiter") == nullptr ? Json(" ") : written(config, "target_delimiter"));
  return out;
}

/// The configuration that an imported task brought along.
const Json* imported_config(const Task& task) {
  const Json* const source = task.written.find("source");
  return source == nullptr ? nullptr : source->find("config");
}

}  // namespace

Json task_config(const Task& task) {
  if (const Json* const config = imported_config(task)) return *config;
  Json out;
  for (const Key& key : keys()) {
    Json value = written(task.written, key.name);
    if (key.name == "fewshot_config") value = few_shot_config(task.written);
    const bool generates = task.output_type == OutputType::generate_until;
    if (key.name == "generation_kwargs" && generates) value = task.generation.arguments;
    if (value.is_null()) value = key.otherwise;
    if (!value.is_null()) out[key.name] = std::move(value);
  }
  return out;
}

Json task_version(const Task& task) {
  const Json config = task_config(task);
  const Json* const metadata = config.find("metadata");
  const Json* const version = metadata == nullptr ? nullptr : metadata->find("version");
  return version == nullptr ? Json("Yaml") : *version;
}

std::string task_alias(const Task& task) {
  const Json config = task_config(task);
  const Json* const alias = config.find("task_alias");
  return alias != nullptr && alias->is_string() ? alias->as_string() : task.name;
}

Json few_shot_count(const Task& task) {
  const Json config = task_config(task);
  const Json* const count = config.find("num_fewshot");
  return count == nullptr ? Json(0) : *count;
}

}  // namespace gwageo::lm_eval
