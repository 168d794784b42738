#include "ops/simulate/task_policy.h"

#include <algorithm>
#include <queue>

#include "ops/simulate/idle_gpus.h"

namespace gwageo::simulate {
namespace {

struct Task {
  std::int64_t key = 0;  // The least goes first.
  std::uint64_t number = 0;
  JobIndex job = 0;
  Piece piece;
  bool operator>(const Task& other) const {
    return key != other.key ? key > other.key : number > other.number;
  }
};

/// `parts` runs of shards that differ by one shard at most.
void cut_in_parts(const Job& job, const DataSet& set, std::uint32_t parts,
                  std::vector<Piece>& tasks) {
  parts = std::min(parts, set.shards);
  for (std::uint32_t i = 0; i < parts; ++i) {
    const auto begin = static_cast<std::uint32_t>(std::uint64_t{set.shards} * i / parts);
    const auto end = static_cast<std::uint32_t>(std::uint64_t{set.shards} * (i + 1) / parts);
    tasks.push_back(whole_shards(job, set.first_shard + begin, end - begin));
  }
}

/// Data sets that follow each other, together as long as they stay under the size.
std::vector<Piece> by_size(const Workload& workload, const Job& job, Duration task_size) {
  std::vector<Piece> tasks;
  Duration open;  // The estimate of the last task, while more fits into it.
  for (std::uint32_t i = job.first_set; i < job.first_set + job.sets; ++i) {
    const DataSet& set = workload.sets[i];
    const Duration all = set.estimate * set.shards;
    if (all > task_size) {
      const std::int64_t parts =
          (all.microseconds + task_size.microseconds - 1) / task_size.microseconds;
      cut_in_parts(job, set, static_cast<std::uint32_t>(parts), tasks);
      open = {};
    } else if (open > Duration{} && open + all <= task_size) {
      tasks.back().shards += set.shards;
      open = open + all;
    } else {
      tasks.push_back(whole_shards(job, set.first_shard, set.shards));
      open = all;
    }
  }
  return tasks;
}

class TaskPolicy final : public Policy {
 public:
  TaskPolicy(const Fleet& fleet, const Workload& workload, const TaskRules& rules)
      : workload_(workload),
        rules_(rules),
        idle_(fleet, workload),
        queues_(idle_.shapes().all().size()) {}

  void node_up(NodeIndex node, Instant) override { idle_.node_up(node); }
  void node_down(NodeIndex node, Instant) override { idle_.node_down(node); }
  void arrived(JobIndex job, Instant) override {
    for (const Piece& piece : partition_job(workload_, workload_.jobs[job], rules_)) {
      add(job, piece);
    }
  }
  void ended(const Ended& ended, Instant) override {
    idle_.give(ended.start.place, false);  // The process is gone, and its model with it.
    if (!ended.rest.empty()) add(ended.start.job, ended.rest);
  }
  std::optional<Decision> next(Instant) override;
  bool keeps_weights() const override { return rules_.partition == Partition::acme; }

 private:
  using Queue = std::priority_queue<Task, std::vector<Task>, std::greater<Task>>;
  void add(JobIndex job, const Piece& piece);

  const Workload& workload_;
  TaskRules rules_;
  IdleGpus idle_;
  std::vector<Queue> queues_;  // By the shape of slots.
  std::uint64_t tasks_ = 0;
};

void TaskPolicy::add(JobIndex job, const Piece& piece) {
  Task task{0, tasks_++, job, piece};
  if (rules_.partition == Partition::acme) {
    const Job& whole = workload_.jobs[job];
    for (std::uint32_t i = whole.first_set; i < whole.first_set + whole.sets; ++i) {
      const DataSet& set = workload_.sets[i];
      const ShardIndex begin = std::max(set.first_shard, piece.shard);
      const ShardIndex end = std::min(set.first_shard + set.shards, piece.shard + piece.shards);
      if (begin < end) task.key -= (set.estimate * (end - begin)).microseconds;
    }
  }
  queues_[idle_.shapes().number(workload_.jobs[job].model_class)].push(task);
}

// The first task that fits: a wide one that has to wait does not hold up narrow ones behind it.
std::optional<Decision> TaskPolicy::next(Instant) {
  Queue* best = nullptr;
  std::optional<Place> place;
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    Queue& queue = queues_[i];
    if (queue.empty() || (best != nullptr && queue.top() > best->top())) continue;
    const std::optional<Place> found = idle_.find(idle_.shapes().all()[i]);
    if (!found) continue;
    best = &queue;
    place = found;
  }
  if (best == nullptr) return std::nullopt;
  const Task task = best->top();
  best->pop();
  idle_.take(*place, workload_.jobs[task.job].model_class);
  return Start{*place, task.job, true, task.piece};
}

}  // namespace

std::vector<Piece> partition_job(const Workload& workload, const Job& job, const TaskRules& rules) {
  const Partition partition = rules.partition;
  if (partition == Partition::size || partition == Partition::acme) {
    return by_size(workload, job, rules.task_size);
  }
  std::vector<Piece> tasks;
  for (std::uint32_t i = job.first_set; i < job.first_set + job.sets; ++i) {
    const DataSet& set = workload.sets[i];
    const std::uint32_t parts = partition == Partition::naive     ? 1
                                : partition == Partition::workers ? rules.parts
                                                                  : set.shards;
    cut_in_parts(job, set, parts, tasks);
  }
  return tasks;
}

std::unique_ptr<Policy> new_task_policy(const Fleet& fleet, const Workload& workload,
                                        const TaskRules& rules) {
  return std::make_unique<TaskPolicy>(fleet, workload, rules);
}

}  // namespace gwageo::simulate
