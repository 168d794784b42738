#include "ops/results_inspect.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "benchmarks/inspect_sample.h"
#include "benchmarks/lm_eval_config.h"
#include "benchmarks/lm_eval_results.h"
#include "benchmarks/logged_documents.h"
#include "benchmarks/python_text.h"
#include "ops/out_file.h"
#include "ops/system.h"

namespace gwageo {
namespace {

/// What was seen of a task.
struct TaskLog {
  std::optional<OutFile> samples;  ///< The list's elements, with commas between them.
  Json ids = Json::array();
  std::uint64_t items = 0;
  std::uint64_t scored = 0;
  std::uint64_t failed = 0;  ///< Samples, which are an item's epochs, with an error.
};

class SampleLogger final : public ItemObserver {
 public:
  SampleLogger(std::string model, std::string path)
      : model_(std::move(model)), path_(std::move(path)) {}

  Status begin(const Suite& suite, const SourceFiles& files) override {
    suite_ = suite;
    files_ = &files;
    logs_.resize(suite.tasks.size());
    return {};
  }

  Status item(const ItemScores& scores, const PlanEntry& entry) override {
    const Task& task = suite_.tasks[scores.task];
    if (!documents_ || scores.task != task_) {
      task_ = scores.task;
      GWAGEO_ASSIGN(documents, LoggedDocuments::open(task, *files_));
      documents_ = std::move(documents);
    }
    TaskLog& log = logs_[task_];
    if (!log.samples) {
      GWAGEO_ASSIGN(file, OutFile::create(path_ + task.name + ".json.samples"));
      log.samples = std::move(file);
    }
    GWAGEO_ASSIGN(document, documents_->next());
    if (!document || document->item != scores.item) {
      return fail(ErrorKind::corrupt, "task '" + task.name + "': the row of item '" +
                                          std::string(scores.item) + "' is not in the suite");
    }
    for (std::size_t repeat = 0; repeat < scores.repeats.size(); ++repeat) {
      GWAGEO_ASSIGN(sample, inspect::sample(task, model_, *document, entry, scores, repeat));
      if (!sample.find("error")->is_null()) ++log.failed;
      GWAGEO_TRY(log.samples->write((log.items + repeat > 0 ? ",\n" : "") + sample.dump()));
    }
    ++log.items;
    if (scores.has_score()) ++log.scored;
    log.ids.push_back(Json(document->item));
    return {};
  }

  const Suite& suite() const { return suite_; }
  std::vector<TaskLog>& logs() { return logs_; }
  const std::string& path() const { return path_; }

