#include "tests/coordinator/dispatched_pool.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "coordinator/preemption.h"

namespace gwageo {

DispatchedPool::DispatchedPool(PolicyKnobs knobs) : dispatcher(knobs) {}
DispatchedPool::~DispatchedPool() = default;

TeamNumber DispatchedPool::team(const std::string& name, std::uint32_t guarantee) {
  const TeamNumber number = ledger.team(name);
  ledger.set(number, {{}, 1, guarantee, 0});
  return number;
}

ClassNumber DispatchedPool::add_class(std::uint32_t gpus, std::int64_t load_seconds) {
  return dispatcher.add_class({gpus, 0, seconds(load_seconds)});
}

JobId DispatchedPool::submit(ClassNumber of, TeamNumber team, std::uint64_t items,
                             Duration item_time, std::int32_t priority, Tier tier) {
  const JobId job{jobs.size() + 1};
  jobs[job] = {of, team, tier, priority, Instant{INT64_MAX}, items, item_time, false, {}};
  tell(job);
  return job;
}

void DispatchedPool::tell(JobId job) {
  dispatcher.wait(now, job, jobs[job]);
  const TeamNumber team = jobs[job].team;
  const bool demands = std::any_of(jobs.begin(), jobs.end(), [&](const auto& other) {
    return other.second.team == team && other.second.items > 0;
  });
  ledger.demand(now, team, demands);
}

Duration DispatchedPool::length(const Start& start) const {
  const Duration load =
      start.load ? dispatcher.waiting().spec(start.class_number).load : Duration{};
  return start.estimate + load;
}

std::vector<Start> DispatchedPool::start_all() {
  std::vector<Start> starts;
  for (const Run& run : running) {
    if (run.began <= now) dispatcher.ready(run.began, run.start.block, run.began - run.started);
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
    running.push_back({*start, now, ends - start->estimate, ends, charged, 0, {}});
    if (start->load) ++loads;
    starts.push_back(*start);
  }
  just_yielded.reset();
  while (const std::optional<Yield> yield = dispatcher.yields(now, ledger)) ask(*yield);
  dispatcher.check();
  return starts;
}

void DispatchedPool::ask(const Yield& yield) {
  const auto run = std::find_if(running.begin(), running.end(),
                                [&](const Run& other) { return other.start.block == yield.block; });
  ASSERT_TRUE(run != running.end());
  ASSERT_FALSE(run->asked.has_value());  // No run is asked twice.
  const Duration item = jobs[run->start.job].item_time;
  const std::int64_t ran = std::max<std::int64_t>(0, (now - run->began).microseconds);
  const auto done =
      std::min(run->start.items,
               static_cast<std::uint64_t>((ran + item.microseconds - 1) / item.microseconds));
  run->rest = run->start.items - done;
  const bool is_loading = now < run->began;
  run->ends = is_loading ? now : run->began + item * static_cast<std::int64_t>(done);
  run->asked = yield;
  yields.push_back(yield);
}

void DispatchedPool::cancel_loads(TeamNumber team) {
  for (Run& run : running) {
    if (run.start.team != team || run.began <= now) continue;
    run.ends = now;
    run.rest = 0;
    jobs[run.start.job].items = 0;
    tell(run.start.job);
  }
}

bool DispatchedPool::advance() {
  if (running.empty()) return false;
  const auto first = std::min_element(running.begin(), running.end(),
                                      [](const Run& a, const Run& b) { return a.ends < b.ends; });
  const Run run = *first;
  running.erase(first);
  now = run.ends;
  const std::int64_t took = (run.ends - run.started).microseconds * run.start.block.width;
  served[run.start.team] += took;
  ledger.hold(run.start.team, -std::int64_t{run.start.block.width});
  ledger.charge(now, run.start.team, took - run.charged);
  if (now >= run.began) dispatcher.ready(run.began, run.start.block, run.began - run.started);
  const bool was_loading = dispatcher.loads().is_loading(run.start.block);
  dispatcher.end(now, run.start.block);
  if (was_loading) dispatcher.unload(now, run.start.block);
  just_yielded = run.asked;
  if (run.rest > 0) {
    jobs[run.start.job].items += run.rest;
    tell(run.start.job);
  }
  return true;
}

void DispatchedPool::lose(NodeNumber node) {
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

void DispatchedPool::run_until(Instant end) {
  start_all();
  while (now < end && advance()) start_all();
}

void DispatchedPool::run_to_the_end() {
  start_all();
  while (advance()) start_all();
  for (const auto& [job, demand] : jobs) EXPECT_EQ(demand.items, 0U);
}

}  // namespace gwageo
