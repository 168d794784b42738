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

constexpr std::int64_t repeats_max = 1000;

const std::vector<std::string_view> known_keys = {
    "axis",
    "weight",
    "item_id",
    "cluster",
    "score",
    "requests",
    "scoring",
    "source",
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
    "gen_prefix",
    "apply_chat_template",
    "fewshot_as_multiturn",
    "system_instruction",
    "generation_kwargs",
    "filter_list",
    "metric_list",
    "dataset_path",
    "dataset_name",
    "dataset_kwargs",
    "test_split",
    "validation_split",
    "training_split",
    "metadata",
    "repeats",
    "should_decontaminate",
    "doc_to_decontamination_query",
};

// What the harness has and this version has not.
constexpr std::string_view foreign_keys[] = {
    "process_docs", "process_results", "doc_to_image",          "doc_to_audio",
    "use_prompt",   "custom_dataset",  "unsafe_code",           "class",
    "group",        "group_alias",     "aggregate_metric_list", "task_list",
};

struct OutputName {
  std::string_view name;
  OutputType type;
};
constexpr OutputName output_names[] = {
    {"multiple_choice", OutputType::multiple_choice},
    {"loglikelihood", OutputType::loglikelihood},
    {"loglikelihood_rolling", OutputType::loglikelihood_rolling},
    {"generate_until", OutputType::generate_until},
};

std::string_view output_name(OutputType type) {
  return std::find_if(std::begin(output_names), std::end(output_names),
                      [&](const OutputName& o) { return o.type == type; })
      ->name;
}

// A task that a group defines in its own list is called GROUP::TASK, as in the harness.
bool is_task_name(std::string_view name) {
  for (std::size_t colons = name.find("::"); colons != name.npos; colons = name.find("::")) {
    if (!is_name(name.substr(0, colons))) return false;
    name.remove_prefix(colons + 2);
  }
  return is_name(name);
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
  return value->refuse(
      "expected multiple_choice, loglikelihood, loglikelihood_rolling or generate_until, got '" +
      name + "'");
}

Status parse_text(const TaskKeys& keys, std::string_view name, std::string& out) {
  const auto value = keys.find(name);
  if (!value) return {};
  GWAGEO_ASSIGN(text, value->text());
  out = std::move(text);
  return {};
}

// A template or a column; a name of a column is a template too.
Status parse_template(const YamlValue& value, Json& out) {
  GWAGEO_ASSIGN(text, value.text());
  GWAGEO_TRY(check_template(value, text));
  out = Json(std::move(text));
  return {};
}

Status parse_choices(const TaskKeys& keys, Task& task) {
  const auto value = keys.find("doc_to_choice");
  const bool needed = task.output_type == OutputType::multiple_choice;
  if (!value) return needed ? keys.wrong("the key 'doc_to_choice' is missing") : Status();
  const bool has_choices = needed || task.output_type == OutputType::generate_until;
  if (!has_choices) {
    return value->refuse("has no meaning with output_type " +
                         std::string(output_name(task.output_type)));
  }
  return parse_choice_value(*value, task.question.choice);
}

Status parse_prompt(const TaskKeys& keys, Task& task) {
  if (const auto value = keys.find("description")) {
    GWAGEO_ASSIGN(text, value->text());
    GWAGEO_TRY(check_template(*value, text));
    task.description = std::move(text);
  }
  GWAGEO_ASSIGN(text_value, keys.need("doc_to_text"));
  GWAGEO_TRY(parse_text_value(text_value, task.question.text));
  GWAGEO_TRY(parse_text(keys, "target_delimiter", task.target_delimiter));
  GWAGEO_TRY(parse_text(keys, "fewshot_delimiter", task.fewshot_delimiter));
  GWAGEO_TRY(parse_choices(keys, task));
  if (const auto prefix = keys.find("gen_prefix")) {
    GWAGEO_TRY(parse_template(*prefix, task.question.prefix));
  }
  GWAGEO_ASSIGN(target_value, keys.need("doc_to_target"));
  return parse_target_value(target_value, task.question.target);
}

Status parse_flag(const TaskKeys& keys, std::string_view name, bool& out) {
  const auto value = keys.find(name);
  if (!value) return {};
  GWAGEO_ASSIGN(wanted, value->boolean());
  out = wanted;
  return {};
}

