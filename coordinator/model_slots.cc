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

/// Whether the worker says so itself: a slot stays the model's for a while after it would not load.
bool is_said_to_be_loaded(const Scheduler& scheduler, const Pool::LoadedSlot& at,
                          const Digest& class_key) {
  const std::vector<SlotReport>& slots = scheduler.sessions().at(at.worker).slots;
  return at.slot < slots.size() && slots[at.slot].class_key == class_key;
}

}  // namespace

ModelSlots model_slots(const Forecast& forecast, const Job& job) {
  LoadedSlots loaded;
  LoadedSlots loading;
  const Scheduler& scheduler = forecast.scheduler();
  for (const auto& slot : scheduler.pool().loaded_slots(job.accepted.class_key)) {
    if (!scheduler.serves(slot.worker)) continue;
    if (slot.loading) {
      loading.push_back(slot);
    } else if (is_said_to_be_loaded(scheduler, slot, job.accepted.class_key)) {
      loaded.push_back(slot);
    }
  }
  ModelSlots found;
  found.slots = static_cast<std::int64_t>(loaded.size() + loading.size());
  if (!loaded.empty()) found.reasons.push_back(loaded_on(scheduler, loaded));
  if (!loading.empty()) found.reasons.push_back(loading_on(forecast, job, loading));
  return found;
}

}  // namespace gwageo
