// When a job is over on the course that the pool takes where loads are scarce.
#include <algorithm>

#include "coordinator/forecast.h"

namespace gwageo {

std::vector<PoolCourse::Waiting> Forecast::waiting() const {
  std::vector<PoolCourse::Waiting> waiting;
  for (const auto& [team, queue] : queues_) {
    for (const Queued& queued : queue) {
      const Job& job = *state().job(queued.job);
      const ModelAdded& model = model_of(state(), job.accepted);
      const std::uint64_t items = job.pending.size() + state().leased(queued.job).size();
      waiting.push_back({job.accepted.class_key, &model, team, queued.rank,
                         queued.work / job.accepted.gpus, static_cast<std::int64_t>(items),
                         slots(model)});
    }
  }
  const Rank last{Rank::tiers - 1, 0};
  for (const SlotRun& run : underway_.runs()) {
    if (!run.is_here || !scheduler_.serves(run.worker) || !is_out_alone(run)) continue;
    const ModelAdded& model = model_of(state(), state().job(run.parts.front().job)->accepted);
    const std::int64_t rest = std::max<std::int64_t>(0, (until_free(run) - run.load).microseconds);
    waiting.push_back({run.class_key, &model, run.team, last, rest, 1, slots(model)});
  }
  return waiting;
}

std::optional<Duration> Forecast::course_of(const Job& job, const Queued& here) const {
  if (job.pending.empty()) return std::nullopt;
  if (!course_) course_.emplace(underway_, gpus_, waiting());
  return course_->over_in(job.accepted.class_key, job.team, here.of_class / job.accepted.gpus);
}

std::optional<Duration> Forecast::course_with(TeamNumber team, const ModelAdded& model,
                                              std::uint64_t items, std::int64_t work) const {
  const Rank campaign{order_of(Tier::campaign), 0};
  const auto few = static_cast<std::int64_t>(std::min<std::uint64_t>(items, 1u << 30));
  std::vector<PoolCourse::Waiting> all = waiting();
  std::int64_t until = work / model.gpus;
  for (const PoolCourse::Waiting& one : all) {
    const bool is_before = one.team == team && one.rank <= campaign;
    if (is_before && one.class_key == model.class_key) until += one.work;
  }
  all.push_back({model.class_key, &model, team, campaign, work / model.gpus, few, slots(model)});
  return PoolCourse(underway_, gpus_, all).over_in(model.class_key, team, until);
}

// Its model's server, or room for its weights, wherever it could run, and no slot has it.
bool Forecast::is_away(const Job& job) const {
  const Pool& pool = scheduler_.pool();
  const auto failures = pool.load_failures().find(job.accepted.class_key);
  if (failures == pool.load_failures().end() || failures->second.empty()) return false;
  const std::vector<WorkerId> workers = workers_for(job);
  const bool is_away = std::ranges::all_of(workers, [&](WorkerId worker) {
    const auto failure = failures->second.find(worker);
    return failure != failures->second.end() && failure->second.has_failed() &&
           failure->second.is_away;
  });
  return is_away && std::ranges::all_of(pool.loaded_slots(job.accepted.class_key),
                                        [](const auto& slot) { return slot.loading; });
}

}  // namespace gwageo
