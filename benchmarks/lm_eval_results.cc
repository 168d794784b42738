#include "benchmarks/lm_eval_results.h"

#include <algorithm>
#include <utility>

#include "benchmarks/lm_eval_config.h"
#include "benchmarks/lm_eval_groups.h"
#include "benchmarks/python_text.h"
#include "protocol/digest.h"

namespace gwageo::lm_eval {
namespace {

constexpr double microseconds_of_second = 1e6;

Json figure(const std::optional<double>& value) { return value ? Json(*value) : Json("N/A"); }

const MetricScore* score_of_metric(const TaskScore& score, const std::string& metric,
                                   const Task& task, const std::string& filter) {
  const std::string name = task.filters.size() > 1 ? metric + "," + filter : metric;
  const auto found = std::find_if(score.metrics.begin(), score.metrics.end(),
                                  [&](const MetricScore& m) { return m.name == name; });
  return found == score.metrics.end() ? nullptr : &*found;
}

// Filters outermost, metrics as the rows have them: the order in which the harness meets them.
Json task_figures(const Task& task, const TaskScore& score, const TaskSamples& samples) {
  Json out;
  out["name"] = task.name;
  out["alias"] = task_alias(task);
  out["sample_len"] = samples.scored;
  for (const FilterPipeline& filter : task.filters) {
    for (const std::string& metric : samples.metrics) {
      const MetricScore* const found = score_of_metric(score, metric, task, filter.name);
      if (found == nullptr || found->n == 0) continue;
      out[metric + "," + filter.name] = found->value;
      out[metric + "_stderr," + filter.name] = figure(found->standard_error);
    }
  }
  return out;
}

Json directions(const Task& task) {
  Json out = Json::object();
  for (const MetricSpec& metric : task.metrics) {
    if (!task.is_scored_elsewhere) out[metric.metric] = metric.higher_is_better;
  }
  return out;
}

Json sorted_members(Json object) {
  Json::Object& members = object.as_object();
  std::sort(members.begin(), members.end(),
            [](const Json::Member& a, const Json::Member& b) { return a.first < b.first; });
  return object;
}

// What the harness says of the run. Seeds and resamples are those that its rules use here too.
Json run_config(const Origin& origin) {
  Json out;
  out["model"] = origin.engine;
  out["model_args"] = origin.model_arguments;
  out["batch_size"] = nullptr;
  out["batch_sizes"] = Json::array();
  out["device"] = nullptr;
  out["use_cache"] = nullptr;
  out["limit"] = nullptr;
  out["bootstrap_iters"] = 100000;
  out["gen_kwargs"] = nullptr;
  out["random_seed"] = 0;
  out["numpy_seed"] = 1234;
  out["torch_seed"] = 1234;
  out["fewshot_seed"] = 1234;
  return out;
}

// Its chat keys are of a whole run; here they are of a task, so all tasks must agree.
Json common_of_tasks(const Suite& suite, Json (*read)(const Task&)) {
  Json first = read(suite.tasks.front());
  for (const Task& task : suite.tasks) {
    if (read(task) != first) return {};
  }
  return first;
}

void add_run(const Suite& suite, const Origin& origin, Json& out) {
  out["model_source"] = origin.engine;
  out["model_name"] = origin.model;
  out["model_name_sanitized"] = origin.sanitized_model;
  const Json system = common_of_tasks(suite, [](const Task& task) {
    return task.chat.system_instruction.empty() ? Json() : Json(task.chat.system_instruction);
  });
  out["system_instruction"] = system;
  out["system_instruction_sha"] =
      system.is_null() ? Json() : Json(to_hex(sha256(system.as_string())));
  out["fewshot_as_multiturn"] =
      common_of_tasks(suite, [](const Task& task) { return Json(task.chat.multiturn); });
  out["chat_template"] = nullptr;
  out["chat_template_sha"] = nullptr;
  const auto span = static_cast<double>((origin.ended.microseconds - origin.started.microseconds));
  out["total_evaluation_time_seconds"] = python_number(span / microseconds_of_second);
}

}  // namespace

std::string sanitized_model_name(std::string_view name) {
  std::string out;
  bool in_run = false;
  for (const char c : name) {
    const bool is_bad = std::string_view("\"<>:/|\\?*[]").find(c) != std::string_view::npos;
    if (!is_bad) out += c;
    if (is_bad && !in_run) out += "__";
    in_run = is_bad;
  }
  return out;
}

Json results_document(const Suite& suite, const Scorecard& scorecard,
                      const std::vector<TaskSamples>& samples, const Origin& origin) {
  Json results = Json::object();
  Json configs = Json::object();
  Json versions = Json::object();
  Json shots = Json::object();
  Json better = Json::object();
  Json counts = Json::object();
  Json hashes = Json::object();
  for (std::size_t i = 0; i < suite.tasks.size(); ++i) {
    const Task& task = suite.tasks[i];
    results[task.name] = task_figures(task, scorecard.tasks[i], samples[i]);
    configs[task.name] = task_config(task);
    versions[task.name] = task_version(task);
    shots[task.name] = few_shot_count(task);
    better[task.name] = directions(task);
    counts[task.name]["original"] = samples[i].documents;
    counts[task.name]["effective"] = samples[i].scored;
    hashes[task.name] = samples[i].hash;
  }
  const Json groups = group_results(suite, scorecard);
  for (const auto& [name, figures] : groups.as_object()) results[name] = figures;
  add_group_versions(suite, versions);
  add_group_shots(suite, shots);
  add_group_directions(suite, better);
  Json out;
  const Json shown = groups_with_figures(suite, results);
  out["results"] = std::move(results);
  if (!shown.as_object().empty()) out["groups"] = shown;
  out["group_subtasks"] = group_members(suite);
  out["configs"] = sorted_members(std::move(configs));
  out["versions"] = sorted_members(std::move(versions));
  out["n-shot"] = sorted_members(std::move(shots));
  out["higher_is_better"] = sorted_members(std::move(better));
  out["n-samples"] = std::move(counts);
  out["config"] = run_config(origin);
  out["git_hash"] = nullptr;
  out["date"] = static_cast<double>(origin.started.microseconds) / microseconds_of_second;
  out["pretty_env_info"] = "gwageo " + origin.program;
  out["transformers_version"] = nullptr;
  out["lm_eval_version"] = nullptr;
  out["upper_git_hash"] = nullptr;
  out["task_hashes"] = std::move(hashes);
  add_run(suite, origin, out);
  out["gwageo"] = origin.gwageo;
  return out;
}

}  // namespace gwageo::lm_eval
