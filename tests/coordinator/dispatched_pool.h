// A small pool for tests of the dispatcher: what runs, and who is told about it. Everything takes
// what is expected, and a run that is asked to yield ends with the item in progress.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/dispatcher.h"
#include "coordinator/preemption.h"

namespace gwageo {

struct DispatchedPool {
  explicit DispatchedPool(PolicyKnobs knobs = {}) : dispatcher(knobs) {}

  Dispatcher dispatcher;
  Ledger ledger;
  Instant now;
  std::map<JobId, JobDemand> jobs;
  struct Run {
    Start start;
    Instant began;  // After its load.
    Instant ends;
    std::int64_t charged = 0;
    std::uint64_t rest = 0;  // Items that a yield leaves.
    std::optional<Yield> asked;
  };
  std::vector<Run> running;
  std::map<TeamNumber, std::int64_t> served;  // Slot time.
  std::uint64_t loads = 0;
  std::vector<Yield> yields;
  std::uint64_t given_back = 0;  // Blocks that yielded, and went on with their team's work.
  std::optional<Yield> just_yielded;

  TeamNumber team(const std::string& name) { return ledger.team(name); }
  TeamNumber team(const std::string& name, std::uint32_t guarantee) {
    const TeamNumber number = ledger.team(name);
    ledger.set(number, {{}, 1, guarantee, 0});
    return number;
  }
  ClassNumber add_class(std::uint32_t gpus, std::int64_t load_seconds) {
    return dispatcher.add_class({gpus, 0, seconds(load_seconds)});
  }
  JobId submit(ClassNumber of, TeamNumber team, std::uint64_t items,
               Duration item_time = seconds(1), std::int32_t priority = 0,
               Tier tier = Tier::campaign) {
    const JobId job{jobs.size() + 1};
    jobs[job] = {of, team, tier, priority, Instant{INT64_MAX}, items, item_time, {}};
    tell(job);
    return job;
  }
  void tell(JobId job) {
    dispatcher.wait(now, job, jobs[job]);
    const TeamNumber team = jobs[job].team;
    const bool demands = std::any_of(jobs.begin(), jobs.end(), [&](const auto& other) {
      return other.second.team == team && other.second.items > 0;
    });
    ledger.demand(now, team, demands);
  }
  Duration length(const Start& start) const {
    const Duration load =
        start.load ? dispatcher.waiting().spec(start.class_number).load : Duration{};
    return start.estimate + load;
  }
  /// Starts all that may start now, asks who is to yield, and returns what started.
  std::vector<Start> start_all() {
    std::vector<Start> starts;
    for (const Run& run : running) {
      if (run.began <= now) dispatcher.ready(run.start.block);
    }
    while (const std::optional<Start> start = dispatcher.next(now, ledger)) {
      EXPECT_LE(start->items, jobs[start->job].items);
      if (just_yielded && start->block.node == just_yielded->block.node &&
          start->block.first == just_yielded->block.first) {
        if (start->team != just_yielded->for_team) ++given_back;
        just_yielded.reset();
      }
      jobs[start->job].items -= start->items;
      const std::int64_t charged = length(*start).microseconds * start->block.width;
      ledger.hold(start->team, start->block.width);
      ledger.charge(now, start->team, charged);
      tell(start->job);
      const Instant ends = now + length(*start);
      running.push_back({*start, ends - start->estimate, ends, charged, 0, {}});
      if (start->load) ++loads;
      starts.push_back(*start);
    }
    just_yielded.reset();
    while (const std::optional<Yield> yield = dispatcher.yields(now, ledger)) ask(*yield);
    dispatcher.check();
    return starts;
  }
  void ask(const Yield& yield) {
    const auto run = std::find_if(running.begin(), running.end(), [&](const Run& other) {
      return other.start.block == yield.block;
    });
    ASSERT_TRUE(run != running.end());
    ASSERT_FALSE(run->asked.has_value());  // No run is asked twice.
    const Duration item = jobs[run->start.job].item_time;
    const std::int64_t ran = std::max<std::int64_t>(0, (now - run->began).microseconds);
    const auto done =
        std::min(run->start.items,
                 static_cast<std::uint64_t>((ran + item.microseconds - 1) / item.microseconds));
    run->rest = run->start.items - done;
    run->ends = run->began + item * static_cast<std::int64_t>(done);
    run->asked = yield;
    yields.push_back(yield);
  }
  /// Lets the next run end; false when nothing runs.
  bool advance() {
    if (running.empty()) return false;
    const auto first = std::min_element(running.begin(), running.end(),
                                        [](const Run& a, const Run& b) { return a.ends < b.ends; });
    const Run run = *first;
    running.erase(first);
    now = run.ends;
    const Duration load =
        run.start.load ? dispatcher.waiting().spec(run.start.class_number).load : Duration{};
    const std::int64_t took = (run.ends - run.began + load).microseconds * run.start.block.width;
    served[run.start.team] += took;
    ledger.hold(run.start.team, -std::int64_t{run.start.block.width});
    ledger.charge(now, run.start.team, took - run.charged);
    dispatcher.end(now, run.start.block);
    just_yielded = run.asked;
    if (run.rest > 0) {
      jobs[run.start.job].items += run.rest;
      tell(run.start.job);
    }
    return true;
  }
  /// The node is lost: what ran there, in part or whole, is to be done again elsewhere.
  void lose(NodeNumber node) {
    const auto has_part = [&](const Block& block) {
      bool has = false;
      dispatcher.placement().for_each_part(block,
                                           [&](const Block& part) { has |= part.node == node; });
      return has;
    };
    std::vector<Run> lost;
    for (const Run& run : running) {
      if (has_part(run.start.block)) lost.push_back(run);
    }
    std::erase_if(running, [&](const Run& run) { return has_part(run.start.block); });
    dispatcher.lose(now, node);
    for (const Run& run : lost) {
      ledger.hold(run.start.team, -std::int64_t{run.start.block.width});
      ledger.charge(now, run.start.team, -run.charged);
      jobs[run.start.job].items += run.start.items;
      tell(run.start.job);
    }
  }
  void run_until(Instant end) {
    start_all();
    while (now < end && advance()) start_all();
  }
  void run_to_the_end() {
    start_all();
    while (advance()) start_all();
    for (const auto& [job, demand] : jobs) EXPECT_EQ(demand.items, 0U);
  }
};

}  // namespace gwageo
