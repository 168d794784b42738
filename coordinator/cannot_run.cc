// What no worker that is here can run, and why, for whoever submits it.
#include <algorithm>
#include <set>

#include "coordinator/scheduler.h"

namespace gwageo {
namespace {

// Kinds in one sentence; a large pool has few.
constexpr std::size_t named_max = 8;

std::string listed(const std::set<std::string>& names) {
  std::string text;
  std::size_t named = 0;
  for (const std::string& name : names) {
    if (named++ == named_max) return text + " and others";
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

}  // namespace

std::optional<std::string> Scheduler::cannot_run(const ModelAdded& model) const {
  if (sessions_.empty()) return "no worker is here: the job waits until one comes (gwageo worker)";
  const Requirement requirement = requirement_of(model);
  const Requirement of_engine{model.engine, false, "", 0};
  const std::string waits = ": the job waits until one comes (gwageo worker";
  bool is_known = false;
  bool is_sound = false;    // Some of those that are of the kind and have the memory.
  std::size_t largest = 0;  // The same.
  std::set<std::string> kinds;
  for (const auto& [worker, session] : sessions_) {
    if (!meets(session.engines, session.gpus, of_engine)) continue;
    is_known = true;
    if (session.gpus.any()) {
      kinds.insert(session.gpus.kind + " with " + std::to_string(session.gpus.memory_mib / 1024) +
                   " GiB");
    }
    if (!meets(session.engines, session.gpus, requirement)) continue;
    largest = std::max(largest, session.slots.size());
    is_sound = is_sound || pool_.sound_blocks(worker, model.gpus) > 0;
  }
  if (!is_known) return "no worker that is here has the engine " + model.engine + waits + ")";
  if (is_sound) return std::nullopt;
  if (largest >= model.gpus) {
    return "every slot here that could serve model " + model.name +
           " is out of order: the job waits until one is well again (gwageo workers says what is "
           "wrong)";
  }
  std::string text = "model " + model.name + " needs " + gpus_in_words(model) + " of one worker; ";
  if (kinds.empty()) {
    text += "no worker here with the engine " + model.engine + " has GPUs";
  } else if (largest == 0) {
    text += "workers here with the engine " + model.engine + " have " + listed(kinds);
  } else {
    text += "the largest such worker here has " + std::to_string(largest);
  }
  return text + waits + " --gpus " + std::to_string(model.gpus) +
         " --gpu-kind KIND --gpu-memory GIB)";
}

std::optional<std::string> Scheduler::limit_below(const std::string& team,
                                                  std::uint32_t gpus) const {
  for (const std::string& name : state_.team_tree().chain(team)) {
    const TeamSet* const set = state_.team_tree().setting(name);
    if (set != nullptr && set->limit > 0 && set->limit < gpus) return name;
  }
  return std::nullopt;
}

std::optional<std::string> Scheduler::cannot_run(const ModelAdded& model,
                                                 const std::string& team) const {
  std::optional<std::string> lacks = cannot_run(model);
  if (lacks) return lacks;
  const std::optional<std::string> limited = limit_below(team, model.gpus);
  if (!limited) return std::nullopt;
  return "model " + model.name + " needs " + std::to_string(model.gpus) +
         " GPUs at once, more than the limit of " + *limited + ", which is " +
         std::to_string(state_.team_tree().setting(*limited)->limit) +
         ": the job waits until an operator raises it (gwageo team set " + *limited + " --limit N)";
}

}  // namespace gwageo
