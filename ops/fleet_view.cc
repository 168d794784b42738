#include "ops/fleet_view.h"

#include <algorithm>
#include <limits>

#include "protocol/limits.h"

namespace gwageo {
namespace {

const Json none;

const Json& member_of(const Json& object, const char* key) {
  const Json* const found = object.is_object() ? object.find(key) : nullptr;
  return found == nullptr ? none : *found;
}

const Json::Array& list(const Json& object, const char* key) {
  static const Json::Array empty;
  const Json& found = member_of(object, key);
  return found.is_array() ? found.as_array() : empty;
}

std::string text(const Json& object, const char* key) {
  const Json& found = member_of(object, key);
  return found.is_string() ? found.as_string() : std::string();
}

std::uint64_t count(const Json& object, const char* key) {
  const Json& found = member_of(object, key);
  return found.is_integer()
             ? static_cast<std::uint64_t>(std::max<std::int64_t>(0, found.as_integer()))
             : 0;
}

std::uint32_t small_count(const Json& object, const char* key) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(count(object, key), std::numeric_limits<std::uint32_t>::max()));
}

bool is_true(const Json& object, const char* key) {
  const Json& found = member_of(object, key);
  return found.is_bool() && found.as_bool();
}

Result<FleetWork> work_of_job(const Json& job) {
  const Json& needs = member_of(job, "needs");
  if (!needs.is_object()) {
    return fail(ErrorKind::corrupt,
                "the coordinator does not say what its jobs need: use the same program version");
  }
  const Json& items = member_of(job, "items");
  FleetWork work;
  work.team = text(job, "team");
  work.engine = text(needs, "engine");
  work.gpus = std::max<std::uint32_t>(1, small_count(needs, "gpus"));
  work.nodes = std::max<std::uint32_t>(1, small_count(needs, "nodes"));
  work.gpu_kind = text(needs, "gpu_kind");
  work.gpu_memory_mib = small_count(needs, "gpu_memory_mib");
  work.pending = count(items, "pending");
  work.leased = count(items, "leased");
  work.item.microseconds =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(count(needs, "item_microseconds")));
  return work;
}

FleetWorker worker_of(const Json& json) {
  FleetWorker worker;
  worker.name = text(json, "worker");
  worker.state = text(json, "state");
  const Json::Array& slots = list(json, "slots");
  worker.shape.slots = static_cast<std::uint32_t>(slots.size());
  const Json& gpus = member_of(json, "gpus");
  worker.shape.gpu_kind = text(gpus, "kind");
  worker.shape.gpu_memory_mib = small_count(gpus, "memory_mib");
  worker.shape.nodes = std::max<std::uint32_t>(1, small_count(gpus, "nodes"));
  for (const Json& engine : list(json, "engines")) {
    if (engine.is_string()) worker.engines.push_back(engine.as_string());
  }
  worker.is_empty = count(json, "leases") == 0 && count(json, "items") == 0 &&
                    std::none_of(slots.begin(), slots.end(), [](const Json& slot) {
                      return is_true(slot, "busy") || is_true(slot, "loading");
                    });
  return worker;
}

/// The team and the groups that it is in.
std::vector<const FleetTeam*> chain(const PoolView& pool, const std::string& name) {
  std::vector<const FleetTeam*> found;
  for (auto team = pool.teams.find(name);
       team != pool.teams.end() && found.size() <= limits::team_depth_max;
       team = pool.teams.find(team->second.parent)) {
    found.push_back(&team->second);
  }
  return found;
}

// So many blocks keep `work` of slot time each busy.
std::uint64_t blocks_for(const FleetWork& job, Duration work) {
  const std::uint64_t items = job.pending + job.leased;
  const std::uint64_t each = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(work.microseconds / job.item.microseconds));
  return items / each + (items % each != 0 ? 1 : 0);
}

}  // namespace

Result<PoolView> pool_view(const Json& status, const Json& teams) {
  PoolView pool;
  for (const Json& job : list(status, "jobs")) {
    const bool is_held = is_true(job, "paused") || !member_of(job, "quota_used_up").is_null();
    if (text(job, "state") != "running" || is_held) continue;
    GWAGEO_ASSIGN(work, work_of_job(job));
    if (work.pending + work.leased > 0) pool.work.push_back(std::move(work));
  }
  for (const Json& team : list(teams, "teams")) {
    FleetTeam& known = pool.teams[text(team, "team")];
    known.parent = text(team, "parent");
    if (member_of(team, "limit").is_integer()) known.limit = count(team, "limit");
  }
  for (const Json& team : list(status, "teams")) {
    pool.teams[text(team, "team")].holds = count(team, "holds");
  }
  for (const Json& json : list(status, "workers")) {
    FleetWorker worker = worker_of(json);
    std::string name = worker.name;
    pool.workers.emplace(std::move(name), std::move(worker));
  }
  for (const Json& entry : list(status, "quarantined")) {
    pool.quarantined.insert(text(entry, "worker"));
  }
  return pool;
}

bool fits(const FleetWork& work, const WorkerShape& shape) {
  if (work.nodes != shape.nodes || work.gpus > shape.slots) return false;
  if (work.nodes > 1 && work.gpus != shape.slots) return false;
  const bool needs_gpus = work.gpus > 1 || !work.gpu_kind.empty() || work.gpu_memory_mib > 0;
  if (!needs_gpus) return true;
  if (shape.gpu_kind.empty() || work.gpu_memory_mib > shape.gpu_memory_mib) return false;
  return work.gpu_kind.empty() || work.gpu_kind == shape.gpu_kind;
}

FleetNeed need_of(const PoolView& pool, const WorkerShape& shape, Duration work,
                  const std::set<std::string>& ours) {
  FleetNeed need;
  std::map<const FleetTeam*, std::uint64_t> left;  // Of limits.
  std::vector<std::pair<const FleetWork*, std::uint64_t>> wanted;
  for (const FleetWork& job : pool.work) {
    if (!fits(job, shape)) continue;
    std::uint64_t slots = blocks_for(job, work) * job.gpus;
    bool may_grow = true;
    const std::vector<const FleetTeam*> teams = chain(pool, job.team);
    for (const FleetTeam* const team : teams) {
      if (!team->limit) continue;
      slots = std::min(slots, left.try_emplace(team, *team->limit).first->second);
      may_grow = may_grow && team->holds + job.gpus <= *team->limit;
    }
    for (const FleetTeam* const team : teams) {
      if (team->limit) left[team] -= slots;
    }
    if (may_grow) need.pending += job.pending;
    wanted.emplace_back(&job, slots);
  }
  for (const auto& [name, worker] : pool.workers) {
    if (ours.contains(name) || worker.state != "working") continue;
    std::uint64_t offers = worker.shape.slots;
    for (auto& [job, slots] : wanted) {
      const bool has_engine = std::find(worker.engines.begin(), worker.engines.end(),
                                        job->engine) != worker.engines.end();
      if (!has_engine || !fits(*job, worker.shape)) continue;
      const std::uint64_t served = std::min(offers, slots);
      slots -= served;
      offers -= served;
    }
  }
  for (const auto& [job, slots] : wanted) need.slots += slots;
  return need;
}

}  // namespace gwageo
