#include "tests/coordinator/small_pool.h"

#include <map>
#include <optional>
#include <set>
#include <variant>

#include "coordinator/commands.h"
#include "protocol/limits.h"

namespace gwageo::testing {
namespace {

/// When somebody begins to mind what the worker has not signed.
Instant limit_of(const WorkerLife& life) {
  const auto& chunks = life.unsigned_chunks;
  return chunks.empty() ? Instant{INT64_MAX}
                        : chunks.begin()->second.at + limits::unsigned_borne - seconds(10);
}

}  // namespace

struct SmallPool::Inside {
  State state;  ///< That the scheduler began with.
  std::optional<Scheduler> scheduler;
  std::unique_ptr<Store> store = new_memory_store();
  PlanReader plans{*store};
  SignCheckpoint sign;
  LogAccess log;
};

SmallPool::SmallPool() : inside_(std::make_unique<Inside>()) {
  const Digest d = sha256("d");
  fact(Founded{"o.example/a", "UTC"});
  fact(SuiteAdded{"s", 1, d, d, suite_items, suite_items, d, 0});
  for (const std::string name : {"red-1", "red-2", "red-3", "red-4", "red-5", "red-6", "blue-1"}) {
    ModelAdded model;
    model.name = name;
    model.team = name.substr(0, name.find('-'));
    model.engine = "recorded";
    model.class_key = sha256(model.name);
    model.library = sha256(model.name);
    fact(model);
  }
  ModelAdded web;
  web.name = "red-web";
  web.team = "red";
  web.engine = "openai";
  web.class_key = web.library = sha256("red-web");
  fact(web);
  ModelAdded far;  // Wider than any worker.
  far.name = "blue-far";
  far.team = "blue";
  far.gpus = 64;
  far.engine = "recorded";
  far.class_key = far.library = sha256("blue-far");
  fact(far);
  ModelAdded shared;
  shared.name = "shared";
  shared.team = "default";
  shared.role = ModelRole::reference;
  shared.engine = "recorded";
  shared.class_key = shared.library = sha256("shared");
  fact(shared);
  restart();
}

SmallPool::~SmallPool() = default;

void SmallPool::restart() {
  if (inside_->scheduler) inside_->state = inside_->scheduler->state();
  inside_->scheduler.emplace(inside_->state, now_, ++life_);
}

const Scheduler& SmallPool::scheduler() const { return *inside_->scheduler; }
const State& SmallPool::state() const { return inside_->scheduler->state(); }
const Job& SmallPool::job(std::uint64_t id) const { return *state().job({id}); }

Actions SmallPool::step(const Event& event) {
  Actions actions = inside_->scheduler->step(now_, event);
  inside_->scheduler->check();
  return actions;
}

void SmallPool::seal_record(const ResultsRecorded& results, const Digest& leaf) {
  inside_->scheduler->sealed(results, leaf);
}

void SmallPool::pass(Duration time) {
  now_ = now_ + time;
  for (const auto& [worker, life] : std::map(state().workers())) {
    if (now_ < limit_of(life)) continue;
    RangeSet all;
    for (const auto& [number, chunk] : life.unsigned_chunks) all.add({number, number + 1});
    step(BatchReceived{{worker, life.batches, all.ranges(), {}, {}}});
  }
}

WorkerId SmallPool::hello(const std::string& name, std::uint32_t slots, std::uint32_t credit,
                          const std::string& engine, const Gpus& gpus) {
  const WorkerId worker{++last_worker_};
  step(HelloReceived{
      {limits::protocol_version, worker, name, "t", {engine}, slots, credit, {}, gpus}, "pool"});
  return worker;
}

void SmallPool::hello_again(WorkerId worker, const std::string& name, std::uint32_t slots,
                            const Gpus& gpus, const std::vector<LeaseId>& held) {
  step(HelloReceived{
      {limits::protocol_version, worker, name, "t", {"recorded"}, slots, 10, held, gpus}, "pool"});
}

void SmallPool::heartbeat(WorkerId worker) {
  step(HeartbeatReceived{{worker, leases(worker), {}}});
}

void SmallPool::report_loaded(WorkerId worker) {
  std::vector<SlotReport> slots(scheduler().sessions().at(worker).slots.size());
  for (const LeaseId lease : leases(worker)) {
    const LeaseGranted& granted = state().lease(lease)->granted;
    slots.at(granted.slot).class_key = state().job(granted.job)->accepted.class_key;
  }
  step(HeartbeatReceived{{worker, leases(worker), std::move(slots)}});
}

std::vector<LeaseId> SmallPool::leases(WorkerId worker) const {
  const std::set<LeaseId>& held = state().leases_of(worker);
  return {held.begin(), held.end()};
}

void SmallPool::hand_in(LeaseId id, std::uint64_t count, Outcome outcome) {
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

void SmallPool::hand_in_all(LeaseId id) { hand_in(id, state().lease(id)->rest.size()); }

PrincipalRegistered SmallPool::op() const { return {"op", Role::operator_, "", {}, {}}; }
PrincipalRegistered SmallPool::auditor() const { return {"eye", Role::auditor, "", {}, {}}; }
PrincipalRegistered SmallPool::of_team(const std::string& team) const {
  return {team + "-key", Role::team, team, {}, {}};
}

Said SmallPool::say(const PrincipalRegistered& who, const std::string& verb,
                    const std::string& body) {
  const std::map<JobId, std::string> nothing_is_damaged;
  const CommandContext context{
      *inside_->scheduler, *inside_->store, inside_->plans,    0, {}, "t", false,
      inside_->sign,       inside_->log,    nothing_is_damaged};
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

Said SmallPool::submit(const PrincipalRegistered& who, const std::string& model,
                       const std::string& more) {
  return say(who, "submit",
             R"({"request": "r)" + std::to_string(++requests_) + R"(", "suite": "s", "model": ")" +
                 model + "\"" + more + "}");
}

Said SmallPool::team(const std::string& verb, const std::string& members) {
  return say(op(), "team." + verb, "{" + members + "}");
}

void SmallPool::fact(const Fact& fact) { inside_->state.apply(now_, fact); }

}  // namespace gwageo::testing
