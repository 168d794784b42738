// The keys that say what is asked. See task_scoring.cc and task_splits.cc for the others.
#include "benchmarks/task.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "benchmarks/canonical_json.h"
#include "benchmarks/task_keys.h"
#include "benchmarks/template.h"

namespace gwageo {
namespace {

const std::vector<std::string_view> known_keys = {
    "axis",
    "weight",
    "item_id",
    "score",
    "task",
    "task_alias",
    "tag",
    "output_type",
    "description",
    "doc_to_text",
    "doc_to_target",
    "doc_to_choice",
    "num_fewshot",
    "target_delimiter",
    "fewshot_delimiter",
    "fewshot_split",
    "fewshot_config",
    "generation_kwargs",
    "filter_list",
    "metric_list",
    "dataset_path",
    "dataset_kwargs",
    "test_split",
    "validation_split",
    "training_split",
    "metadata",
    "repeats",
    "should_decontaminate",
};

// What the harness has and this version has not.
constexpr std::string_view foreign_keys[] = {
    "process_docs",
    "process_results",
    "gen_prefix",
    "doc_to_image",
    "doc_to_audio",
    "use_prompt",
    "custom_dataset",
    "unsafe_code",
    "doc_to_decontamination_query",
    "dataset_name",
    "class",
    "group",
    "group_alias",
    "aggregate_metric_list",
    "task_list",
};

struct OutputName {
  std::string_view name;
  OutputType type;
};
constexpr OutputName output_names[] = {
    {"multiple_choice", OutputType::multiple_choice},
    {"loglikelihood", OutputType::loglikelihood},
    {"generate_until", OutputType::generate_until},
};

std::string_view output_name(OutputType type) {
  return std::find_if(std::begin(output_names), std::end(output_names),
                      [&](const OutputName& o) { return o.type == type; })
      ->name;
}

Status check_template(const YamlValue& value, const std::string& text) {
  const auto compiled = Template::compile(text);
  return compiled ? Status() : value.refuse(compiled.error().message);
}

Status parse_output_type(const TaskKeys& keys, Task& task) {
  const auto value = keys.find("output_type");
  if (!value) return {};
  GWAGEO_ASSIGN(name, value->text());
  for (const OutputName& known : output_names) {
    if (known.name != name) continue;
    task.output_type = known.type;
    return {};
  }
  if (name == "loglikelihood_rolling") {
    return value->refuse("'loglikelihood_rolling' is not in this version");
  }
  return value->refuse("expected multiple_choice, loglikelihood or generate_until, got '" + name +
                       "'");
}

Status parse_text(const TaskKeys& keys, std::string_view name, std::string& out) {
  const auto value = keys.find(name);
  if (!value) return {};
  GWAGEO_ASSIGN(text, value->text());
  out = std::move(text);
  return {};
}

Status parse_choices(const TaskKeys& keys, Task& task) {
  const auto value = keys.find("doc_to_choice");
  const bool needed = task.output_type == OutputType::multiple_choice;
  if (!value) return needed ? keys.wrong("the key 'doc_to_choice' is missing") : Status();
  if (task.output_type == OutputType::loglikelihood) {
    return value->refuse("has no meaning with output_type loglikelihood");
  }
  if (value->is_scalar()) {
    GWAGEO_ASSIGN(text, value->text());
    GWAGEO_TRY(check_template(*value, text));
    task.doc_to_choice = Json(std::move(text));
    return {};
  }
  Json::Array choices;  // Of a mapping the harness takes the values.
  GWAGEO_ASSIGN(list, value->is_mapping() ? value->members() : value->elements());
  for (const YamlValue& one : list) {
    GWAGEO_ASSIGN(text, one.text());
    if (text.empty()) return one.refuse("an empty choice");
    choices.emplace_back(std::move(text));
  }
  if (choices.empty()) return value->refuse("no choices");
  task.doc_to_choice = Json(std::move(choices));
  return {};
}

Status parse_target(const TaskKeys& keys, Task& task) {
  GWAGEO_ASSIGN(value, keys.need("doc_to_target"));
  if (value.is_scalar() && value.node().scalar.is_integer()) {
    task.doc_to_target = value.json();
  } else if (value.is_sequence()) {
    GWAGEO_TRY(value.texts());
    task.doc_to_target = value.json();
  } else {
    if (!value.is_scalar() || !value.node().scalar.is_string()) {
      return value.expected("a string, an integer or a list of strings");
    }
    task.doc_to_target = value.json();
    return check_template(value, value.node().text);
  }
  return {};
}

Status parse_prompt(const TaskKeys& keys, Task& task) {
  GWAGEO_TRY(parse_text(keys, "description", task.description));
  if (const auto value = keys.find("description")) {
    GWAGEO_TRY(check_template(*value, task.description));
  }
  GWAGEO_ASSIGN(text_value, keys.need("doc_to_text"));
  GWAGEO_ASSIGN(text, text_value.text());
  GWAGEO_TRY(check_template(text_value, text));
  task.doc_to_text = Json(std::move(text));
  GWAGEO_TRY(parse_text(keys, "target_delimiter", task.target_delimiter));
  GWAGEO_TRY(parse_text(keys, "fewshot_delimiter", task.fewshot_delimiter));
  GWAGEO_TRY(parse_choices(keys, task));
  return parse_target(keys, task);
}

Status parse_data_file(const YamlValue& value, const std::string& split, std::string_view folder,
                       Task& task) {
  GWAGEO_ASSIGN(relative, value.text());
  auto path = resolve_path(folder, value.file(), relative);
  if (!path) return value.refuse(path.error().message);
  task.data_files[split] = std::move(*path);
  return {};
}

Status parse_data(const TaskKeys& keys, std::string_view folder, Task& task) {
  if (const auto path = keys.find("dataset_path")) {
    GWAGEO_ASSIGN(name, path->text());
    if (name != "json") {
      return path->refuse("the data set '" + name +
                          "' is outside this version, which reads JSON lines beside the suite: "
                          "write `dataset_kwargs: {data_files: FILE}`, and leave this key out");
    }
  }
  GWAGEO_ASSIGN(arguments, keys.need("dataset_kwargs"));
  GWAGEO_TRY(arguments.only({"data_files"}));
  GWAGEO_ASSIGN(data_files, arguments.need("data_files"));
  if (data_files.is_scalar()) {  // One file is the split that is asked.
    std::string split = "test";
    GWAGEO_TRY(parse_text(keys, "validation_split", split));
    GWAGEO_TRY(parse_text(keys, "test_split", split));
    return parse_data_file(data_files, split, folder, task);
  }
  GWAGEO_ASSIGN(splits, data_files.members());
  for (std::size_t i = 0; i < splits.size(); ++i) {
    GWAGEO_TRY(parse_data_file(splits[i], data_files.name(i), folder, task));
  }
  return {};
}

// Keys with one value that this version can honour.
Status parse_fixed(const TaskKeys& keys) {
  if (const auto repeats = keys.find("repeats")) {
    GWAGEO_ASSIGN(count, repeats->integer(0, 1'000'000));
    if (count != 1) return repeats->refuse(outside_this_version("more or less than one repeat"));
  }
  if (const auto decontaminate = keys.find("should_decontaminate")) {
    GWAGEO_ASSIGN(wanted, decontaminate->boolean());
    if (wanted) return decontaminate->refuse(outside_this_version("decontamination"));
  }
  return {};
}

Status parse_place(const TaskKeys& keys, Task& task) {
  GWAGEO_ASSIGN(name_value, keys.need("task"));
  GWAGEO_ASSIGN(name, name_value.text());
  if (!is_name(name))
    return name_value.refuse("'" + name + "' is no name (letters, digits, . _ -)");
  task.name = std::move(name);
  GWAGEO_ASSIGN(axis_value, keys.need("axis"));
  GWAGEO_ASSIGN(axis, axis_value.text());
  task.axis = std::move(axis);
  if (const auto value = keys.find("weight")) {
    GWAGEO_ASSIGN(weight, value->number());
    if (!(weight > 0) || !std::isfinite(weight)) {
      return value->refuse("expected a finite number above 0");
    }
    task.weight = weight;
  }
  if (const auto value = keys.find("item_id")) {
    GWAGEO_TRY(parse_text(keys, "item_id", task.item_id));
    if (task.item_id.empty()) return value->refuse("an empty name");
  }
  return {};
}

Json texts_json(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const std::string& text : texts) out.push_back(Json(text));
  return out;
}

}  // namespace

