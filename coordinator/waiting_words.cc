// The words in which people are told why a job waits.
#include <algorithm>

#include "coordinator/waiting_reasons.h"

namespace gwageo {

std::string_view to_string(Wait reason) {
  switch (reason) {
    case Wait::paused: return "paused";
    case Wait::quota_used_up: return "quota_used_up";
    case Wait::other_jobs_items: return "other_jobs_items";
    case Wait::no_worker: return "no_worker";
    case Wait::no_engine: return "no_engine";
    case Wait::no_gpus: return "no_gpus";
    case Wait::workers_closed: return "workers_closed";
    case Wait::does_not_load: return "does_not_load";
    case Wait::limit: return "limit";
    case Wait::gets_room: return "gets_room";
    case Wait::reservation: return "reservation";
    case Wait::own_team_first: return "own_team_first";
    case Wait::higher_tier: return "higher_tier";
    case Wait::others_less_served: return "others_less_served";
    case Wait::others_load_first: return "others_load_first";
    case Wait::held_by_others: return "held_by_others";
    case Wait::loaded: return "loaded";
    case Wait::loading: return "loading";
    case Wait::not_loaded: return "not_loaded";
    case Wait::does_not_pay: return "does_not_pay";
    case Wait::makes_room: return "makes_room";
    case Wait::faulty_slots: return "faulty_slots";
  }
  return "unknown";
}

std::string_view state_of(const Scheduler& scheduler, WorkerId worker) {
  const State& state = scheduler.state();
  if (state.quarantine().contains(scheduler.sessions().at(worker).name)) return "quarantined";
  if (!state.workers().at(worker).draining) {
    if (scheduler.sessions().at(worker).leaving) return "leaving";
    return scheduler.serves(worker) ? "working" : "silent";
  }
  return state.leases_of(worker).empty() ? "drained" : "draining";
}

std::int64_t whole_seconds(Duration time) {
  return (time.microseconds + seconds(1).microseconds - 1) / seconds(1).microseconds;
}

std::string unit_of(const Scheduler& scheduler) {
  const bool has_gpus = std::any_of(scheduler.sessions().begin(), scheduler.sessions().end(),
                                    [](const auto& entry) { return entry.second.gpus.any(); });
  return has_gpus ? "GPU" : "slot";
}

}  // namespace gwageo
