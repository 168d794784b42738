#include "ops/simulate/bound.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "ops/simulate/shape.h"
#include "protocol/check.h"
#include "protocol/wide.h"

namespace gwageo::simulate {
namespace {

/// Work of one class.
struct ClassWork {
  std::int64_t work = 0;  // GPU-microseconds
  std::int64_t longest_batch = 0;
  std::int64_t load = 0;  // 0 where it may be there already
  std::int64_t gpus = 1;
};

std::size_t width_of(std::int64_t gpus) {
  return static_cast<std::size_t>(std::countr_zero(static_cast<std::uint64_t>(gpus)));
}

/// A tiny share's time is no longer than that: added to an arrival, it fits in 64 bits.
constexpr std::int64_t time_max = std::int64_t{1} << 62;

Wide divided_up(Wide a, Wide b) { return (a + b - 1) / b; }

/// GPUs of one width, counted in parts of one.
struct Gpus {
  std::int64_t parts = 0;
  std::int64_t parts_of_gpu = 1;
};

/// Whether T is enough for the setup-aware sum.
bool is_enough(const std::vector<ClassWork>& classes, const Gpus& gpus, std::int64_t t) {
  // A large fleet's time in microseconds, unlike the work that it does, does not fit in 64 bits.
  Wide left = static_cast<Wide>(gpus.parts) * t / gpus.parts_of_gpu;
  for (const ClassWork& c : classes) {
    if (t <= c.load || c.work > left) return false;
    left -= c.work;
  }
  for (const ClassWork& c : classes) {
    if (c.load == 0) continue;
    const Wide loads = divided_up(c.work, static_cast<Wide>(c.gpus) * (t - c.load));
    left -= loads * (c.gpus * c.load);
    if (left < 0) return false;
  }
  return true;
}

std::int64_t setup_bound(const std::vector<ClassWork>& classes, const Gpus& gpus) {
  if (classes.empty()) return 0;
  GWAGEO_CHECK(gpus.parts > 0);
  std::int64_t high = 1;
  while (high < time_max && !is_enough(classes, gpus, high)) high *= 2;
  std::int64_t low = high / 2;  // Not enough, unless it is 0.
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    is_enough(classes, gpus, middle) ? high = middle : low = middle;
  }
  return high;
}

Bound bound_of(const Capacity& capacity, const std::vector<ClassWork>& all) {
  Bound bound;
  std::int64_t sum = 0;
  for (const ClassWork& c : all) {
    sum += c.work + c.load * c.gpus;
    bound.longest = std::max(bound.longest, Duration{c.load + c.longest_batch});
  }
  const auto gpus = [&](std::size_t width) {
    return Gpus{capacity.parts[width], capacity.parts_of_gpu};
  };
  const Wide area = divided_up(static_cast<Wide>(sum) * capacity.parts_of_gpu, capacity.parts[0]);
  bound.area = {static_cast<std::int64_t>(std::min<Wide>(area, time_max))};
  bound.setup = {setup_bound(all, gpus(0))};
  for (std::size_t width = 1; width < capacity.parts.size(); ++width) {
    std::vector<ClassWork> wide;
    for (const ClassWork& c : all) {
      if (width_of(c.gpus) >= width) wide.push_back(c);
    }
    bound.packing = std::max(bound.packing, Duration{setup_bound(wide, gpus(width))});
  }
  return bound;
}

/// What a job adds to its class.
struct JobWork {
  JobIndex job = 0;
  std::int64_t work = 0;
  std::int64_t longest_batch = 0;
};

std::vector<JobWork> jobs_of(const Workload& workload, const Truth& truth, TeamIndex team) {
  std::vector<JobWork> jobs;
  for (JobIndex i = 0; i < workload.jobs.size(); ++i) {
    const Job& job = workload.jobs[i];
    if (team != none && job.team != team) continue;
    JobWork found{i, 0, 0};
    std::int64_t longest = 0;
    for (ShardIndex s = job.first_shard; s < job.first_shard + job.shards; ++s) {
      found.work += truth.of(s).microseconds;
      longest = std::max(longest, truth.of(s).microseconds);
    }
    found.work *= workload.classes[job.model_class].gpus;
    found.longest_batch = longest / job.batches;
    jobs.push_back(found);
  }
  return jobs;
}

/// The classes' work from the `first` of `jobs` on.
std::vector<ClassWork> work_since(const Workload& workload, const std::vector<JobWork>& jobs,
                                  std::size_t first) {
  std::vector<ClassWork> classes(workload.classes.size());
  for (std::size_t i = 0; i < classes.size(); ++i) {
    classes[i].load = workload.classes[i].load.microseconds;
    classes[i].gpus = workload.classes[i].gpus;
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    ClassWork& c = classes[workload.jobs[jobs[i].job].model_class];
    if (i < first) {
      c.load = 0;
      continue;
    }
    c.work += jobs[i].work;
    c.longest_batch = std::max(c.longest_batch, jobs[i].longest_batch);
  }
  std::erase_if(classes, [](const ClassWork& c) { return c.work == 0; });
  return classes;
}

}  // namespace

Duration Bound::best() const { return std::max({area, longest, setup, packing, release}); }

Capacity capacity_of(const Fleet& fleet, std::uint32_t widest) {
  Capacity capacity;
  for (const Span& span : spans_of(fleet, widest)) {
    const std::uint32_t gpus = fleet.nodes[span.first].gpus * span.nodes;
    for (std::size_t width = 0; width < capacity.parts.size(); ++width) {
      capacity.parts[width] += gpus >> width << width;
    }
  }
  return capacity;
}

Capacity share_of(std::int64_t gpus, std::int64_t share, std::int64_t shares) {
  Capacity capacity;
  capacity.parts.fill(gpus * share);
  capacity.parts_of_gpu = shares;
  return capacity;
}

Bound lower_bound(const Capacity& capacity, const Workload& workload, const Truth& truth,
                  TeamIndex team) {
  const std::vector<JobWork> jobs = jobs_of(workload, truth, team);
  if (jobs.empty()) return {};
  constexpr std::size_t releases_max = 64;
  const std::size_t step = std::max<std::size_t>(1, jobs.size() / releases_max);
  Bound bound;
  Instant last = {-1};
  for (std::size_t i = 0; i < jobs.size(); i += step) {
    std::size_t first = i;
    const Instant arrival = workload.jobs[jobs[i].job].arrival;
    if (arrival == last) continue;
    while (first > 0 && workload.jobs[jobs[first - 1].job].arrival == arrival) --first;
    last = arrival;
    const Bound later = bound_of(capacity, work_since(workload, jobs, first));
    if (i == 0) bound = later;
    bound.release = std::max(bound.release, later.best() + (arrival - Instant{}));
  }
  return bound;
}

}  // namespace gwageo::simulate
