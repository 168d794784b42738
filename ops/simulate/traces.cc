#include "ops/simulate/traces.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include "ops/simulate/csv.h"
#include "ops/simulate/random.h"
#include "protocol/wide.h"

namespace gwageo::simulate {
namespace {

constexpr Duration trace_time_max = seconds(std::int64_t{1} << 31);
constexpr std::int64_t trace_gpus_max = 1 << 20;
constexpr std::int64_t gpu_milli_all = 1000;  // A whole GPU, as openb counts.

/// One row that is work.
struct Row {
  Instant arrival;
  Duration duration;
  Duration within;
  TeamIndex team = 0;
  ClassIndex model_class = 0;
  bool widened = false;  // It asks for fewer GPUs than its slot has.
};

/// Rows with the teams and classes that they name.
class Rows {
 public:
  Rows(const TraceOptions& options, std::uint64_t seed)
      : options_(options), load_(seed, Stream::load) {}

  TeamIndex team(std::string_view name) {
    const auto [at, is_new] =
        teams_.try_emplace(std::string(name), static_cast<TeamIndex>(teams_.size()));
    if (is_new) work_.workload.teams.push_back({std::string(name), 1});
    return at->second;
  }
  /// `asked_in`: file, line and field of the row.
  ClassIndex model_class(std::string_view name, std::uint32_t gpus, std::string asked_in,
                         std::vector<std::string> kinds = {});
  /// Refuses the field `took` of line `line` where that makes too much work of the whole.
  Status add(const Row& row, const Csv& csv, std::size_t line, std::size_t took);
  Result<TraceWork> work(const std::string& file, std::uint64_t left_out);