void TaskKeys::set(const std::string& name, const YamlValue& value, int line, int column) {
  Key key{name, value, line, column};
  for (Key& before : keys_) {
    if (before.name != name) continue;
    before = std::move(key);
    return;
  }
  keys_.push_back(std::move(key));
}

std::optional<YamlValue> TaskKeys::find(std::string_view name) const {
  for (const Key& key : keys_) {
    if (key.name == name && !key.value.is_null()) return key.value;
  }
  return std::nullopt;
}

Result<YamlValue> TaskKeys::need(std::string_view name) const {
  if (const auto value = find(name)) return *value;
  return wrong("the key '" + std::string(name) + "' is missing");
}

tl::unexpected<Error> TaskKeys::wrong(std::string_view what) const {
  const auto name = find("task");
  const bool named = name && name->is_scalar() && !name->node().text.empty();
  return fail(
      ErrorKind::bad_input,
      place + ": " + (named ? "task '" + name->node().text + "': " : "") + std::string(what));
}

Status TaskKeys::check_names() const {
  for (const Key& key : keys_) {
    if (std::find(known_keys.begin(), known_keys.end(), key.name) != known_keys.end()) continue;
    const bool foreign = std::find(std::begin(foreign_keys), std::end(foreign_keys), key.name) !=
                         std::end(foreign_keys);
    if (foreign && key.value.is_null()) continue;
    return fail(ErrorKind::bad_input,
                std::string(key.value.file()) + ":" + std::to_string(key.line) + ":" +
                    std::to_string(key.column) + ": key '" + key.name + "': " +
                    (foreign ? outside_this_version("it")
                             : "unknown" + nearest_hint(key.name, known_keys)));
  }
  return {};
}

