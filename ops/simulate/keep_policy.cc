#include "ops/simulate/keep_policy.h"

#include <algorithm>
#include <deque>

#include "ops/simulate/idle_gpus.h"
#include "ops/simulate/job_queue.h"
#include "ops/simulate/random.h"

namespace gwageo::simulate {
namespace {

/// A place in the queue: of a whole job, or of one shard where they are mixed.
struct Entry {
  std::uint64_t rank = 0;  // The least goes first.
  JobIndex job = 0;
};

class KeepPolicy final : public Policy {
 public:
  KeepPolicy(const Fleet& fleet, const Workload& workload, KeepRules rules)
      : workload_(workload),
        rules_(rules),
        idle_(fleet, workload),
        work_(workload),
        by_shape_(idle_.shapes().all().size()),
        by_class_(workload.classes.size()) {}

  void node_up(NodeIndex node, Instant) override { idle_.node_up(node); }
  void node_down(NodeIndex node, Instant) override { idle_.node_down(node); }
  void arrived(JobIndex job, Instant) override {
    const ClassIndex model_class = workload_.jobs[job].model_class;
    const std::uint32_t entries = rules_.mixed ? workload_.jobs[job].shards : 1;
    for (std::uint32_t i = 0; i < entries; ++i) new_.push_back({entries_++, job});
    by_class_[model_class].push_back(job);
    touched_.push_back(model_class);
  }
  void ended(const Ended& ended, Instant) override;
  std::optional<Decision> next(Instant) override;

 private:
  void enqueue_new();
  /// Drops what has no work any more from the front.
  void trim(std::deque<Entry>& queue) const {
    while (!queue.empty() && work_.empty(queue.front().job)) queue.pop_front();
  }
  JobIndex head(std::deque<JobIndex>& jobs) const {
    while (!jobs.empty() && work_.empty(jobs.front())) jobs.pop_front();
    return jobs.empty() ? none : jobs.front();
  }
  std::optional<Decision> start(JobIndex job, const Place& place, bool load) {
    idle_.take(place, workload_.jobs[job].model_class);
    return Start{place, job, load, work_.take(job)};
  }

  const Workload& workload_;
  KeepRules rules_;
  IdleGpus idle_;
  JobQueue work_;
  std::vector<Entry> new_;  // Of jobs that arrived at this instant.
  std::uint64_t entries_ = 1;
  std::vector<std::deque<Entry>> by_shape_;
  std::vector<std::deque<JobIndex>> by_class_;
  std::vector<ClassIndex> touched_;  // Classes with a new job or a slot that came free.
};

void KeepPolicy::ended(const Ended& ended, Instant) {
  const JobIndex job = ended.start.job;
  const ClassIndex model_class = workload_.jobs[job].model_class;
  idle_.give(ended.start.place, !ended.lost);
  if (!ended.rest.empty()) {
    work_.give_back(job, ended.rest);
    by_shape_[idle_.shapes().number(model_class)].push_front({0, job});
    by_class_[model_class].push_front(job);
  }
  touched_.push_back(model_class);
}

void KeepPolicy::enqueue_new() {
  if (rules_.mixed) {
    // Fisher-Yates, with ranks in rising order: only the jobs change places.
    const Random draw(new_.front().rank, Stream::order);
    for (std::size_t i = new_.size() - 1; i > 0; --i) {
      std::swap(new_[i].job, new_[draw.below(i + 1, i)].job);
    }
  }
  for (const Entry& entry : new_) {
    by_shape_[idle_.shapes().number(workload_.jobs[entry.job].model_class)].push_back(entry);
  }
  new_.clear();
}

std::optional<Decision> KeepPolicy::next(Instant) {
  if (!new_.empty()) enqueue_new();
  if (!rules_.warm_first) touched_.clear();
  while (!touched_.empty()) {
    const ClassIndex model_class = touched_.back();
    const JobIndex job = head(by_class_[model_class]);
    const std::optional<Place> place = job == none ? std::nullopt : idle_.warm(model_class);
    if (place) return start(job, *place, false);
    touched_.pop_back();
  }
  std::deque<Entry>* first = nullptr;
  std::optional<Place> place;
  for (std::size_t i = 0; i < by_shape_.size(); ++i) {
    std::deque<Entry>& queue = by_shape_[i];
    trim(queue);
    if (queue.empty()) continue;
    if (first != nullptr && queue.front().rank > first->front().rank) continue;
    const std::optional<Place> found = idle_.find(idle_.shapes().all()[i]);
    if (!found) continue;
    first = &queue;
    place = found;
  }
  if (first == nullptr) return std::nullopt;
  const JobIndex job = first->front().job;
  if (rules_.mixed) first->pop_front();
  const std::optional<Place> warm = idle_.warm(workload_.jobs[job].model_class);
  return start(job, warm ? *warm : *place, !warm);
}

}  // namespace

std::unique_ptr<Policy> new_keep_policy(const Fleet& fleet, const Workload& workload,
                                        KeepRules rules) {
  return std::make_unique<KeepPolicy>(fleet, workload, rules);
}

}  // namespace gwageo::simulate
