// The words in which people are told why a job waits.
#include <algorithm>

#include "coordinator/waiting_reasons.h"

namespace gwageo {
namespace {

// Names in one sentence; a large pool has more.
constexpr std::size_t named_max = 8;

}  // namespace

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

std::string by_whom(const std::string& principal) {
  return principal.empty() ? "the coordinator" : principal;
}

std::string unit_of(const Scheduler& scheduler) {
  const bool has_gpus = std::any_of(scheduler.sessions().begin(), scheduler.sessions().end(),
                                    [](const auto& entry) { return entry.second.gpus.any(); });
  return has_gpus ? "GPU" : "slot";
}

std::string counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string counted(std::int64_t count, const std::string& what, const std::string& one,
                    const std::string& several) {
  return counted(count, what) + " " + (count == 1 ? one : several);
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), named_max); ++i) {
    text += (text.empty() ? "" : ", ") + names[i];
  }
  if (names.size() > named_max)
    text += " and " + std::to_string(names.size() - named_max) + " more";
  return text;
}

std::string in_words(Duration time) {
  constexpr std::int64_t second = seconds(1).microseconds;
  const std::int64_t whole = (std::max<std::int64_t>(0, time.microseconds) + second - 1) / second;
  const auto rounded = [&](std::int64_t unit) { return std::to_string((whole + unit - 1) / unit); };
  if (whole < 120) return rounded(1) + " s";
  if (whole < 2 * 3600) return rounded(60) + " min";
  if (whole < 2 * 86400) return rounded(3600) + " h";
  return rounded(86400) + " d";
}

}  // namespace gwageo