Result<Task> parse_task(const TaskKeys& keys, std::string_view folder) {
  GWAGEO_TRY(keys.check_names());
  Task task;
  GWAGEO_TRY(parse_place(keys, task));
  GWAGEO_TRY(parse_output_type(keys, task));
  GWAGEO_TRY(parse_fixed(keys));
  GWAGEO_TRY(parse_prompt(keys, task));
  GWAGEO_TRY(parse_generation(keys, task));
  GWAGEO_TRY(parse_data(keys, folder, task));
  GWAGEO_TRY(parse_splits(keys, task));
  GWAGEO_TRY(parse_scoring(keys, task));
  task.digest = task_digest(task);
  return task;
}

Digest task_digest(const Task& task) {
  Json keys = Json::object();
  keys["task"] = task.name;
  keys["output_type"] = Json(output_name(task.output_type));
  keys["description"] = task.description;
  keys["doc_to_text"] = task.doc_to_text;
  keys["doc_to_target"] = task.doc_to_target;
  keys["doc_to_choice"] = task.doc_to_choice;
  keys["target_delimiter"] = task.target_delimiter;
  keys["fewshot_delimiter"] = task.fewshot_delimiter;
  keys["item_id"] = task.item_id;
  if (task.few_shot.count > 0) {
    keys["num_fewshot"] = task.few_shot.count;
    keys["sampler"] = task.few_shot.sampler;
    keys["fewshot_split"] = task.few_shot.split;
    keys["drops_evaluated"] = task.few_shot.drops_evaluated;
  }
  if (task.output_type == OutputType::generate_until) {
    keys["until"] = texts_json(task.generation.until);
    keys["max_gen_toks"] = task.generation.tokens_max;
    keys["temperature"] = task.generation.temperature;
    keys["top_p"] = task.generation.top_p;
  }
  return sha256(canonical_json(keys));
}

Result<std::string> resolve_path(std::string_view folder, std::string_view from,
                                 std::string_view relative) {
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorKind::bad_input, "'" + std::string(relative) + "' " + std::string(why));
  };
  if (relative.empty()) return wrong("is no path");
  if (relative.front() == '/') return wrong("is absolute; a suite's files lie beside it");
  if (relative.find('\0') != relative.npos || relative.find('\\') != relative.npos) {
    return wrong("holds a character that no path may hold");
  }
  const std::string whole =
      std::string(from.substr(0, from.rfind('/') + 1)) + std::string(relative);
  if (whole.back() == '/') return wrong("is a folder");
  const std::string path = normal_path(whole);
  const std::string_view below =
      std::string_view(path).substr(std::min(folder.size(), path.size()));
  const bool inside = path.compare(0, folder.size(), folder) == 0 && !below.empty();
  if (!inside || below == ".." || below.substr(0, 3) == "../") {
    return wrong("leads outside the suite's folder");
  }
  return path;
}

std::string normal_path(std::string_view path) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  while (start < path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    start = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  std::string out = path.substr(0, 1) == "/" ? "/" : "";
  for (const std::string_view part : parts) {
    out += part;
    out += '/';
  }
  if (!parts.empty()) out.pop_back();
  return out;
}

std::string outside_this_version(std::string_view construct) {
  return std::string(construct) +
         " is outside the subset of lm-eval's task files that this version reads; write the task "
         "without it";
}

}  // namespace gwageo