// The harness takes these from its command line; here they belong to what is asked.
Status parse_chat(const TaskKeys& keys, Task& task) {
  GWAGEO_TRY(parse_flag(keys, "apply_chat_template", task.chat.applies));
  GWAGEO_TRY(parse_flag(keys, "fewshot_as_multiturn", task.chat.multiturn));
  GWAGEO_TRY(parse_text(keys, "system_instruction", task.chat.system_instruction));
  if (task.chat.multiturn && !task.chat.applies) {
    return keys.find("fewshot_as_multiturn")->refuse("needs 'apply_chat_template: true'");
  }
  if (task.chat.applies && task.output_type != OutputType::generate_until) {
    return keys.find("apply_chat_template")
        ->refuse(
            "a log-likelihood is asked of a text, and only the model's own template makes one of a "
            "chat: render it there, and import the plan (gwageo plan import)");
  }
  return {};
}

Status parse_repeats(const TaskKeys& keys, Task& task) {
  const auto repeats = keys.find("repeats");
  if (!repeats) return {};
  GWAGEO_ASSIGN(count, repeats->integer(1, repeats_max));
  task.repeats = static_cast<std::uint32_t>(count);
  return {};
}

Status parse_place(const TaskKeys& keys, Task& task) {
  GWAGEO_ASSIGN(name_value, keys.need("task"));
  GWAGEO_ASSIGN(name, name_value.text());
  if (!is_task_name(name))
    return name_value.refuse("'" + name + "' is no name (letters, digits, . _ -)");
  task.name = std::move(name);
  if (const auto tags = keys.find("tag")) {
    GWAGEO_ASSIGN(list, tags->texts());
    task.tags = std::move(list);
  }
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
  if (const auto value = keys.find("cluster")) {
    GWAGEO_TRY(parse_text(keys, "cluster", task.cluster));
    if (task.cluster.empty()) return value->refuse("an empty name");
  }
  return {};
}

// `requests: imported`: the rows hold what is asked, so no key may say it too.
Status parse_origin(const TaskKeys& keys, Task& task) {
  const auto origin = keys.find("requests");
  if (!origin) {
    const auto source = keys.find("source");
    return source ? Status(source->refuse("goes with 'requests: imported' only")) : Status();
  }
  GWAGEO_ASSIGN(name, origin->text());
  if (name != "imported") return origin->refuse("expected imported, got '" + name + "'");
  for (const std::string_view key :
       {"doc_to_text", "doc_to_target", "doc_to_choice", "description", "num_fewshot",
        "fewshot_split", "fewshot_config", "gen_prefix", "target_delimiter", "fewshot_delimiter",
        "apply_chat_template", "fewshot_as_multiturn", "system_instruction"}) {
    if (const auto value = keys.find(key)) {
      return value->refuse("has no meaning with 'requests: imported': the rows hold what is asked");
    }
  }
  task.is_imported = true;
  return {};
}

// What the examples have apart from the task's own questions.
void describe_examples(const Task& task, Json& keys) {
  const FewShot& shown = task.few_shot;
  if (!shown.samples.is_null()) keys["samples"] = shown.samples;
  if (shown.question != task.question) {
    Json question;
    question["doc_to_text"] = shown.question.text;
    question["doc_to_target"] = shown.question.target;
    question["doc_to_choice"] = shown.question.choice;
    question["gen_prefix"] = shown.question.prefix;
    keys["fewshot_question"] = std::move(question);
  }
  if (shown.target_delimiter != task.target_delimiter) {
    keys["fewshot_target_delimiter"] = shown.target_delimiter;
  }
  if (shown.delimiter != task.fewshot_delimiter) {
    keys["fewshot_example_delimiter"] = shown.delimiter;
  }
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

void TaskKeys::erase(std::string_view name) {
  keys_.erase(
      std::remove_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.name == name; }),
      keys_.end());
}

