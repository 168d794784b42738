#include "ops/simulate/generator.h"

#include <algorithm>
#include <array>
#include <string>

#include "ops/simulate/random.h"
#include "protocol/check.h"

namespace gwageo::simulate {
namespace {

// Sigma of data sets' medians and of shards around them: 0.8^2 + 0.6^2 = 1.
constexpr double sigma_sets = 0.8;
constexpr double sigma_shards = 0.6;
constexpr std::uint64_t team_values = std::uint64_t{1} << 32;  // Draws of one team in a stream.
constexpr std::int64_t share_all = 1000000000;

Status check(const WorkloadOptions& o) {
  const auto refuse = [](const std::string& option, const std::string& reason) {
    return fail(ErrorKind::bad_input, "--" + option + ": " + reason);
  };
  const auto most = [](std::uint32_t n) { return "from 1 to " + std::to_string(n); };
  if (o.teams < 1 || o.teams > teams_max) return refuse("teams", most(teams_max));
  if (o.models < 1 || o.models > classes_max) return refuse("models", most(classes_max));
  if (o.shards < 1 || o.shards > shards_max) return refuse("shards", most(shards_max));
  if (o.private_models && o.models < o.teams) {
    return refuse("models", "with private models each team needs one of its own: at least " +
                                std::to_string(o.teams));
  }
  if (o.load_least.microseconds < 1 || o.load_most < o.load_least) {
    return refuse("load", "the shortest load is above 0, and the longest is not shorter");
  }
  if (o.median.microseconds < 1) return refuse("median", "a shard takes some time");
  if (o.durations.empty() && o.median > o.longest) {
    return refuse("median", "is longer than --longest, where shards are cut");
  }
  if (o.data_sets < 1 || o.batches < 1) return refuse("data-sets", "at least 1");
  if (std::uint64_t{o.flood_jobs} * o.flood_shards > shards_max || o.flood_jobs > jobs_max) {
    return refuse("flood", "too many jobs");
  }
  return {};
}

/// Part i of `whole` that is divided by weights; parts sum to the whole.
class Division {
 public:
  Division(std::size_t parts, double exponent) : sums_(parts + 1) {
    for (std::size_t i = 0; i < parts; ++i) {
      sums_[i + 1] = sums_[i] + exponential(-exponent * logarithm(static_cast<double>(i + 1)));
    }
  }
  std::uint32_t part(std::uint32_t whole, std::size_t i) const {
    return until(whole, i + 1) - until(whole, i);
  }
  /// Where a value in (0, 1) falls.
  std::size_t pick(double value) const {
    const auto found = std::upper_bound(sums_.begin() + 1, sums_.end() - 1, value * sums_.back());
    return static_cast<std::size_t>(found - sums_.begin()) - 1;
  }

