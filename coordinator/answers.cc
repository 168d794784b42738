#include "coordinator/answers.h"

#include "protocol/check.h"

namespace gwageo {

std::map<std::string, std::uint64_t> answers_that_count(const State& state) {
  std::map<WorkerId, std::uint64_t> by_life;
  for (const auto& [id, job] : state.jobs()) {
    for (const AnsweredItems& answered : job.answered) {
      std::uint64_t& count = by_life[answered.worker];
      count += answered.items.size();
      if (!job.disowned.empty()) count -= job.disowned.intersection(answered.items).size();
    }
  }
  std::map<std::string, std::uint64_t> by_name;
  for (const auto& [worker, count] : by_life) {
    const auto life = state.workers().find(worker);
    GWAGEO_CHECK(life != state.workers().end());
    if (count > 0) by_name[life->second.joined.name] += count;
  }
  return by_name;
}

}  // namespace gwageo
