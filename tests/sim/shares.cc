#include "tests/sim/shares.h"

#include <algorithm>
#include <map>
#include <vector>

#include "coordinator/dispatcher.h"
#include "coordinator/planted_bug.h"
#include "tests/sim/random.h"

namespace gwageo::sim {
namespace {

constexpr std::uint64_t starts_run = 3000;
constexpr std::uint64_t plenty = 1000000;  // Items of each job, however many were run.

PolicyKnobs knobs_without_forecast() {
  PolicyKnobs knobs;
  knobs.horizon = {};
  return knobs;
}

class SharesWorld {
 public:
  SharesWorld(std::uint64_t seed, const PolicyKnobs& with) : chance_(seed), dispatcher_(with) {
    const std::uint64_t nodes = 1 + chance_.below(4);
    for (std::uint64_t i = 0; i < nodes; ++i) dispatcher_.join(8, 1);
    const std::uint64_t teams = 2 + chance_.below(5);
    const std::uint64_t classes = 1 + chance_.below(3);  // Of each team, or of all.
    const bool is_private = chance_.chance(500);
    served_.resize(teams);
    low_.resize(teams * teams);
    high_.resize(teams * teams);
    for (std::uint64_t i = 0; i < (is_private ? teams * classes : classes); ++i) {
      const Duration load = seconds(chance_.between(1, 60));
      longest_load_ = std::max(longest_load_, load);
      dispatcher_.add_class({1, 0, load});
    }
    fill_ledger();
    for (std::uint64_t team = 0; team < teams; ++team) {
      for (std::uint64_t i = 0; i < classes; ++i) {
        JobDemand demand;
        demand.class_number = static_cast<ClassNumber>(is_private ? team * classes + i : i);
        demand.team = static_cast<TeamNumber>(team);
        demand.items = plenty;
        demand.item_time = seconds(chance_.between(1, 20));
        dispatcher_.wait(now_, JobId{team * classes + i + 1}, demand);
      }
    }
    // Each way: what each of the two is granted at once, and the lead that is borne.
    const PolicyKnobs& knobs = dispatcher_.knobs();
    const std::int64_t granted = knobs.run_max.microseconds + longest_load_.microseconds;
    const std::int64_t stays =
        longest_load_.microseconds * knobs.slack / 1000 + knobs.sticky.microseconds;
    bound_ = 2 * (granted + granted) +
             2 * stays * dispatcher_.placement().open_gpus() / static_cast<std::int64_t>(teams);
    // While it is forecast to fall in time, a larger lead is borne: what the whole pool does until
    // then is the most that it can be larger by.
    bound_ += 2 * stays * knobs.horizon / 1000 * dispatcher_.placement().open_gpus();
  }

  std::string run() {
    start_all();
    while (violation_.empty() && starts_ < starts_run) {
      if (chance_.chance(2)) restart();
      end();
      start_all();
    }
    dispatcher_.check();
    return violation_;
  }

 private:
  void fill_ledger() {
    for (std::size_t i = 0; i < served_.size(); ++i) {
      ledger_.demand(now_, ledger_.team("team-" + std::to_string(i)), true);
    }
  }

  // What teams were served is in the journal, so a restart changes nothing of it.
  void restart() {
    if (!planted(PlantedBug::shares_reset_at_restart)) return;
    ledger_ = Ledger{};
    fill_ledger();
    for (const auto& [ends, start] : running_) ledger_.hold(start.team, 1);
  }

  void end() {
    const Start start = running_.begin()->second;
    now_ = running_.begin()->first;
    running_.erase(running_.begin());
    ledger_.hold(start.team, -1);
    dispatcher_.end(now_, start.block);
  }

  void start_all() {
    while (const std::optional<Start> start = dispatcher_.next(now_, ledger_)) {
      ++starts_;
      const Duration load =
          start->load ? dispatcher_.waiting().spec(start->class_number).load : Duration{};
      ledger_.hold(start->team, 1);
      charge(start->team, (start->estimate + load).microseconds);
      running_.emplace(now_ + start->estimate + load, *start);
    }
  }

  void charge(TeamNumber team, std::int64_t slot_time) {
    ledger_.charge(now_, team, slot_time);
    served_[team] += slot_time;
    for (std::size_t other = 0; other < served_.size(); ++other) {
      const std::size_t pair = team * served_.size() + other;
      const std::size_t back = other * served_.size() + team;
      const std::int64_t gap = served_[team] - served_[other];
      low_[pair] = std::min(low_[pair], gap);
      high_[pair] = std::max(high_[pair], gap);
      low_[back] = -high_[pair];
      high_[back] = -low_[pair];
      if (high_[pair] - low_[pair] <= bound_) continue;
      violation_ = "I12: teams " + std::to_string(team) + " and " + std::to_string(other) +
                   " lie " + std::to_string((high_[pair] - low_[pair]) / 1000000) +
                   " s of service apart, and " + std::to_string(bound_ / 1000000) + " s is most";
    }
  }

  Random chance_;
  Dispatcher dispatcher_;
  Ledger ledger_;
  Instant now_;
  Duration longest_load_;
  std::int64_t bound_ = 0;
  std::vector<std::int64_t> served_;  // By team: slot time.
  std::vector<std::int64_t> low_;     // By pair of teams: the least that one was ahead, and the
  std::vector<std::int64_t> high_;    // most.
  std::multimap<Instant, Start> running_;
  std::uint64_t starts_ = 0;
  std::string violation_;
};

}  // namespace

std::string run_shares(std::uint64_t seed) {
  const std::string violation = SharesWorld(seed, knobs_without_forecast()).run();
  return violation.empty() ? SharesWorld(seed, PolicyKnobs{}).run() : violation;
}

}  // namespace gwageo::sim
