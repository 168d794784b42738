#include "coordinator/model_slots.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "coordinator/words.h"

namespace gwageo {
namespace {

using LoadedSlots = std::vector<Pool::LoadedSlot>;

/// Each once.
std::vector<std::string> workers_of(const Scheduler& scheduler, const LoadedSlots& slots) {
  std::set<std::string> workers;
  for (const Pool::LoadedSlot& slot : slots) {
    workers.insert(scheduler.sessions().at(slot.worker).name);
  }
  return {workers.begin(), workers.end()};
}

Json array_of(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) list.push_back(name);
  return list;
}

WaitReason loaded_on(const Scheduler& scheduler, const LoadedSlots& slots) {
  const std::vector<std::string> names = workers_of(scheduler, slots);
  const auto count = static_cast<std::int64_t>(slots.size());
  const std::int64_t busy =
      std::count_if(slots.begin(), slots.end(), [](const auto& slot) { return slot.busy; });
  Json data;
  data["slots"] = count;
  data["busy"] = busy;
  data["workers"] = array_of(names);
  return {Wait::loaded,
          "Its model is loaded on " + counted(count, "slot") + " (" + listed(names) + "), " +
              std::to_string(busy) + " of them busy.",
          std::move(data)};
}

WaitReason loading_on(const Forecast& forecast, const Job& job, const LoadedSlots& slots) {
  const Scheduler& scheduler = forecast.scheduler();
  const std::vector<std::string> names = workers_of(scheduler, slots);
  const auto count = static_cast<std::int64_t>(slots.size());
  Duration since;
  for (const Pool::LoadedSlot& slot : slots) {
    const SlotRun* const run = forecast.underway().run(slot.worker, slot.slot);
    if (run != nullptr) since = std::max(since, run->out);
  }
  const Duration load = scheduler.pool().load_time(job.accepted.class_key);
  Json data;
  data["slots"] = count;
  data["workers"] = array_of(names);
  data["since_seconds"] = since.microseconds / seconds(1).microseconds;
  data["load_seconds"] = whole_seconds(load);
  return {Wait::loading,
          "Its model is being loaded on " + counted(count, "slot") + " (" + listed(names) +
              "), for " + in_words(since) + " so far; a load is expected to take " +
              in_words(load) + ".",
          std::move(data)};
}

}  // namespace

ModelSlots model_slots(const Forecast& forecast, const Job& job) {
  LoadedSlots loaded;
  LoadedSlots loading;
  for (const auto& slot : forecast.scheduler().pool().loaded_slots(job.accepted.class_key)) {
    if (forecast.scheduler().serves(slot.worker)) (slot.loading ? loading : loaded).push_back(slot);
  }
  ModelSlots found;
  found.slots = static_cast<std::int64_t>(loaded.size() + loading.size());
  if (!loaded.empty()) found.reasons.push_back(loaded_on(forecast.scheduler(), loaded));
  if (!loading.empty()) found.reasons.push_back(loading_on(forecast, job, loading));
  return found;
}

}  // namespace gwageo
