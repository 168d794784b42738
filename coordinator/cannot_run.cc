// What no worker that is here can run, and why, for whoever submits it.
#include <algorithm>
#include <set>

#include "coordinator/scheduler.h"

namespace gwageo {
namespace {

// Kinds in one sentence; a large pool has few.
constexpr std::size_t models_named_max = 8;

std::string listed_some(const std::set<std::string>& names) {
  std::string text;
  std::size_t named = 0;
  for (const std::string& name : names) {
    if (named++ == models_named_max) return text + " and others";
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

/// "H100 with 80 GiB" of a worker that has GPUs, and "2 nodes of 8 H100 with 80 GiB".
std::string kind_of(const Session& session) {
  const Gpus& gpus = session.gpus;
  const std::string kind = gpus.kind + " with " + std::to_string(gpus.memory_mib / 1024) + " GiB";
  if (gpus.nodes == 1) return kind;
  return std::to_string(gpus.nodes) + " nodes of " +
         std::to_string(session.slots.size() / gpus.nodes) + " " + kind;
}

/// How to start a worker that could run the model.
std::string command_for(const ModelAdded& model) {
  if (!requirement_of(model).on_gpus) return "gwageo worker";
  std::string hosts;
  if (model.nodes > 1) {
    hosts = std::string(" --hosts HOST1,") + (model.nodes > 2 ? "...," : "") + "HOST" +
            std::to_string(model.nodes);
  }
  return "gwageo worker --gpus " + std::to_string(model.gpus / model.nodes) + hosts +
         " --gpu-kind KIND --gpu-memory GIB";
}

/// What workers with the model's engine have, of which none fits.
struct Misfits {
  std::set<std::string> kinds;     // On as many nodes, one or several, as the model needs.
  std::set<std::string> spanning;  // On several, where it needs one.
  std::size_t largest = 0;         // Of those that are of the kind and have the memory.
};

/// Why none of them fits.
std::string why_not(const ModelAdded& model, const Misfits& here) {
  const std::string with_engine = " here with the engine " + model.engine;
  if (model.nodes > 1) {
    if (here.kinds.empty()) return "no worker" + with_engine + " spans several nodes";
    return "workers" + with_engine + " that span several have " + listed_some(here.kinds);
  }
  if (here.largest > 0) return "the largest such worker here has " + std::to_string(here.largest);
  if (!here.kinds.empty()) return "workers" + with_engine + " have " + listed_some(here.kinds);
  if (here.spanning.empty()) return "no worker" + with_engine + " has GPUs";
  return "workers" + with_engine + " span several nodes, for models of just their shape (" +
         listed_some(here.spanning) + ")";
}

}  // namespace

std::optional<std::string> Scheduler::cannot_run(const ModelAdded& model) const {
  if (sessions_.empty()) return "no worker is here: the job waits until one comes (gwageo worker)";
  const Requirement requirement = requirement_of(model);
  const std::string waits = ": the job waits until one comes (";
  bool is_known = false;
  bool is_sound = false;  // Some of those that meet it.
  Misfits here;
  for (const auto& [worker, session] : sessions_) {
    if (!has_engine(session.engines, model.engine)) continue;
    is_known = true;
    const bool spans = session.gpus.nodes > 1;
    if (session.gpus.any() && spans == (model.nodes > 1)) here.kinds.insert(kind_of(session));
    if (spans && model.nodes == 1) here.spanning.insert(kind_of(session));
    if (!meets(session, requirement)) continue;
    here.largest = std::max(here.largest, session.slots.size());
    is_sound = is_sound || pool_.sound_blocks(worker, model.gpus) > 0;
  }
  if (!is_known) {
    return "no worker that is here has the engine " + model.engine + waits + "gwageo worker)";
  }
  if (is_sound) return std::nullopt;
  if (here.largest >= model.gpus) {
    return "every slot here that could serve model " + model.name +
           " is out of order: the job waits until one is well again (gwageo workers says what is "
           "wrong)";
  }
  const std::string needs = requirement.on_gpus ? gpus_in_words(model) : "a slot on one node";
  return "model " + model.name + " needs " + needs + " of one worker; " + why_not(model, here) +
         waits + command_for(model) + ")";
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
