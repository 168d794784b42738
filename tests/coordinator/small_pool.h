// A scheduler with a suite of recorded questions, two teams with a model or two, and whoever says
// hello: what people ask and what workers do, in one call each.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/commands.h"
#include "protocol/limits.h"

namespace gwageo::testing {

/// What somebody was answered.
struct Said {
  ReplyCode code = ReplyCode::failed;
  JobId job;
  bool known = false;
  std::string text;     ///< What went wrong.
  Json body;            ///< Of a verb that only looks.
  std::string warning;  ///< Of one that was done.
};

class SmallPool : public ::testing::Test {
 protected:
  static constexpr std::uint64_t suite_items = 100;

  SmallPool() {
    const Digest d = sha256("d");
    fact(Founded{"o.example/a", "UTC"});
    fact(SuiteAdded{"s", 1, d, d, suite_items, suite_items, d, 0});
    for (const std::string name : {"red-1", "red-2", "blue-1"}) {
      ModelAdded model;
      model.name = name;
      model.team = name.substr(0, name.find('-'));
      model.engine = "recorded";
      model.class_key = sha256(model.name);
      model.library = sha256(model.name);
      fact(model);
    }
    ModelAdded shared;
    shared.name = "shared";
    shared.team = "default";
    shared.role = ModelRole::reference;
    shared.engine = "recorded";
    shared.class_key = shared.library = sha256("shared");
    fact(shared);
    restart();
  }

  /// Another life of the coordinator, with what is durable of this one.
  void restart() {
    if (scheduler_) state_ = scheduler_->state();
    scheduler_.emplace(state_, now_, ++life_);
  }
  const Scheduler& scheduler() const { return *scheduler_; }
  const State& state() const { return scheduler_->state(); }
  const Job& job(std::uint64_t id) const { return *state().job({id}); }

  /// Handles an event, and looks at everything that can be looked at.
  Actions step(const Event& event) {
    Actions actions = scheduler_->step(now_, event);
    scheduler_->check();
    return actions;
  }
  /// The results are on record, in the record of this leaf hash.
  void seal_record(const ResultsRecorded& results, const Digest& leaf) {
    scheduler_->sealed(results, leaf);
  }
  /// Workers sign what is on record of them before anybody minds.
  void pass(Duration time) {
    now_ = now_ + time;
    for (const auto& [worker, life] : std::map(state().workers())) {
      if (now_ < limits_of(life)) continue;
      RangeSet all;
      for (const auto& [number, chunk] : life.unsigned_chunks) all.add({number, number + 1});
      step(BatchReceived{{worker, life.batches, all.ranges(), {}, {}}});
    }
  }
  static Instant limits_of(const WorkerLife& life) {
    const auto& chunks = life.unsigned_chunks;
    return chunks.empty() ? Instant{INT64_MAX}
                          : chunks.begin()->second.at + limits::unsigned_borne - seconds(10);
  }

  /// A worker, in its first or in a new life.
  WorkerId hello(const std::string& name, std::uint32_t slots = 1, std::uint32_t credit = 10,
                 const std::string& engine = "recorded", const Gpus& gpus = {}) {
    const WorkerId worker{++last_worker_};
    step(HelloReceived{
        {limits::protocol_version, worker, name, "t", {engine}, slots, credit, {}, gpus}, "pool"});
    return worker;
  }
  /// A worker of the engine "recorded" in the same life, with these leases.
  void hello_again(WorkerId worker, const std::string& name, std::uint32_t slots, const Gpus& gpus,
                   const std::vector<LeaseId>& held) {
    step(HelloReceived{
        {limits::protocol_version, worker, name, "t", {"recorded"}, slots, 10, held, gpus},
        "pool"});
  }
  void heartbeat(WorkerId worker) {
    const std::set<LeaseId>& held = state().leases_of(worker);
    step(HeartbeatReceived{{worker, {held.begin(), held.end()}, {}}});
  }
  std::vector<LeaseId> leases(WorkerId worker) const {
    const std::set<LeaseId>& held = state().leases_of(worker);
    return {held.begin(), held.end()};
  }
  /// The worker hands in the first `count` items of a lease, all with this outcome.
  void hand_in(LeaseId id, std::uint64_t count, Outcome outcome = Outcome::answered) {
    const Lease lease = *state().lease(id);
    ResultsReceived results{lease.granted.worker, id, 0, {}};
    RangeSet rest = lease.rest;
    for (const Range& range : rest.take_front(count).ranges()) {
      for (std::uint64_t i = range.begin; i < range.end; ++i) {
        results.items.push_back({i, outcome, sha256("leaf")});
      }
    }
    step(results);
  }
  void hand_in_all(LeaseId id) { hand_in(id, state().lease(id)->rest.size()); }

  PrincipalRegistered op() const { return {"op", Role::operator_, "", {}, {}}; }
  PrincipalRegistered auditor() const { return {"eye", Role::auditor, "", {}, {}}; }
  PrincipalRegistered of_team(const std::string& team) const {
    return {team + "-key", Role::team, team, {}, {}};
  }

  /// A verb with its body, as one of them says it. Long work is begun, and nobody waits for it.
  Said say(const PrincipalRegistered& who, const std::string& verb, const std::string& body) {
    const CommandContext context{*scheduler_, *store_, plans_, 0, {}, "t", false, sign_, log_};
    CommandOutcome outcome =
        handle(context, Command{1, limits::protocol_version, verb, body, {}}, who, 7);
    Said said;
    if (const auto* const answered = std::get_if<Answered>(&outcome)) {
      said.code = answered->code;
      said.body = answered->body;
      if (const Json* const error = said.body.find("error")) said.text = error->as_string();
      return said;
    }
    if (std::holds_alternative<Errand>(outcome)) return {ReplyCode::done, {}, false, {}, {}, {}};
    const Actions actions = step(std::get<Event>(outcome));
    EXPECT_EQ(actions.answers.size(), 1u);
    const Answer& answer = actions.answers.at(0);
    return {answer.code, answer.job, answer.known, answer.text, {}, answer.warning};
  }
  Said submit(const PrincipalRegistered& who, const std::string& model,
              const std::string& more = "") {
    return say(who, "submit",
               R"({"request": "r)" + std::to_string(++requests_) +
                   R"(", "suite": "s", "model": ")" + model + "\"" + more + "}");
  }
  Said team(const std::string& verb, const std::string& members) {
    return say(op(), "team." + verb, "{" + members + "}");
  }

 private:
  void fact(const Fact& fact) { state_.apply(now_, fact); }

  State state_;
  Instant now_{1000};
  std::uint64_t life_ = 0;
  std::uint64_t last_worker_ = 0;
  std::uint64_t requests_ = 0;
  std::optional<Scheduler> scheduler_;
  std::unique_ptr<Store> store_ = new_memory_store();
  PlanReader plans_{*store_};
  SignCheckpoint sign_;
  LogAccess log_;
};

}  // namespace gwageo::testing
