#include "ops/simulate/backlog.h"

#include <algorithm>
#include <map>
#include <utility>

#include "protocol/wide.h"

namespace gwageo::simulate {

Backlog::Backlog(const Workload& workload) : workload_(workload), worth_(workload.teams.size()) {
  std::map<std::pair<TeamIndex, ClassIndex>, std::uint32_t> numbers;
  for (const Job& job : workload.jobs) {
    const auto next = static_cast<std::uint32_t>(numbers.size());
    queue_of_.push_back(numbers.try_emplace({job.team, job.model_class}, next).first->second);
    Wide time = 0;
    for (std::uint32_t set = 0; set < job.sets; ++set) {
      const DataSet& data = workload.sets[job.first_set + set];
      time += static_cast<Wide>(data.estimate.microseconds) * data.shards;
    }
    time /= static_cast<Wide>(job.shards) * job.batches;
    batch_time_.push_back(static_cast<std::int64_t>(time));
  }
  queues_.resize(numbers.size());
}

std::int64_t Backlog::queues(const Job& job, std::int64_t batches) {
  const ModelClass& model_class = workload_.classes[job.model_class];
  const auto number = static_cast<std::size_t>(&job - workload_.jobs.data());
  Queue& queued = queues_[queue_of_[number]];
  queued.shards += batches * ((unit + job.batches - 1) / job.batches);  // At least a whole shard.
  queued.time += batches * batch_time_[number];
  const std::int64_t slots =
      std::min(queued.shards / unit, queued.time / model_class.load.microseconds);
  const std::int64_t worth = slots * model_class.gpus;
  worth_[job.team] += worth - queued.worth;
  queued.worth = worth;
  return worth_[job.team];
}

}  // namespace gwageo::simulate