 private:
  std::int64_t parts(const Row& row) const {
    const std::int64_t part = options_.shard.microseconds;
    return (row.duration.microseconds + part - 1) / part;
  }
  const TraceOptions& options_;
  Random load_;
  Work work_;
  std::vector<Row> rows_;
  std::int64_t shards_ = 0;
  std::int64_t gpu_time_ = 0;
  std::uint64_t widened_ = 0;
  std::map<std::string, TeamIndex> teams_;
  std::map<std::string, ClassIndex> classes_;
};

ClassIndex Rows::model_class(std::string_view name, std::uint32_t gpus, std::string asked_in,
                             std::vector<std::string> kinds) {
  const std::string full = std::string(name) + " x" + std::to_string(gpus);
  const auto number = static_cast<ClassIndex>(classes_.size());
  const auto [at, is_new] = classes_.try_emplace(full, number);
  if (is_new) {
    const double least = logarithm(static_cast<double>(options_.load_least.microseconds));
    const double most = logarithm(static_cast<double>(options_.load_most.microseconds));
    const Duration load = rounded(exponential(least + (most - least) * load_.unit(number)));
    const Duration fetch{load.microseconds / 2};
    work_.workload.classes.push_back(
        {full, gpus, load, fetch, std::move(kinds), std::move(asked_in)});
  }
  return at->second;
}

Status Rows::add(const Row& row, const Csv& csv, std::size_t line, std::size_t took) {
  shards_ += parts(row);
  if (shards_ > shards_max) {
    return csv.refuse(line, took,
                      "makes more than " + std::to_string(shards_max) +
                          " shards with the rows above; --shard makes them longer");
  }
  gpu_time_ += row.duration.microseconds * work_.workload.classes[row.model_class].gpus;
  if (gpu_time_ > gpu_time_max.microseconds) {
    return csv.refuse(line, took,
                      "makes more than " + std::to_string(gpu_time_max.microseconds / 1000000) +
                          " GPU-seconds of work with the rows above, which are the most that can "
                          "be simulated");
  }
  if (row.widened) ++widened_;
  rows_.push_back(row);
  return {};
}

Result<TraceWork> Rows::work(const std::string& file, std::uint64_t left_out) {
  if (rows_.empty()) return fail(ErrorKind::bad_input, file + ": no row is work for a GPU");
  const auto earlier = [](const Row& a, const Row& b) { return a.arrival < b.arrival; };
  std::stable_sort(rows_.begin(), rows_.end(), earlier);
  const Instant begin = rows_.front().arrival;
  for (const Row& row : rows_) {
    Job job;
    job.team = row.team;
    job.model_class = row.model_class;
    job.arrival = Instant{} + (row.arrival - begin);
    job.within = row.within;
    job.batches = options_.batches;
    job.sets = 1;
    job.shards = static_cast<std::uint32_t>(parts(row));
    work_.workload.jobs.push_back(job);
  }
  std::size_t at = 0;  // The job that `lay_out` is at.
  GWAGEO_TRY(lay_out(work_, [&](const Job& job, std::uint32_t, std::uint32_t n) {
    // A long row of many shards: its time and their number do not fit in 64 bits.
    const Wide whole = rows_[at].duration.microseconds;
    if (n + 1 == job.shards) ++at;
    return Duration{
        static_cast<std::int64_t>(whole * (n + 1) / job.shards - whole * n / job.shards)};
  }));
  return TraceWork{std::move(work_), left_out, widened_};
}

/// A slot for the GPUs that a row asks for.
struct Width {
  std::uint32_t gpus = 1;
  bool widened = false;
};

/// How wide a slot the row wants; nothing where it is left out.
Result<std::optional<Width>> width_of_row(const Csv& csv, std::size_t row, std::size_t column,
                                          const TraceOptions& options) {
  GWAGEO_ASSIGN(gpus, csv.whole(row, column, 0, trace_gpus_max));
  if (gpus == 0) return std::nullopt;
  const std::uint32_t slot = std::bit_ceil(static_cast<std::uint32_t>(gpus));
  if (slot <= options.gpus_max) return Width{slot, slot != gpus};
  if (options.leave_out_wide) return std::nullopt;
  return csv.refuse(row, column,
                    "GPUs are more than a slot can have on this fleet, " +
                        std::to_string(options.gpus_max) + " (--leave-out-wide)");
}

/// Rows with one id would be one job counted twice.
Status check_ids(const Csv& csv, std::string_view name) {
  if (!csv.has(name)) return {};
  GWAGEO_ASSIGN(column, csv.column(name));
  return csv.unique(column);
}

/// What a row says of its deadline, where the table has these columns: it counts of strict jobs
/// that are no best effort.
class PhillyDeadlines {
 public:
  explicit PhillyDeadlines(const Csv& csv) : csv_(csv) {
    if (csv.has("best_effort")) best_effort_ = *csv.column("best_effort");
    if (csv.has("job_type")) job_type_ = *csv.column("job_type");
  }
  Result<bool> counts(std::size_t row) const {
    if (job_type_ && csv_.text(row, *job_type_) != "strict") {
      return csv_.refuse(row, *job_type_, "is no type of job that is known here: strict");
    }
    if (!best_effort_) return true;
    GWAGEO_ASSIGN(best_effort, csv_.whole(row, *best_effort_, 0, 1));
    return best_effort == 0;
  }

