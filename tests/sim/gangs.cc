#include "tests/sim/gangs.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "coordinator/dispatcher.h"
#include "coordinator/preemption.h"
#include "tests/sim/random.h"

namespace gwageo::sim {
namespace {

constexpr std::uint64_t starts_max = 100000;

class GangWorld {
 public:
  explicit GangWorld(std::uint64_t seed) : chance_(seed) {
    const std::uint64_t nodes = 1 + chance_.below(3);
    for (std::uint64_t i = 0; i < nodes; ++i) dispatcher_.join(i == 0 ? 8 : 4, 1);
    // A class of 4 GPUs spans two of these.
    if (chance_.chance(300)) dispatcher_.join(2 + small(3), 2, 1);
    for (const char* name : {"group", "a", "b", "c"}) teams_.push_back(ledger_.team(name));
    ledger_.set(teams_[0], {{}, 1, guarantee(), limit()});
    ledger_.set(teams_[1], {{}, 1 + weight(), guarantee(), limit()});
    ledger_.set(teams_[2], {teams_[0], 1 + weight(), guarantee(), limit()});
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
  // Together often more than the pool has.
  std::uint32_t guarantee() { return chance_.chance(500) ? 0 : small(9); }
  std::uint32_t small(std::uint64_t n) { return static_cast<std::uint32_t>(chance_.below(n)); }
  void violate(const std::string& what) {
    if (violation_.empty()) violation_ = what;
  }

  template <class Visit>
  void for_each_gpu(const Block& block, const Visit& visit) {
    dispatcher_.placement().for_each_part(block, [&](const Block& part) {
      for (std::uint32_t i = 0; i < part.width; ++i) visit(part.node, part.first + i);
    });
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
    const Run run = running_.begin()->second;
    const Start& start = run.start;
    now_ = running_.begin()->first;
    running_.erase(running_.begin());
    for_each_gpu(start.block, [&](NodeNumber node, std::uint32_t gpu) {
      busy_.erase({node, gpu});
    });
    ledger_.hold(start.team, -std::int64_t{start.block.width});
    const Duration took = now_ - run.ready + load_of(start);
    ledger_.charge(now_, start.team, took.microseconds * start.block.width - run.charged);
    dispatcher_.end(now_, start.block);
    yielded_ = run.asked;
    if (run.rest == 0) return;
    jobs_[start.job].items += run.rest;
    tell(start.job);
  }

  Duration load_of(const Start& start) const {
    return start.load ? dispatcher_.waiting().spec(start.class_number).load : Duration{};
  }

  void start_all() {
    while (const std::optional<Start> start = dispatcher_.next(now_, ledger_)) {
      ++starts_;
      const ClassSpec& spec = dispatcher_.waiting().spec(start->class_number);
      JobDemand& demand = jobs_[start->job];
      look_at_yielded(*start);
      if (spec.gpus != start->block.width) violate("a gang is not granted whole");
      if (start->items == 0 || start->items > demand.items) violate("I1: items that are not there");
      for_each_gpu(start->block, [&](NodeNumber node, std::uint32_t gpu) {
        if (!busy_.insert({node, gpu}).second) violate("a GPU runs two things");
      });
      ledger_.hold(start->team, start->block.width);
      look_at_limits();
      if (!violation_.empty()) return;
      const Instant ready = now_ + load_of(*start);
      const std::int64_t charged =
          (start->estimate + load_of(*start)).microseconds * start->block.width;
      ledger_.charge(now_, start->team, charged);
      if (start->load) loaded_at_[{start->block.node, start->block.first}] = now_;
      running_.emplace(ready + start->estimate, Run{*start, ready, charged, 0, {}});
      demand.items -= start->items;
      tell(start->job);
    }
    yielded_.reset();
    while (const std::optional<Yield> yield = dispatcher_.yields(now_, ledger_)) {
      ++starts_;
      if (!violation_.empty() || starts_ > starts_max) return;
      ask(*yield);
    }
  }

  // The run ends with the item in progress.
  void ask(const Yield& yield) {
    auto asked = running_.begin();
    while (asked != running_.end() && asked->second.start.block != yield.block) ++asked;
    if (asked == running_.end()) return violate("I15: nothing runs where a run is to yield");
    Run run = asked->second;
    if (run.asked) return violate("I15: a run is asked to yield twice");
    look_at_settling(run.start, yield);
    const Potential before = promised_potential();
    run.asked = yield;
    const std::int64_t item = jobs_[run.start.job].item_time.microseconds;
    const std::int64_t ran = std::max<std::int64_t>(0, (now_ - run.ready).microseconds);
    const std::int64_t ends = (ran + item - 1) / item;
    const auto done = std::min(run.start.items, static_cast<std::uint64_t>(ends));
    run.rest = run.start.items - done;
    running_.erase(asked);
    running_.emplace(run.ready + Duration{item * static_cast<std::int64_t>(done)}, run);
    if (promised_potential() >= before) violate("I15: what is taken does not lower the potential");
  }

  void look_at_settling(const Start& start, const Yield& yield) {
    if (start.class_number == yield.for_class) return;
    const Instant since = loaded_at_[{start.block.node, start.block.first}];
    const Duration load = dispatcher_.waiting().spec(start.class_number).load;
    if (now_ - since < std::max(load * 2, seconds(60))) {
      violate("I15: a run yields that was loaded lately");
    }
  }

  // What yielded may go to somebody else than it was meant for, and to nothing of a lower tier,
  // unless it was reserved for that.
  void look_at_yielded(const Start& start) {
    if (!yielded_ || start.block.node != yielded_->block.node) return;
    if (start.block.first != yielded_->block.first || start.class_number == reserved_) return;
    const Yield yielded = *yielded_;
    yielded_.reset();
    const WaitingWork& waiting = dispatcher_.waiting();
    if (!waiting.waits(yielded.for_class, yielded.for_team)) return;
    const std::uint8_t tier = waiting.rank(yielded.for_class, yielded.for_team).tier;
    const bool allowed = ledger_.may_hold(yielded.for_team, waiting.spec(yielded.for_class).gpus);
    const bool goes_behind = order_of(jobs_[start.job].tier) > tier;
    const bool is_wanted = waiting.pays(yielded.for_class) &&
                           waiting.pays_for(ledger_, yielded.for_class, yielded.for_team);
    if (goes_behind && allowed && is_wanted) {
      violate("I15: what yielded goes to a lower tier");
    }
  }

  // Once all have yielded that were asked, and others have what they yielded for.
  Potential promised_potential() const {
    Ledger ledger = ledger_;
    std::int64_t tiers = 0;
    for (const auto& [ends, run] : running_) {
      std::int64_t gpus = run.start.block.width;
      std::uint8_t tier = order_of(jobs_.at(run.start.job).tier);
      if (run.asked) {
        const Yield& yield = *run.asked;
        ledger.hold(run.start.team, -gpus);
        const std::int64_t wanted = dispatcher_.waiting().spec(yield.for_class).gpus;
        gpus = std::min(gpus, wanted);
        ledger.hold(yield.for_team, gpus);
        const bool waits = dispatcher_.waiting().waits(yield.for_class, yield.for_team);
        if (waits) tier = dispatcher_.waiting().rank(yield.for_class, yield.for_team).tier;
      }
      tiers += gpus * tier;
    }
    return potential(ledger, tiers);
  }

  void look_at_limits() {
    for (const TeamNumber team : teams_) {
      const std::uint32_t limit = ledger_.share(team).limit;
      if (limit != 0 && ledger_.held(team) > limit) violate("I14: a team exceeds its limit");
    }
  }

  void look_at_reservation() {
    const auto& reservation = dispatcher_.reservation();
    reserved_.reset();
    if (reservation) reserved_ = reservation->class_number;
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
  struct Run {
    Start start;
    Instant ready;  // It is loaded.
    std::int64_t charged = 0;
    std::uint64_t rest = 0;  // Items that a yield leaves.
    std::optional<Yield> asked;
  };
  std::multimap<Instant, Run> running_;
  std::optional<ClassNumber> reserved_;  // At the end of the last event.
  std::optional<Yield> yielded_;         // Just now; nothing started there yet.
  std::map<std::pair<NodeNumber, std::uint32_t>, Instant> loaded_at_;  // By first GPU.
  std::set<std::pair<NodeNumber, std::uint32_t>> busy_;
  std::uint64_t starts_ = 0;
  std::string violation_;
};

}  // namespace

std::string run_gangs(std::uint64_t seed) { return GangWorld(seed).run(); }

}  // namespace gwageo::sim
