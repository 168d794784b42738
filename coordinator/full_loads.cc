#include "coordinator/full_loads.h"

#include <algorithm>
#include <map>
#include <utility>

#include "coordinator/waiting_reasons.h"
#include "coordinator/words.h"

namespace gwageo {

LoadWait load_wait(const Underway& underway, const std::vector<WorkerId>& workers,
                   std::size_t others) {
  const Pool& pool = underway.scheduler().pool();
  const NodeLoads& loads = pool.dispatcher().loads();
  std::optional<LoadWait> least;
  std::uint64_t at_once = 0;
  for (const WorkerId worker : workers) {
    const NodeNumber node = pool.node_of(worker);
    const std::optional<Instant> room_at = loads.room_at(node);
    if (!room_at) return {};
    at_once += loads.most(node);
    const Duration most = std::max(Duration{}, *room_at - underway.scheduler().now());
    Duration expected = most;
    for (const NodeLoads::Counted& load : loads.counted(node)) {
      const SlotRun* const run = underway.run(worker, load.first);
      const bool is_on_time = run != nullptr && run->is_loading && run->load_least > Duration{};
      if (is_on_time) expected = std::min(expected, run->load);
    }
    if (!least) least = LoadWait{most, most};
    least->expected = std::min(least->expected, expected);
    least->most = std::min(least->most, most);
  }
  if (!least) return {};
  const Duration counts = pool.dispatcher().knobs().load_counts;
  least->most = least->most + counts * static_cast<std::int64_t>(others / at_once);
  return *least;
}

namespace {

/// The loads of one worker, by team: what is known of them, and in words.
std::string by_team(const Ledger& ledger, const std::vector<NodeLoads::Counted>& loads,
                    const std::optional<std::string>& viewer, Json& data) {
  std::map<std::string, std::int64_t> known;
  std::int64_t others = 0;
  std::map<TeamNumber, std::string> names;
  for (const auto& [name, number] : ledger.names()) names[number] = name;
  for (const NodeLoads::Counted& load : loads) {
    const auto name = names.find(load.team);
    const bool is_seen = name != names.end() && (!viewer || *viewer == name->second);
    ++(is_seen ? known[name->second] : others);
  }
  data = Json::array();
  std::vector<std::string> words;
  for (const auto& [name, count] : known) {
    data.push_back(Json::Object{{"team", name}, {"loads", count}});
    words.push_back(name + " " + std::to_string(count));
  }
  if (others > 0) {
    data.push_back(Json::Object{{"team", nullptr}, {"loads", others}});
    words.push_back("others " + std::to_string(others));
  }
  return listed(words);
}

}  // namespace

FullLoads full_loads(const Scheduler& scheduler, const std::vector<WorkerId>& workers,
                     const std::optional<std::string>& viewer) {
  const Pool& pool = scheduler.pool();
  FullLoads full;
  std::vector<std::string> words;
  for (const WorkerId worker : workers) {
    const NodeNumber node = pool.node_of(worker);
    const std::optional<Instant> room_at = pool.dispatcher().loads().room_at(node);
    if (!room_at) continue;
    const std::vector<NodeLoads::Counted> loads = pool.dispatcher().loads().counted(node);
    Instant oldest = scheduler.now();
    for (const NodeLoads::Counted& load : loads) oldest = std::min(oldest, load.since);
    const Duration since = scheduler.now() - oldest;
    const Duration room = std::max(Duration{}, *room_at - scheduler.now());
    const std::string& name = scheduler.sessions().at(worker).name;
    Json teams;
    const std::string whose = by_team(scheduler.state().ledger(), loads, viewer, teams);
    full.data.push_back(
        Json::Object{{"worker", name},
                     {"loads", static_cast<std::int64_t>(loads.size())},
                     {"since_seconds", since.microseconds / seconds(1).microseconds},
                     {"room_in_seconds", whole_seconds(room)},
                     {"teams", std::move(teams)}});
    words.push_back(name + " (" + whose + "; for up to " + in_words(since) +
                    " so far, and one of them for " + in_words(room) + " more at most)");
    ++full.workers;
  }
  if (full.workers == 0) return full;
  full.text = " " +
              counted(full.workers, "worker", "loads as many models as it may",
                      "load as many models as they may") +
              " at the same time, and the next one follows when a load is over or has held others "
              "up for " +
              in_words(pool.dispatcher().knobs().load_counts) + ": " + listed(words) + ".";
  return full;
}

}  // namespace gwageo
