#include "ops/results_lm_eval.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "benchmarks/lm_eval_results.h"
#include "benchmarks/lm_eval_sample.h"
#include "benchmarks/python_json.h"
#include "ops/out_file.h"
#include "ops/system.h"

namespace gwageo {
namespace {

/// The rows of one task: one file for each filter, of which the first gets the others in the end.
struct TaskFiles {
  std::vector<OutFile> filters;
};

class SampleWriter final : public ItemObserver {
 public:
  /// `folder` is empty where only the counts are wanted.
  SampleWriter(std::string folder, std::string date)
      : folder_(std::move(folder)), date_(std::move(date)) {}

  Status begin(const Suite& suite, const SourceFiles& files) override {
    suite_ = suite;
    files_ = &files;
    samples_.resize(suite.tasks.size());
    hashes_.resize(suite.tasks.size());
    open_.resize(suite.tasks.size());
    return {};
  }

  Status item(const ItemScores& scores, const PlanEntry& entry) override {
    if (!documents_ || scores.task != task_) GWAGEO_TRY(open_task(scores.task));
    GWAGEO_ASSIGN(document, documents_->next());
    if (!document || document->item != scores.item) {
      return fail(ErrorKind::corrupt, "task '" + task().name + "': the row of item '" +
                                          std::string(scores.item) + "' is not in the suite");
    }
    lm_eval::TaskSamples& samples = samples_[task_];
    ++samples.documents;
    ++items_;
    if (!scores.has_score()) {
      ++without_row_;
      return {};
    }
    ++samples.scored;
    if (samples.metrics.empty() && !scores.filters.empty()) {
      for (const auto& [name, value] : scores.filters.front().metrics.as_object()) {
        samples.metrics.push_back(name);
      }
    }
    return write(*std::move(document), entry, scores);
  }

  /// Call it once, when all items were seen.
  Result<std::vector<std::string>> finish() {
    std::vector<std::string> paths;
    for (TaskFiles& task : open_) {
      for (std::size_t f = 1; f < task.filters.size(); ++f) {
        GWAGEO_TRY(task.filters.front().append(task.filters[f]));
      }
      if (task.filters.empty()) continue;
      GWAGEO_TRY(task.filters.front().finish());
      paths.push_back(task.filters.front().path());
      task.filters.clear();
    }
    for (std::size_t t = 0; t < samples_.size(); ++t) samples_[t].hash = task_hash(t);
    return paths;
  }

  const Suite& suite() const { return suite_; }
  const std::vector<lm_eval::TaskSamples>& samples() const { return samples_; }
  std::uint64_t items() const { return items_; }
  std::uint64_t without_row() const { return without_row_; }

 private:
  const Task& task() const { return suite_.tasks[task_]; }

  Status open_task(std::uint32_t index) {
    task_ = index;
    GWAGEO_ASSIGN(documents, LoggedDocuments::open(task(), *files_));
    documents_ = std::move(documents);
    return {};
  }

  Status write(LoggedDocument document, const PlanEntry& entry, const ItemScores& scores) {
    GWAGEO_ASSIGN(sample, lm_eval::Sample::create(task(), std::move(document), entry, scores));
    const lm_eval::SampleHashes& hashes = sample.hashes();
    for (const Digest& digest : {hashes.doc, hashes.prompt, hashes.target}) {
      hashes_[task_].push_back(digest);
    }
    if (folder_.empty()) return {};
    GWAGEO_TRY(open_files());
    for (std::size_t f = 0; f < task().filters.size(); ++f) {
      GWAGEO_TRY(open_[task_].filters[f].write(sample.row(task(), scores, f) + "\n"));
    }
    return {};
  }

  Status open_files() {
    std::vector<OutFile>& files = open_[task_].filters;
    const std::string path = folder_ + "/samples_" + task().name + "_" + date_ + ".jsonl";
    while (files.size() < task().filters.size()) {
      const std::string suffix = files.empty() ? "" : ".filter-" + std::to_string(files.size());
      GWAGEO_ASSIGN(file, OutFile::create(path + suffix));
      files.push_back(std::move(file));
    }
    return {};
  }

  /// Of the rows' hashes in their order: all documents, once for each filter.
  std::string task_hash(std::size_t index) const {
    Sha256Stream stream;
    for (std::size_t f = 0; f < suite_.tasks[index].filters.size(); ++f) {
      for (const Digest& digest : hashes_[index]) stream.add(to_hex(digest));
    }
    return to_hex(stream.finish());
  }

  std::string folder_;
  std::string date_;
  const SourceFiles* files_ = nullptr;
  Suite suite_;  // A copy: what is written last is written after the evaluation.
  std::uint32_t task_ = 0;
  std::optional<LoggedDocuments> documents_;
  std::vector<TaskFiles> open_;
  std::vector<lm_eval::TaskSamples> samples_;
  std::vector<std::vector<Digest>> hashes_;  // Of each task, three an item.
  std::uint64_t items_ = 0;
  std::uint64_t without_row_ = 0;
};

lm_eval::Origin origin_of(const JobHead& head, const Evaluation& evaluation,
                          std::uint64_t without_row) {
  lm_eval::Origin origin;
  origin.model = head.model;
  origin.engine = head.engine;
  origin.sanitized_model = lm_eval::sanitized_model_name(head.model);
  origin.model_arguments["model"] = head.model;
  for (const auto& [key, value] : head.options) origin.model_arguments[key] = value;
  origin.program = program_version();
  origin.started = head.accepted;
  origin.ended = head.ended;
  origin.gwageo = provenance(head, evaluation);
  origin.gwageo["items_without_row"] = without_row;
  return origin;
}

}  // namespace

Result<LmEvalFiles> write_lm_eval(ExaminedJob& found, const std::string& folder) {
  const JobHead& head = found.head();
  std::string date = iso_time(head.ended);
  std::replace(date.begin(), date.end(), ':', '-');
  std::string below;
  if (!folder.empty()) {
    below = folder + "/" + lm_eval::sanitized_model_name(head.model);
    std::error_code error;
    std::filesystem::create_directories(below, error);
    if (error) return fail(ErrorKind::io, below + ": " + error.message());
  }
  SampleWriter writer(below, date);
  GWAGEO_ASSIGN(evaluation, found.evaluate(writer));
  LmEvalFiles out;
  GWAGEO_ASSIGN(samples, writer.finish());
  out.samples = std::move(samples);
  out.items = writer.items();
  out.without_row = writer.without_row();
  out.document = lm_eval::results_document(writer.suite(), evaluation.scorecard, writer.samples(),
                                           origin_of(head, evaluation, out.without_row));
  if (below.empty()) return out;
  out.results = below + "/results_" + date + ".json";
  GWAGEO_ASSIGN(file, OutFile::create(out.results));
  GWAGEO_TRY(file.write(python_json(out.document, 2)));
  GWAGEO_TRY(file.finish());
  return out;
}

}  // namespace gwageo