 private:
  std::string model_;
  std::string path_;  // Of every file, but for the task's name and what follows it.
  Suite suite_;
  const SourceFiles* files_ = nullptr;
  std::uint32_t task_ = 0;
  std::optional<LoggedDocuments> documents_;
  std::vector<TaskLog> logs_;
};

Json metric(const std::string& name, const Json& value) {
  return Json::Object{{"name", name}, {"value", value}, {"params", Json::object()}};
}

/// One score a filter, its figures by the metrics' names.
Json scores_of_sample(const Task& task, const TaskScore& score, const TaskLog& log) {
  Json out = Json::array();
  for (const FilterPipeline& filter : task.filters) {
    Json metrics = Json::object();
    for (const MetricScore& figure : score.metrics) {
      const std::size_t comma = figure.name.find(',');
      const std::string name = figure.name.substr(0, comma);
      const bool is_of_filter =
          comma == std::string::npos || figure.name.substr(comma + 1) == filter.name;
      if (!is_of_filter || figure.n == 0) continue;
      metrics[name] = metric(name, figure.value);
      if (figure.standard_error) {
        metrics[name + "_stderr"] = metric(name + "_stderr", *figure.standard_error);
      }
    }
    if (metrics.as_object().empty()) continue;
    Json one;
    one["name"] = filter.name;
    one["scorer"] = filter.name;
    one["reducer"] = nullptr;
    one["scored_samples"] = log.scored;
    one["unscored_samples"] = log.items - log.scored;
    one["params"] = Json::object();
    one["metrics"] = std::move(metrics);
    out.push_back(std::move(one));
  }
  return out;
}

/// Inspect takes an integer or a text.
Json version_of(const Task& task) {
  const Json version = lm_eval::task_version(task);
  if (version.is_integer() || version.is_string()) return version;
  const std::string text = python_text(version);
  const bool is_whole = version.is_number() && text.ends_with(".0") && text.size() <= 10;
  return is_whole ? Json(static_cast<std::int64_t>(version.as_double())) : Json(text);
}

Json evaluation_of(const JobHead& head, const Task& task, const TaskLog& log,
                   const Json& provenance) {
  const std::string job = "job-" + std::to_string(head.job.value);
  Json out;
  out["eval_id"] = job + "-" + task.name;
  out["run_id"] = job;
  out["created"] = iso_time(head.accepted) + "+00:00";
  out["task"] = task.name;
  out["task_id"] = to_hex(task.digest);
  out["task_version"] = version_of(task);
  out["task_args"] = Json::object();
  out["dataset"]["name"] = task.name;
  out["dataset"]["location"] = task.data_files.at(task.test_split).front();
  out["dataset"]["samples"] = log.items;
  out["dataset"]["sample_ids"] = log.ids;
  out["dataset"]["shuffled"] = false;
  out["model"] = head.engine + "/" + head.model;
  out["model_generate_config"] = Json::object();
  out["model_base_url"] = nullptr;
  out["model_args"] = Json::object();
  out["config"]["epochs"] = task.repeats;
  out["config"]["fail_on_error"] = true;     // What `status` goes by,
  out["config"]["continue_on_fail"] = true;  // when all else was asked.
  out["revision"] = nullptr;
  out["packages"]["gwageo"] = program_version();
  out["metadata"]["gwageo"] = provenance;
  return out;
}

/// As Inspect's own, by its rule that one sample's error fails the whole.
std::string_view status_of(const JobHead& head, const TaskLog& log) {
  if (head.open()) return "started";
  if (head.phase == JobPhase::cancelled) return "cancelled";
  return log.failed > 0 ? "error" : "success";
}

Json log_head_of(const JobHead& head, const Task& task, const TaskScore& score, const TaskLog& log,
                 const Json& provenance) {
  Json out;
  out["version"] = 2;
  const std::string_view status = status_of(head, log);
  const std::uint64_t samples = log.items * task.repeats;
  out["status"] = status;
  out["eval"] = evaluation_of(head, task, log, provenance);
  Json settings = Json::object();
  if (task.output_type == OutputType::generate_until) {
    settings["max_tokens"] = task.generation.tokens_max;
    settings["temperature"] = task.generation.temperature;
    settings["stop_seqs"] = Json::array();
    for (const std::string& stop : task.generation.until) {
      settings["stop_seqs"].push_back(Json(stop));
    }
  }
  out["plan"]["name"] = "plan";
  Json step;
  step["solver"] = "generate";
  step["params"] = Json::object();
  out["plan"]["steps"] = Json::Array{step};
  out["plan"]["config"] = std::move(settings);
  out["results"]["total_samples"] = samples;
  out["results"]["completed_samples"] = samples - log.failed;
  out["results"]["scores"] = scores_of_sample(task, score, log);
  out["stats"]["started_at"] = iso_time(head.accepted) + "+00:00";
  out["stats"]["completed_at"] = iso_time(head.ended) + "+00:00";
  out["stats"]["model_usage"] = Json::object();
  if (status == "error") {
    out["error"] = inspect::error(std::to_string(log.failed) + " of " + std::to_string(samples) +
                                  (log.failed == 1 ? " samples has" : " samples have") +
                                  " an error, and no score; see: gwageo explain " +
                                  std::to_string(head.job.value));
  }
  return out;
}

}  // namespace

Result<InspectFiles> write_inspect(ExaminedJob& found, const std::string& folder) {
  const JobHead& head = found.head();
  const std::string below = folder + "/" + lm_eval::sanitized_model_name(head.model);
  std::error_code error;
  std::filesystem::create_directories(below, error);
  if (error) return fail(ErrorKind::io, below + ": " + error.message());
  std::string date = iso_time(head.ended);
  std::replace(date.begin(), date.end(), ':', '-');
  SampleLogger logger(head.model, below + "/" + date + "_");
  GWAGEO_ASSIGN(evaluation, found.evaluate(logger));
  const Json known = provenance(head, evaluation);
  InspectFiles out;
  for (std::size_t t = 0; t < logger.logs().size(); ++t) {
    TaskLog& log = logger.logs()[t];
    const Task& task = logger.suite().tasks[t];
    if (!log.samples) continue;
    GWAGEO_ASSIGN(file, OutFile::create(logger.path() + task.name + ".json"));
    std::string log_head =
        log_head_of(head, task, evaluation.scorecard.tasks[t], log, known).dump();
    log_head.pop_back();  // The list of samples is its last member.
    GWAGEO_TRY(file.write(log_head + ",\"samples\":[\n"));
    GWAGEO_TRY(file.append(*log.samples));
    GWAGEO_TRY(file.write("\n]}\n"));
    GWAGEO_TRY(file.finish());
    out.files.push_back(file.path());
    out.without_row += log.items - log.scored;
    log.samples.reset();
  }
  return out;
}

}  // namespace gwageo