 private:
  std::uint32_t until(std::uint32_t whole, std::size_t i) const {
    if (i + 1 == sums_.size()) return whole;
    return static_cast<std::uint32_t>(sums_[i] / sums_.back() * whole);
  }
  std::vector<double> sums_;
};

std::uint32_t width_drawn(Gangs gangs, std::uint64_t of_16) {
  using Widths = std::array<std::uint8_t, 16>;
  constexpr Widths mixed = {1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 8, 8};
  constexpr Widths wide = {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 8, 8, 16, 32};
  if (gangs == Gangs::narrow) return 1;
  return (gangs == Gangs::mixed ? mixed : wide)[of_16];
}

void add_classes(const WorkloadOptions& o, std::uint64_t seed, Workload& workload) {
  const Random load(seed, Stream::load);
  const Random width(seed, Stream::width);
  const double least = logarithm(static_cast<double>(o.load_least.microseconds));
  const double most = logarithm(static_cast<double>(o.load_most.microseconds));
  for (std::uint32_t i = 0; i < o.models; ++i) {
    ModelClass model;
    model.name = "model-" + std::to_string(i);
    model.gpus = width_drawn(o.gangs, width.below(16, i));
    model.load = rounded(exponential(least + (most - least) * load.unit(i)));
    model.fetch = {model.load.microseconds / 2};
    workload.classes.push_back(std::move(model));
  }
}

struct Draft {
  Job job;
  std::uint64_t order;
};

void add_job(const WorkloadOptions& o, std::uint64_t seed, std::uint32_t number, Job job,
             std::vector<Draft>& drafts) {
  if (job.shards == 0) return;
  job.batches = o.batches;
  job.sets = std::min(o.data_sets, job.shards);
  const std::uint64_t n = job.team * team_values + number;
  const Random arrival(seed, Stream::arrival);
  if (o.arrive_within > Duration{}) {
    const auto span = static_cast<std::uint64_t>(o.arrive_within.microseconds);
    job.arrival = {static_cast<std::int64_t>(arrival.below(span, n))};
  }
  drafts.push_back({job, Random(seed, Stream::order).at(n)});
}

std::vector<Job> draft_jobs(const WorkloadOptions& o, std::uint64_t seed) {
  std::vector<Draft> drafts;
  const std::uint32_t own = o.private_models ? o.models / o.teams : o.models;
  const Division popularity(own, static_cast<double>(o.popularity) / 1e6);
  const Random pick(seed, Stream::team);
  for (TeamIndex team = 0; team < o.teams; ++team) {
    const ClassIndex first = o.private_models ? team * own : 0;
    const auto shards = static_cast<std::uint32_t>(std::uint64_t{o.shards} * (team + 1) / o.teams -
                                                   std::uint64_t{o.shards} * team / o.teams);
    Job job;
    job.team = team;
    const bool floods = team == 0 && o.flood_jobs > 0;
    const std::uint32_t jobs = floods ? o.flood_jobs : own;
    for (std::uint32_t i = 0; i < jobs; ++i) {
      job.model_class =
          first + (floods ? static_cast<std::uint32_t>(popularity.pick(pick.unit(i))) : i);
      job.shards = floods ? o.flood_shards : popularity.part(shards, i);
      add_job(o, seed, i, job, drafts);
    }
  }
  std::sort(drafts.begin(), drafts.end(), [](const Draft& a, const Draft& b) {
    return a.job.arrival != b.job.arrival ? a.job.arrival < b.job.arrival : a.order < b.order;
  });
  std::vector<Job> jobs;
  for (const Draft& draft : drafts) jobs.push_back(draft.job);
  return jobs;
}

/// The data sets' z: evenly spread quantiles in an order of their own, so that a seed does not
/// decide how much work there is.
std::vector<double> set_medians(std::uint32_t sets, std::uint64_t seed) {
  const Random order(seed, Stream::order);
  std::vector<std::pair<std::uint64_t, double>> drawn;
  for (std::uint32_t i = 0; i < sets; ++i) {
    const std::uint64_t key = order.at(~std::uint64_t{i});
    drawn.emplace_back(key, normal_quantile((i + 0.5) / sets));
  }
  std::sort(drawn.begin(), drawn.end());
  std::vector<double> medians;
  for (const auto& [key, z] : drawn) medians.push_back(z);
  return medians;
}

}  // namespace

Duration quantile(const DurationTable& table, double p) {
  GWAGEO_CHECK(!table.empty());
  const double share = p * share_all;
  std::size_t i = 0;
  while (i + 1 < table.size() && static_cast<double>(table[i].share) < share) ++i;
  const double high = logarithm(static_cast<double>(table[i].most.microseconds));
  // Below the first point time goes down to a hundredth of it.
  const double low = i == 0 ? high - logarithm(100)
                            : logarithm(static_cast<double>(table[i - 1].most.microseconds));
  const double from = i == 0 ? 0 : static_cast<double>(table[i - 1].share);
  const double span = static_cast<double>(table[i].share) - from;
  return rounded(exponential(low + (high - low) * (span > 0 ? (share - from) / span : 1)));
}

tl::unexpected<Error> too_much_work() {
  return fail(ErrorKind::bad_input,
              "simulation: all work, with a load for each shard, comes to more than " +
                  std::to_string(gpu_time_max.microseconds / 1000000) +
                  " GPU-seconds; fewer or shorter shards, shorter loads or a lower --slow-factor "
                  "make it less");
}

Result<Work> generate(const WorkloadOptions& options, std::uint64_t seed) {
  GWAGEO_TRY(check(options));
  Work work;
  for (std::uint32_t i = 0; i < options.teams; ++i) {
    work.workload.teams.push_back({"team-" + std::to_string(i), 1});
  }
  add_classes(options, seed, work.workload);
  work.workload.jobs = draft_jobs(options, seed);
  const Random draw(seed, Stream::duration);
  const std::vector<double> medians = set_medians(options.data_sets, seed);
  std::vector<std::uint64_t> drawn(options.teams);  // Of each team.
  const double median = logarithm(static_cast<double>(options.median.microseconds));
  GWAGEO_TRY(lay_out(work, [&](const Job& job, std::uint32_t set, std::uint32_t) {
    const double p = draw.unit(job.team * team_values + drawn[job.team]++);
    const Duration d = options.durations.empty()
                           ? rounded(exponential(median + sigma_sets * medians[set] +
                                                 sigma_shards * normal_quantile(p)))
                           : quantile(options.durations, p);
    return std::min(d, options.longest);
  }));
  return work;
}

std::vector<Failure> draw_failures(const Fleet& fleet, std::int64_t per_day, Duration repair,
                                   Duration horizon, std::uint64_t seed) {
  GWAGEO_CHECK(per_day > 0);
  const Random draw(seed, Stream::failure);
  const double mean = 86400e6 / static_cast<double>(per_day);
  std::vector<Failure> failures;
  Instant at;
  for (std::uint64_t n = 0;; n += 2) {
    at = at + rounded(-logarithm(draw.unit(n)) * mean);
    if (at - Instant{} > horizon) return failures;
    const auto node = static_cast<NodeIndex>(draw.below(fleet.nodes.size(), n + 1));
    failures.push_back({at, node, repair});
  }
}

std::vector<std::uint32_t> draw_paces(const Fleet& fleet, std::uint32_t slow, std::uint32_t factor,
                                      std::uint64_t seed) {
  std::vector<std::pair<std::uint64_t, NodeIndex>> order;
  for (NodeIndex node = 0; node < fleet.nodes.size(); ++node) {
    order.emplace_back(Random(seed, Stream::pace).at(node), node);
  }
  std::sort(order.begin(), order.end());
  std::vector<std::uint32_t> paces(fleet.nodes.size(), 1000);
  for (std::size_t i = 0; i < slow && i < order.size(); ++i) {
    paces[order[i].second] = 1000 * factor;
  }
  return paces;
}

}  // namespace gwageo::simulate
