#include "coordinator/faulty_slots.h"

#include "coordinator/words.h"

#include <string>
#include <utility>
#include <vector>

namespace gwageo {

std::optional<WaitReason> faulty_slots(const Scheduler& scheduler, const Job& job) {
  const Requirement requirement = requirement_of(scheduler.state(), job.accepted);
  const std::uint32_t gpus = job.accepted.gpus;
  Json workers = Json::array();
  std::vector<std::string> words;
  bool is_any_sound = false;
  for (const auto& [id, session] : scheduler.sessions()) {
    const bool fits = session.slots.size() >= gpus;
    if (!fits || !scheduler.serves(id)) continue;
    const std::string& name = session.name;
    if (!meets(session, requirement)) continue;
    is_any_sound = is_any_sound || scheduler.pool().sound_blocks(id, gpus) > 0;
    for (std::size_t slot = 0; slot < session.slots.size() / gpus * gpus; ++slot) {
      const std::string& fault = session.slots[slot].fault;
      if (fault.empty()) continue;
      Json entry;
      entry["worker"] = name;
      entry["slot"] = slot;
      entry["fault"] = fault;
      workers.push_back(std::move(entry));
      words.push_back("worker " + name + " slot " + std::to_string(slot) + " (" + fault + ")");
    }
  }
  if (words.empty()) return std::nullopt;
  Json data;
  data["workers"] = std::move(workers);
  data["others"] = is_any_sound;
  const auto count = static_cast<std::int64_t>(words.size());
  std::string text = counted(count, "slot") + " that could serve it" +
                     (count == 1 ? " is" : " are") + " out of order: " + listed(words) + ".";
  if (!is_any_sound) {
    text +=
        " No other could: it waits until they are well again, or another worker comes "
        "(gwageo worker).";
  }
  return WaitReason{Wait::faulty_slots, std::move(text), std::move(data)};
}

}  // namespace gwageo