void TaskKeys::add(const TaskKeys& others, std::span<const std::string_view> but) {
  for (const Key& key : others.keys_) {
    if (std::find(but.begin(), but.end(), key.name) != but.end()) continue;
    set(key.name, key.value, key.line, key.column);
  }
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

Json TaskKeys::json() const {
  Json out = Json::object();
  for (const Key& key : keys_) out[key.name] = key.value.json();
  return out;
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

Status parse_text_value(const YamlValue& value, Json& out) {
  if (value.is_scalar() && value.node().scalar.is_integer()) {
    out = value.json();
    return {};
  }
  return parse_template(value, out);
}

Status parse_target_value(const YamlValue& value, Json& out) {
  if (value.is_scalar() && value.node().scalar.is_integer()) {
    out = value.json();
    return {};
  }
  if (value.is_sequence()) {
    GWAGEO_TRY(value.texts());
    out = value.json();
    return {};
  }
  if (!value.is_scalar() || !value.node().scalar.is_string()) {
    return value.expected("a string, an integer or a list of strings");
  }
  out = value.json();
  return check_template(value, value.node().text);
}

Status parse_choice_value(const YamlValue& value, Json& out) {
  if (value.is_scalar()) return parse_template(value, out);
  Json::Array choices;  // Of a mapping the harness takes the values.
  GWAGEO_ASSIGN(list, value.is_mapping() ? value.members() : value.elements());
  for (const YamlValue& one : list) {
    GWAGEO_ASSIGN(text, one.text());
    choices.emplace_back(std::move(text));
  }
  if (choices.empty()) return value.refuse("no choices");
  out = Json(std::move(choices));
  return {};
}

Result<Task> parse_task(const TaskKeys& keys, std::string_view folder) {
  GWAGEO_TRY(keys.check_names());
  Task task;
  GWAGEO_TRY(parse_place(keys, task));
  GWAGEO_TRY(parse_output_type(keys, task));
  GWAGEO_TRY(parse_repeats(keys, task));
  GWAGEO_TRY(parse_origin(keys, task));
  if (!task.is_imported) {
    GWAGEO_TRY(parse_prompt(keys, task));
    GWAGEO_TRY(parse_chat(keys, task));
  }
  GWAGEO_TRY(parse_generation(keys, task));
  GWAGEO_TRY(parse_data(keys, folder, task));
  task.data_format.one_type_a_column = !task.is_imported;
  GWAGEO_TRY(parse_splits(keys, task));
  GWAGEO_TRY(parse_scoring(keys, task));
  for (const MetricSpec& metric : task.metrics) {
    if (metric.metric == "acc_mutual_info") task.asks_unconditional = true;
  }
  task.digest = task_digest(task);
  task.written = keys.json();
  return task;
}

Digest task_digest(const Task& task) {
  Json keys = Json::object();
  keys["task"] = task.name;
  keys["output_type"] = Json(output_name(task.output_type));
  keys["description"] = task.description;
  keys["doc_to_text"] = task.question.text;
  keys["doc_to_target"] = task.question.target;
  keys["doc_to_choice"] = task.question.choice;
  if (!task.question.prefix.is_null()) keys["gen_prefix"] = task.question.prefix;
  keys["target_delimiter"] = task.target_delimiter;
  keys["fewshot_delimiter"] = task.fewshot_delimiter;
  keys["item_id"] = task.item_id;
  if (!task.cluster.empty()) keys["cluster"] = task.cluster;
  if (!task.data_format.names.empty()) keys["names"] = texts_json(task.data_format.names);
  if (task.few_shot.count > 0) {
    keys["num_fewshot"] = task.few_shot.count;
    keys["sampler"] = task.few_shot.sampler;
    keys["fewshot_split"] = task.few_shot.split;
    keys["drops_evaluated"] = task.few_shot.drops_evaluated;
    describe_examples(task, keys);
  }
  if (task.is_imported) keys["requests"] = "imported";
  if (task.repeats > 1) keys["repeats"] = task.repeats;
  if (task.asks_unconditional) keys["unconditional"] = true;
  if (task.chat.applies) {
    keys["apply_chat_template"] = true;
    keys["fewshot_as_multiturn"] = task.chat.multiturn;
  }
  if (!task.chat.system_instruction.empty()) {
    keys["system_instruction"] = task.chat.system_instruction;
  }
  if (task.output_type == OutputType::generate_until) {
    keys["until"] = texts_json(task.generation.until);
    keys["max_gen_toks"] = task.generation.tokens_max;
    keys["temperature"] = task.generation.temperature;
    keys["top_p"] = task.generation.top_p;
  }
  return sha256(canonical_json(keys));
}

std::string outside_this_version(std::string_view construct) {
  return std::string(construct) +
         " is outside the subset of lm-eval's task files that this version reads; write the task "
         "without it";
}

}  // namespace gwageo
