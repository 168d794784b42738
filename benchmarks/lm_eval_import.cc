#include "benchmarks/lm_eval_import.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "benchmarks/imported_row.h"
#include "benchmarks/lm_eval_log.h"
#include "benchmarks/lm_eval_row.h"
#include "benchmarks/task_keys.h"
#include "protocol/name.h"
#include "protocol/yaml.h"

namespace gwageo::lm_eval {
namespace {

tl::unexpected<Error> wrong_in_file(const std::string& file, const std::string& field,
                                    const std::string& what) {
  return fail(ErrorKind::bad_input, file + ": field '" + field + "': " + what);
}

// JSON is YAML, but for numbers like 1e-05, which YAML 1.1 takes for text.
std::string yaml_text(const Json& value) {
  if (value.is_array()) {
    std::string out = "[";
    for (const Json& one : value.as_array()) out += (out.size() > 1 ? ", " : "") + yaml_text(one);
    return out + "]";
  }
  if (value.is_object()) {
    std::string out = "{";
    for (const auto& [key, one] : value.as_object()) {
      out += (out.size() > 1 ? ", " : "") + Json(key).dump() + ": " + yaml_text(one);
    }
    return out + "}";
  }
  std::string text = value.dump();
  const std::size_t exponent = value.is_number() ? text.find('e') : text.npos;
  if (exponent != text.npos && text.find('.') == text.npos) text.insert(exponent, ".0");
  return text;
}

/// The keys of a task file, one a line.
class TaskFile {
 public:
  void set(const std::string& key, const Json& value) {
    text_ += key + ": " + yaml_text(value) + "\n";
  }
  void note(const std::string& why) {
    text_ += "# ";
    for (const char c : why) text_ += c == '\n' || c == '\r' ? ' ' : c;
    text_ += "\n";
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// What this version says to the task of a file: nothing where it takes it.
std::optional<std::string> complaint(const std::string& yaml) {
  // What only the suite says, so that the file can be read alone.
  const auto root = parse_yaml("task", "axis: any\n" + yaml, YamlDuplicates::last);
  if (!root) return root.error().message;
  const YamlValue value("task", *root);
  const auto members = value.members();
  if (!members) return members.error().message;
  TaskKeys keys;
  keys.place = "task";
  for (std::size_t i = 0; i < members->size(); ++i) keys.set(value.name(i), (*members)[i], 1, 1);
  const auto task = parse_task(keys, "");
  return task ? std::nullopt : std::optional(task.error().message);
}

class TaskImport {
 public:
  TaskImport(const LoggedRun& run, const SourceFiles& files, const std::string& name)
      : run_(run), files_(files), name_(name) {}

  Result<ImportedTask> run(const std::function<Status(std::string_view)>& sink) {
    GWAGEO_TRY(read_config());
    GWAGEO_TRY(read_log());
    GWAGEO_TRY(check_generation());
    set_rules();
    GWAGEO_TRY(find_scoring());
    ImportedTask out{
        name_,       file(why_external_).text(), data(), why_external_, left_out_, log_->size(),
        log_->size()};
    if (const auto original = document_count("original")) {
      out.original = std::max(out.original, static_cast<std::uint64_t>(*original));
    }
    for (std::uint64_t i = 0; i < log_->size(); ++i) {
      GWAGEO_ASSIGN(sample, log_->read(i));
      GWAGEO_TRY(check_alike(sample, i));
      const auto row = imported_row(sample, rules_);
      if (!row) return fail(log_->place(i), row.error());
      GWAGEO_TRY(sink(imported_line(*row)));
    }
    return out;
  }

 private:
  std::string data() const { return name_ + ".jsonl"; }
  const Json* config(std::string_view key) const {
    const Json* const value = config_.find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  Status read_config() {
    if (!is_name(name_)) {
      return wrong_in_file(run_.results, "configs",
                           "'" + name_ + "' is no name (letters, digits, . _ -)");
    }
    const Json* const configs = run_.document.find("configs");
    const Json* const found = configs == nullptr ? nullptr : configs->find(name_);
    if (found == nullptr || !found->is_object()) {
      return wrong_in_file(run_.results, "configs." + name_, "is missing");
    }
    config_ = *found;
    const Json* const type = config("output_type");
    const std::string text = type != nullptr && type->is_string() ? type->as_string() : "";
    const std::pair<std::string_view, OutputType> types[] = {
        {"multiple_choice", OutputType::multiple_choice},
        {"loglikelihood", OutputType::loglikelihood},
        {"loglikelihood_rolling", OutputType::loglikelihood_rolling},
        {"generate_until", OutputType::generate_until}};
    for (const auto& [known, value] : types) {
      if (known != text) continue;
      rules_.output_type = value;
      return {};
    }
    return wrong_in_file(run_.results, "configs." + name_ + ".output_type",
                         "unknown: '" + text + "'");
  }

  Status read_log() {
    const std::string path = run_.samples(name_);
    const auto size = files_.size(path);
    if (!size && size.error().kind == ErrorKind::not_found) {
      return wrong_in_file(run_.results, "configs." + name_,
                           "its samples are not there: expected " + path + " beside it");
    }
    if (!size) return tl::unexpected(size.error());
    const std::optional<std::int64_t> count = document_count("effective");
    GWAGEO_ASSIGN(log, SampleLog::open(files_, path, count));
    log_ = std::move(log);
    GWAGEO_ASSIGN(first, log_->read(0));
    first_ = std::move(first);
    if (!count || *count == static_cast<std::int64_t>(log_->size())) return check_filters(path);
    return wrong_in_file(run_.results, "n-samples." + name_ + ".effective",
                         "is " + std::to_string(*count) + ", but " + path + " has " +
                             std::to_string(log_->size()) + " documents; a part is missing");
  }

  /// How many documents the task has ("original") or were asked ("effective"), where the results
  /// file says so.
  std::optional<std::int64_t> document_count(std::string_view which) const {
    const Json* const counts = run_.document.find("n-samples");
    const Json* const of_task = counts == nullptr ? nullptr : counts->find(name_);
    const Json* const count = of_task == nullptr ? nullptr : of_task->find(which);
    const bool is_count = count != nullptr && count->is_integer() && count->as_integer() >= 0;
    return is_count ? std::optional(count->as_integer()) : std::nullopt;
  }

  /// Every filter of the configuration has its rows.
  Status check_filters(const std::string& path) const {
    const Json* const filters = config("filter_list");
    if (filters == nullptr || !filters->is_array()) return {};
    for (const Json& filter : filters->as_array()) {
      const Json* const name = filter.find("name");
      if (name == nullptr || !name->is_string()) continue;
      const auto& logged = log_->filters();
      if (std::find(logged.begin(), logged.end(), name->as_string()) != logged.end()) continue;
      return wrong_in_file(path, "filter",
                           "there is no row for filter '" + name->as_string() + "' of configs." +
                               name_ + ".filter_list; a part of the samples is missing");
    }
    return {};
  }

  Json generation(const LoggedSample& sample) const {
    const Json::Array& arguments = sample.arguments.front();
    return arguments.size() > 1 ? arguments[1] : Json::object();
  }

  // The settings are a task's here: one set for all documents.
  Status check_generation() {
    if (rules_.output_type != OutputType::generate_until) return {};
    if (const auto why = complaint(file("nothing is scored yet").text())) {
      return fail(ErrorKind::bad_input,
                  log_->place(0) + ": field 'arguments.gen_args_0.arg_1': " + *why);
    }
    return {};
  }
  Status check_alike(const LoggedSample& sample, std::uint64_t i) const {
    const bool is_alike = rules_.output_type != OutputType::generate_until ||
                          generation(sample) == generation(first_);
    if (is_alike) return {};
    return fail(ErrorKind::bad_input,
                log_->place(i) +
                    ": field 'arguments.gen_args_0.arg_1': other settings than the first "
                    "document has; a task has one set of them");
  }

  Status find_scoring() {
    if (config("process_results") != nullptr) {
      why_external_ = "the task brings its own process_results (Python)";
    } else if (const Json* const choices = config("doc_to_choice");
               rules_.output_type == OutputType::generate_until && choices != nullptr &&
               !choices->is_array()) {
      why_external_ = "the samples do not hold the choices that doc_to_choice makes";
    } else if (const auto why = complaint_of_scoring()) {
      why_external_ = *why;
    } else if (rules_.output_type == OutputType::multiple_choice && has_several_contexts(first_)) {
      rules_.has_several_contexts = true;
      GWAGEO_TRY(judge_contexts());
    } else if (rules_.output_type == OutputType::multiple_choice) {
      GWAGEO_TRY(judge_targets());
    }
    rules_.is_scored_elsewhere = !why_external_.empty();
    rules_.reads_choices = filters_.dump().find("\"multi_choice_regex\"") != std::string::npos;
    return {};
  }

  /// What this version says to the filters and metrics, once those filters are left out that it
  /// cannot read, as long as there are others.
  std::optional<std::string> complaint_of_scoring() {
    const auto why = complaint(file("").text());
    if (!why || !filters_.is_array()) return why;
    const Json all = filters_;
    Json kept = Json::array();
    for (const Json& filter : all.as_array()) {
      filters_ = Json::Array{filter};
      const auto of_this = complaint(file("").text());
      if (!of_this) kept.push_back(filter);
      const Json* const name = filter.find("name");
      if (of_this) left_out_.push_back((name == nullptr ? "" : name->dump()) + ": " + *of_this);
    }
    filters_ = kept;
    if (!kept.as_array().empty() && !complaint(file("").text())) return std::nullopt;
    filters_ = all;
    left_out_.clear();
    return why;
  }

  // Code makes targets that may be read in two ways.
  Status judge_targets() {
    if (rules_.target.source != TargetRules::Source::code) return {};
    for (std::uint64_t i = 0; why_external_.empty() && i < log_->size(); ++i) {
      GWAGEO_ASSIGN(sample, log_->read(i));
      if (is_target_clear(sample, rules_)) continue;
      why_external_ = "the samples do not say which choice is right: the target of " +
                      log_->place(i) + " may be a choice's text or another one's place";
    }
    return {};
  }

  // Whether nothing stands before or after a choice in its context: no examples, no words.
  bool are_contexts_bare() const {
    const Json* const shots = config("num_fewshot");
    const bool has_shots = shots != nullptr && *shots != Json(0);
    const auto has_text = [](const Json* text) {
      return text != nullptr && !text->is_null() && *text != Json("");
    };
    return !has_shots && !has_text(config("description")) && !has_text(config("gen_prefix")) &&
           !has_text(run_.document.find("system_instruction")) &&
           !has_text(run_.document.find("chat_template"));
  }

  // Which context is right is said by code that is not here, and in the rows only through `acc`.
  Status judge_contexts() {
    const Json* const metrics = config("metric_list");
    const std::string used = metrics == nullptr ? "" : metrics->dump();
    for (const std::string metric : {"acc_norm", "acc_bytes", "acc_mutual_info"}) {
      const bool is_told = metric != "acc_mutual_info" && are_contexts_bare();
      if (is_told || used.find("\"" + metric + "\"") == used.npos) continue;
      why_external_ =
          metric + " needs the choices apart from their contexts, which the samples do not hold";
      return {};
    }
    bool was_ever_right = false;
    for (std::uint64_t i = 0; i < log_->size(); ++i) {
      GWAGEO_ASSIGN(sample, log_->read(i));
      if (!right_context(sample)) {
        why_external_ = "the samples do not say which of several contexts is right; " +
                        log_->place(i) + " has no `acc` and `filtered_resps` that settle it";
        return {};
      }
      was_ever_right = was_ever_right || *sample.accuracy == 1;
    }
    if (!was_ever_right) {
      why_external_ =
          "the samples do not say which of several contexts is right: in all of them `acc` is 0, "
          "as where the right one is not known";
    }
    return {};
  }

  void set_rules() {
    if (const Json* const choices = config("doc_to_choice")) rules_.choices = *choices;
    const Json* const delimiter = config("target_delimiter");
    rules_.target_delimiter =
        delimiter != nullptr && delimiter->is_string() ? delimiter->as_string() : " ";
    // In a chat the harness puts nothing before an answer.
    const Json* const chat = run_.document.find("chat_template");
    const bool is_chat = chat != nullptr && !chat->is_null();
    if (is_chat && config("gen_prefix") == nullptr) rules_.target_delimiter.clear();
    if (const Json* const filters = config("filter_list")) filters_ = *filters;
    rules_.has_unconditional =
        config("metric_list") != nullptr &&
        config("metric_list")->dump().find("\"acc_mutual_info\"") != std::string::npos;
    rules_.target = TargetRules::of(config_);
    rules_.has_several_targets = has_list_target(first_, rules_);
  }

  TaskFile file(const std::string& why_external) const {
    TaskFile out;
    out.set("task", name_);
    out.set("requests", "imported");
    out.set("output_type", *config("output_type"));
    if (const Json* const repeats = config("repeats")) out.set("repeats", *repeats);
    Json files;
    files["data_files"]["test"] = data();
    out.set("dataset_kwargs", files);
    if (rules_.output_type == OutputType::generate_until) {
      out.set("generation_kwargs", generation(first_));
    }
    if (!why_external.empty()) {
      out.note("Scored elsewhere: " + why_external);
      out.set("scoring", "external");
    } else {
      for (const std::string& filter : left_out_) out.note("Without filter " + filter);
      if (!filters_.is_null()) out.set("filter_list", filters_);
      if (const Json* const metrics = config("metric_list")) out.set("metric_list", *metrics);
    }
    Json source;
    source["config"] = config_;
    out.set("source", source);
    return out;
  }

  const LoggedRun& run_;
  const SourceFiles& files_;
  const std::string& name_;
  Json config_;
  std::optional<SampleLog> log_;
  LoggedSample first_;
  RowRules rules_;
  Json filters_;  // Those that are scored with, or null: the task lists none.
  std::vector<std::string> left_out_;
  std::string why_external_;
};

}  // namespace

std::string LoggedRun::samples(const std::string& task) const {
  const std::string folder = results.substr(0, results.rfind('/') + 1);
  return folder + "samples_" + task + "_" + date + ".jsonl";
}

Result<std::vector<std::string>> logged_tasks(const LoggedRun& run) {
  const Json* const configs = run.document.find("configs");
  if (configs == nullptr || !configs->is_object() || configs->as_object().empty()) {
    return wrong_in_file(run.results, "configs", "expected an object that names the run's tasks");
  }
  std::vector<std::string> names;
  for (const auto& [name, config] : configs->as_object()) names.push_back(name);
  return names;
}

Result<ImportedTask> import_task(const LoggedRun& run, const SourceFiles& files,
                                 const std::string& name,
                                 const std::function<Status(std::string_view row)>& sink) {
  return TaskImport(run, files, name).run(sink);
}

}  // namespace gwageo::lm_eval