 private:
  const Csv& csv_;
  std::optional<std::size_t> best_effort_;
  std::optional<std::size_t> job_type_;
};

Result<TraceWork> read_philly(const Csv& csv, const std::string& file, const TraceOptions& options,
                              std::uint64_t seed) {
  GWAGEO_ASSIGN(user, csv.column("user"));
  GWAGEO_ASSIGN(num_gpu, csv.column("num_gpu"));
  GWAGEO_ASSIGN(submit, csv.column("submit_time"));
  GWAGEO_ASSIGN(model, csv.column("model_name"));
  GWAGEO_ASSIGN(took, csv.column("duration"));
  GWAGEO_ASSIGN(expect, csv.column("expect_time_list"));
  GWAGEO_TRY(check_ids(csv, "job_id"));
  const PhillyDeadlines deadlines(csv);
  Rows rows(options, seed);
  std::uint64_t left_out = 0;
  for (std::size_t i = 0; i < csv.rows(); ++i) {
    GWAGEO_ASSIGN(gpus, width_of_row(csv, i, num_gpu, options));
    GWAGEO_ASSIGN(arrival, csv.time(i, submit, trace_time_max));
    GWAGEO_ASSIGN(duration, csv.time(i, took, trace_time_max));
    GWAGEO_ASSIGN(within, csv.time(i, expect, trace_time_max));
    GWAGEO_ASSIGN(has_deadline, deadlines.counts(i));
    if (duration == Duration{}) return csv.refuse(i, took, "is no time for a job");
    if (csv.text(i, user).empty()) return csv.refuse(i, user, "names nobody");
    if (!gpus) {
      ++left_out;
      continue;
    }
    const TeamIndex team = rows.team(csv.text(i, user));
    const ClassIndex model_class =
        rows.model_class(csv.text(i, model), gpus->gpus, csv.place(i, num_gpu));
    GWAGEO_TRY(rows.add({Instant{} + arrival, duration, has_deadline ? within : Duration{}, team,
                         model_class, gpus->widened},
                        csv, i, took));
  }
  return rows.work(file, left_out);
}

/// "V100M16|V100M32": either will do.
std::vector<std::string> kinds_of(std::string_view spec) {
  std::vector<std::string> kinds;
  while (!spec.empty()) {
    const std::size_t end = std::min(spec.find('|'), spec.size());
    if (end > 0) kinds.emplace_back(spec.substr(0, end));
    spec.remove_prefix(std::min(end + 1, spec.size()));
  }
  return kinds;
}

/// What a pod asks for: whole GPUs, or a share of one, in thousandths.
Status check_share(const Csv& csv, std::size_t row, std::size_t num_gpu, std::size_t gpu_milli) {
  GWAGEO_ASSIGN(gpus, csv.whole(row, num_gpu, 0, trace_gpus_max));
  GWAGEO_ASSIGN(milli, csv.whole(row, gpu_milli, 0, gpu_milli_all));
  if (gpus <= 1 || milli == gpu_milli_all) return {};
  return csv.refuse(row, gpu_milli,
                    "is a share of one GPU, and num_gpu asks for " + std::to_string(gpus) +
                        ", of which each is whole: " + std::to_string(gpu_milli_all));
}

// A pod's quality of service stands for its team, its GPU's kind for its model: the trace names no
// owner and no model.
Result<TraceWork> read_openb_pods(const Csv& csv, const std::string& file,
                                  const TraceOptions& options, std::uint64_t seed) {
  GWAGEO_ASSIGN(num_gpu, csv.column("num_gpu"));
  GWAGEO_ASSIGN(gpu_milli, csv.column("gpu_milli"));
  GWAGEO_ASSIGN(spec, csv.column("gpu_spec"));
  GWAGEO_ASSIGN(qos, csv.column("qos"));
  GWAGEO_ASSIGN(creation, csv.column("creation_time"));
  GWAGEO_ASSIGN(deletion, csv.column("deletion_time"));
  GWAGEO_ASSIGN(scheduled, csv.column("scheduled_time"));
  GWAGEO_TRY(check_ids(csv, "name"));
  Rows rows(options, seed);
  std::uint64_t left_out = 0;
  for (std::size_t i = 0; i < csv.rows(); ++i) {
    GWAGEO_TRY(check_share(csv, i, num_gpu, gpu_milli));
    GWAGEO_ASSIGN(gpus, width_of_row(csv, i, num_gpu, options));
    GWAGEO_ASSIGN(arrival, csv.time(i, creation, trace_time_max));
    if (!gpus || csv.text(i, scheduled).empty() || csv.text(i, deletion).empty()) {
      ++left_out;
      continue;
    }
    GWAGEO_ASSIGN(begin, csv.time(i, scheduled, trace_time_max));
    GWAGEO_ASSIGN(end, csv.time(i, deletion, trace_time_max));
    if (end < begin) return csv.refuse(i, deletion, "is before scheduled_time");
    if (end == begin) {
      ++left_out;
      continue;
    }
    const TeamIndex team = rows.team(csv.text(i, qos));
    const std::string_view kind = csv.text(i, spec).empty() ? "any" : csv.text(i, spec);
    const ClassIndex model_class =
        rows.model_class(kind, gpus->gpus, csv.place(i, spec), kinds_of(csv.text(i, spec)));
    GWAGEO_TRY(rows.add({Instant{} + arrival, end - begin, {}, team, model_class, gpus->widened},
                        csv, i, deletion));
  }
  return rows.work(file, left_out);
}

}  // namespace

Result<TraceKind> trace_kind(std::string_view text, const std::string& file) {
  GWAGEO_ASSIGN(csv, Csv::parse(text, file));
  if (csv.has("cdf_percent") && csv.has("metric")) return TraceKind::acme;
  if (csv.has("cdf_percent")) {
    return fail(ErrorKind::bad_input,
                file + ":1: has the columns " + csv.columns_text() +
                    "; of Acme's files take acme_jobtype_cdf.csv, which says how long evaluations "
                    "take: cluster, metric, job_type, le_seconds, cdf_percent");
  }
  if (csv.has("submit_time")) return TraceKind::philly;
  if (csv.has("gpu_milli")) return TraceKind::openb_pods;
  return fail(ErrorKind::bad_input, file + ":1: no trace that is known has the columns " +
                                        csv.columns_text() +
                                        "; Acme's has cdf_percent, Philly's submit_time, openb's "
                                        "pods gpu_milli");
}

Result<DurationTable> read_acme(std::string_view text, const std::string& file,
                                std::string_view cluster) {
  GWAGEO_ASSIGN(csv, Csv::parse(text, file));
  GWAGEO_ASSIGN(cluster_at, csv.column("cluster"));
  GWAGEO_ASSIGN(metric, csv.column("metric"));
  GWAGEO_ASSIGN(type, csv.column("job_type"));
  GWAGEO_ASSIGN(seconds_at, csv.column("le_seconds"));
  GWAGEO_ASSIGN(percent, csv.column("cdf_percent"));
  constexpr std::int64_t all = 1000000000;
  DurationTable table;
  for (std::size_t i = 0; i < csv.rows(); ++i) {
    GWAGEO_ASSIGN(most, csv.time(i, seconds_at, trace_time_max));
    const Result<std::int64_t> share = parse_millionths(csv.text(i, percent));
    if (!share || *share > 100000000) return csv.refuse(i, percent, "is no share from 0 to 100");
    if (csv.text(i, cluster_at) != cluster || csv.text(i, metric) != "duration" ||
        csv.text(i, type) != "Eval") {
      continue;
    }
    const DurationPoint point{most, *share * 10};
    if (most == Duration{}) return csv.refuse(i, seconds_at, "is no time for a job");
    if (!table.empty() && (most <= table.back().most || point.share < table.back().share)) {
      return csv.refuse(i, percent, "falls where a distribution rises");
    }
    table.push_back(point);
  }
  if (table.empty() || table.back().share != all) {
    return fail(ErrorKind::bad_input,
                file + ": no whole distribution of durations of Eval jobs on cluster \"" +
                    std::string(cluster) + "\"");
  }
  return table;
}

Result<TraceWork> read_jobs(std::string_view text, const std::string& file, TraceKind kind,
                            const TraceOptions& options, std::uint64_t seed) {
  GWAGEO_ASSIGN(csv, Csv::parse(text, file));
  return kind == TraceKind::philly ? read_philly(csv, file, options, seed)
                                   : read_openb_pods(csv, file, options, seed);
}

}  // namespace gwageo::simulate
