#include "tests/sim/gangs.h"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "coordinator/dispatcher.h"
#include "tests/sim/random.h"

namespace gwageo::sim {
namespace {

constexpr std::uint64_t starts_max = 100000;

class GangWorld {
 public:
  explicit GangWorld(std::uint64_t seed) : chance_(seed) {
    const std::uint64_t nodes = 1 + chance_.below(3);
    for (std::uint64_t i = 0; i < nodes; ++i) dispatcher_.join(i == 0 ? 8 : 4, 1);
    for (const char* name : {"group", "a", "b", "c"}) teams_.push_back(ledger_.team(name));
    ledger_.set(teams_[0], {{}, 1, 0, limit()});
    ledger_.set(teams_[1], {{}, 1 + weight(), 0, limit()});
    ledger_.set(teams_[2], {teams_[0], 1 + weight(), 0, limit()});
    ledger_.set(teams_[3], {teams_[0], 1 + weight(), 0, 0});
    const std::uint64_t classes = 2 + chance_.below(4);
    for (std::uint64_t i = 0; i < classes; ++i) {
      // No team's limit is below 4, so that everything can run.
      const std::uint32_t gpus = i == 1 ? 4 : 1U << chance_.below(3);
      dispatcher_.add_class({gpus, 0, seconds(chance_.between(0, 60))});
    }
    const std::uint64_t jobs = 3 + chance_.below(20);
    for (std::uint64_t i = 0; i < jobs; ++i) {
      arrivals_.emplace(Instant{} + seconds(chance_.between(0, 600)), JobId{i + 1});
    }
  }

  std::string run() {
    while (violation_.empty() && (!arrivals_.empty() || !running_.empty())) {
      const bool arrives = !arrivals_.empty() &&
                           (running_.empty() || arrivals_.begin()->first < running_.begin()->first);
      if (arrives) {
        arrive();
      } else {
        end();
      }
      start_all();
      look_at_reservation();
      if (starts_ > starts_max) violate("I1: it does not end");
    }
    for (const auto& [job, demand] : jobs_) {
      if (demand.items > 0) violate("I1: job " + std::to_string(job.value) + " never ran whole");
    }
    if (violation_.empty()) dispatcher_.check();
    return violation_;
  }

 private:
  std::uint32_t limit() { return chance_.chance(500) ? 0 : 4 + small(4); }
  std::uint32_t weight() { return small(3); }
  std::uint32_t small(std::uint64_t n) { return static_cast<std::uint32_t>(chance_.below(n)); }
  void violate(const std::string& what) {
    if (violation_.empty()) violation_ = what;
  }

  void arrive() {
    const JobId job = arrivals_.begin()->second;
    now_ = arrivals_.begin()->first;
    arrivals_.erase(arrivals_.begin());
    JobDemand demand;
    demand.class_number = small(dispatcher_.waiting().class_count());
    demand.team = teams_[1 + small(3)];
    demand.tier = chance_.chance(200) ? Tier::interactive : Tier::campaign;
    demand.items = 1 + chance_.below(40);
    demand.item_time = seconds(chance_.between(1, 60));
    jobs_[job] = demand;
    tell(job);
  }

  void tell(JobId job) {
    dispatcher_.wait(now_, job, jobs_[job]);
    std::set<TeamNumber> demanding;
    for (const auto& [id, demand] : jobs_) {
      if (demand.items > 0) demanding.insert(demand.team);
    }
    for (const TeamNumber team : teams_) ledger_.demand(now_, team, demanding.contains(team));
  }

  void end() {
    const Start start = running_.begin()->second;
    now_ = running_.begin()->first;
    running_.erase(running_.begin());
    for (std::uint32_t i = 0; i < start.block.width; ++i) {
      busy_.erase({start.block.node, start.block.first + i});
    }
    ledger_.hold(start.team, -std::int64_t{start.block.width});
    dispatcher_.end(now_, start.block);
  }

  void start_all() {
    while (const std::optional<Start> start = dispatcher_.next(now_, ledger_)) {
      ++starts_;
      const ClassSpec& spec = dispatcher_.waiting().spec(start->class_number);
      JobDemand& demand = jobs_[start->job];
      if (spec.gpus != start->block.width) violate("a gang is not granted whole");
      if (start->items == 0 || start->items > demand.items)
        violate("I1: items that are not there");
      for (std::uint32_t i = 0; i < start->block.width; ++i) {
        if (!busy_.insert({start->block.node, start->block.first + i}).second) {
          violate("a GPU runs two things");
        }
      }
      ledger_.hold(start->team, start->block.width);
      look_at_limits();
      if (!violation_.empty()) return;
      const Duration took = start->estimate + (start->load ? spec.load : Duration{});
      ledger_.charge(now_, start->team, took.microseconds * start->block.width);
      running_.emplace(now_ + took, *start);
      demand.items -= start->items;
      tell(start->job);
    }
  }

  void look_at_limits() {
    for (const TeamNumber team : teams_) {
      const std::uint32_t limit = ledger_.share(team).limit;
      if (limit != 0 && ledger_.held(team) > limit) violate("I14: a team exceeds its limit");
    }
  }

  void look_at_reservation() {
    const auto& reservation = dispatcher_.reservation();
    if (reservation && now_ > reservation->until) {
      violate("I13: what is reserved is not free when it was said to be");
    }
  }

  Random chance_;
  Dispatcher dispatcher_;
  Ledger ledger_;
  Instant now_;
  std::vector<TeamNumber> teams_;
  std::map<JobId, JobDemand> jobs_;
  std::multimap<Instant, JobId> arrivals_;
  std::multimap<Instant, Start> running_;
  std::set<std::pair<NodeNumber, std::uint32_t>> busy_;
  std::uint64_t starts_ = 0;
  std::string violation_;
};

}  // namespace

std::string run_gangs(std::uint64_t seed) { return GangWorld(seed).run(); }

}  // namespace gwageo::sim
