// Small fleets and work made by hand, and a policy that follows a script and notes what it is told.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ops/simulate/fleet.h"
#include "ops/simulate/generator.h"
#include "ops/simulate/policies.h"
#include "ops/simulate/simulator.h"

namespace gwageo::simulate::testing {

inline Instant at(std::int64_t s) { return Instant{} + seconds(s); }

class HandMade {
 public:
  HandMade(std::uint32_t nodes, std::uint32_t gpus, std::uint32_t teams = 1)
      : fleet(uniform_fleet(nodes, gpus)) {
    for (std::uint32_t i = 0; i < teams; ++i) {
      work.workload.teams.push_back({"t" + std::to_string(i), 1});
    }
  }
  ClassIndex add_class(std::uint32_t gpus, std::int64_t load_s) {
    const std::size_t n = work.workload.classes.size();
    work.workload.classes.push_back(
        {"m" + std::to_string(n), gpus, seconds(load_s), seconds(load_s / 2), {}});
    return static_cast<ClassIndex>(n);
  }
  /// Shards in seconds. REQUIRES: jobs come by arrival.
  Job& add_job(TeamIndex team, ClassIndex model_class, std::vector<std::int64_t> shards,
               std::uint32_t sets = 1) {
    Job job;
    job.team = team;
    job.model_class = model_class;
    job.shards = static_cast<std::uint32_t>(shards.size());
    job.sets = sets;
    job.batches = 10;
    work.workload.jobs.push_back(job);
    seconds_.push_back(std::move(shards));
    return work.workload.jobs.back();
  }
  Outcome run(Policy& policy) {
    finish();
    return simulate(fleet, work.workload, work.truth, policy);
  }
  Outcome run(const std::string& policy, const PolicyOptions& options = {}) {
    finish();
    const std::unique_ptr<Policy> made =
        (*find_policies(policy))[0].make(fleet, work.workload, options);
    return simulate(fleet, work.workload, work.truth, *made);
  }
  void finish() {
    if (work.workload.shards > 0) return;
    const Job* const first = work.workload.jobs.data();
    const Status laid = lay_out(work, [&](const Job& job, std::uint32_t, std::uint32_t n) {
      return seconds(seconds_[static_cast<std::size_t>(&job - first)][n]);
    });
    EXPECT_TRUE(laid);
    EXPECT_TRUE(check_simulation(fleet, work.workload, work.truth));
  }

  Fleet fleet;
  Work work;

 private:
  std::vector<std::vector<std::int64_t>> seconds_;
};

/// Does what it was told to, when it was told to. `told` is what it heard, a line each.
class ScriptPolicy final : public Policy {
 public:
  explicit ScriptPolicy(std::vector<std::pair<Instant, Decision>> script)
      : script_(std::move(script)) {}
  void node_up(NodeIndex node, Instant now) override { note(now, "up", node); }
  void node_down(NodeIndex node, Instant now) override { note(now, "down", node); }
  void arrived(JobIndex job, Instant now) override { note(now, "arrived", job); }
  void loaded(const Start& start, Instant now) override { note(now, "loaded", start.job); }
  void ended(const Ended& ended, Instant now) override {
    note(now, ended.lost ? "lost" : "ended", ended.start.job);
    const Piece& rest = ended.rest;
    if (rest.empty()) return;
    told += " rest " + std::to_string(rest.shard) + "+" + std::to_string(rest.shards) + " [" +
            std::to_string(rest.from) + "," + std::to_string(rest.to) + ")";
  }
  std::optional<Decision> next(Instant now) override {
    if (at_ == script_.size() || script_[at_].first > now) return std::nullopt;
    return script_[at_++].second;
  }
  std::optional<Instant> wake() const override {
    if (at_ == script_.size()) return std::nullopt;
    return script_[at_].first;
  }

  std::string told;

 private:
  void note(Instant now, const char* what, std::uint32_t number) {
    char text[80];
    std::snprintf(text, sizeof text, "\n%.1f %s %u", static_cast<double>(now.microseconds) / 1e6,
                  what, number);
    told += text;
  }
  std::vector<std::pair<Instant, Decision>> script_;
  std::size_t at_ = 0;
};

}  // namespace gwageo::simulate::testing
