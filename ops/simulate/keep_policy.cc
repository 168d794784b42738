#include "ops/simulate/keep_policy.h"

#include <array>
#include <bit>
#include <deque>

#include "ops/simulate/idle_gpus.h"
#include "ops/simulate/job_queue.h"

namespace gwageo::simulate {
namespace {

class KeepPolicy final : public Policy {
 public:
  KeepPolicy(const Fleet& fleet, const Workload& workload, bool warm_first)
      : workload_(workload),
        warm_first_(warm_first),
        idle_(fleet, workload.classes.size()),
        work_(workload),
        by_class_(workload.classes.size()) {}

  void node_up(NodeIndex node, Instant) override { idle_.node_up(node); }
  void node_down(NodeIndex node, Instant) override { idle_.node_down(node); }
  void arrived(JobIndex job, Instant) override {
    const ClassIndex model_class = workload_.jobs[job].model_class;
    by_width_[width(model_class)].push_back(job);
    by_class_[model_class].push_back(job);
    touched_.push_back(model_class);
  }
  void ended(const Ended& ended, Instant) override;
  std::optional<Decision> next(Instant) override;

 private:
  std::size_t width(ClassIndex model_class) const {
    return static_cast<std::size_t>(std::countr_zero(workload_.classes[model_class].gpus));
  }
  /// The first job with work, or none; jobs without are dropped.
  JobIndex head(std::deque<JobIndex>& jobs) const {
    while (!jobs.empty() && work_.empty(jobs.front())) jobs.pop_front();
    return jobs.empty() ? none : jobs.front();
  }
  std::optional<Decision> start(JobIndex job, const Place& place, bool load) {
    idle_.take(place, workload_.jobs[job].model_class);
    return Start{place, job, load, work_.take(job)};
  }

  const Workload& workload_;
  bool warm_first_;
  IdleGpus idle_;
  JobQueue work_;
  std::array<std::deque<JobIndex>, 4> by_width_;
  std::vector<std::deque<JobIndex>> by_class_;
  std::vector<ClassIndex> touched_;  // Classes with a new job or a slot that came free.
};

void KeepPolicy::ended(const Ended& ended, Instant) {
  const JobIndex job = ended.start.job;
  const ClassIndex model_class = workload_.jobs[job].model_class;
  idle_.give(ended.start.place, !ended.lost);
  if (!ended.rest.empty()) {
    work_.give_back(job, ended.rest);
    by_width_[width(model_class)].push_front(job);
    by_class_[model_class].push_front(job);
  }
  touched_.push_back(model_class);
}

std::optional<Decision> KeepPolicy::next(Instant) {
  if (!warm_first_) touched_.clear();
  while (!touched_.empty()) {
    const ClassIndex model_class = touched_.back();
    const JobIndex job = head(by_class_[model_class]);
    const std::optional<Place> place = job == none ? std::nullopt : idle_.warm(model_class);
    if (place) return start(job, *place, false);
    touched_.pop_back();
  }
  JobIndex first = none;
  std::optional<Place> place;
  for (std::size_t i = 0; i < by_width_.size(); ++i) {
    const JobIndex job = head(by_width_[i]);
    if (job == none || job > first) continue;
    const std::optional<Place> found = idle_.find(1U << i);
    if (!found) continue;
    first = job;
    place = found;
  }
  if (first == none) return std::nullopt;
  const std::optional<Place> warm = idle_.warm(workload_.jobs[first].model_class);
  return start(first, warm ? *warm : *place, !warm);
}

}  // namespace

std::unique_ptr<Policy> new_keep_policy(const Fleet& fleet, const Workload& workload,
                                        bool warm_first) {
  return std::make_unique<KeepPolicy>(fleet, workload, warm_first);
}

}  // namespace gwageo::simulate
