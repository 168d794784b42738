#include "coordinator/report.h"

#include "benchmarks/target_changes.h"
#include "coordinator/answers.h"
#include "coordinator/judgement.h"
#include "coordinator/words.h"

namespace gwageo::report {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json options(const std::map<std::string, std::string>& values) {
  Json json = Json::object();
  for (const auto& [key, value] : values) json[key] = value;
  return json;
}

// Items that a job which is over never settled.
std::uint64_t never_settled(const Job& job) {
  return job.open() ? 0 : job.accepted.items - job.done.size() - job.given_up_count();
}

// Done items that ask the same as an earlier one of the job, and have its answer.
std::uint64_t equal_to_others(const Job& job) {
  std::uint64_t count = 0;
  for (const Adoption& adoption : job.adoptions) {
    if (adoption.source != job.accepted.job) continue;
    const Range range{adoption.begin, adoption.end};
    count += job.done.intersection(range).size() - job.executed.intersection(range).size();
  }
  return count;
}

// What the newest version says otherwise than the one before; null of a first one.
Json changes_of(const std::vector<TargetAdded>& versions) {
  if (versions.size() < 2) return {};
  const TargetAdded& last = versions.back();
  const Result<Target> before = load_target(last.name, versions[versions.size() - 2].text);
  const Result<Target> after = load_target(last.name, last.text);
  if (!before || !after) return {};
  Json lines = Json::array();
  for (const std::string& line : changes(*before, *after)) lines.push_back(line);
  return lines;
}

}  // namespace

bool sees(const Viewer& viewer, const std::string& team) { return !viewer || *viewer == team; }

std::string_view to_string(Role role) {
  switch (role) {
    case Role::operator_: return "operator";
    case Role::team: return "team";
    case Role::auditor: return "auditor";
    case Role::worker: return "worker";
  }
  return "unknown";
}

// Items that the model did not answer and will not: of a failed job all the rest. Those of other
// jobs' work are known with the score, which also counts what a cancelled job never ran; that is no
// failure.
std::uint64_t without_answer(const Job& job) {
  std::uint64_t count = 0;
  if (!job.scored) count = job.given_up_count() + (job.failed ? never_settled(job) : 0);
  const auto& outcomes = job.scored ? job.scored->outcomes : job.recorded;
  for (std::size_t i = 0; i < outcome_count; ++i) {
    const Outcome outcome = static_cast<Outcome>(i);
    if (!is_scored(outcome) && outcome != Outcome::cancelled) count += outcomes[i];
  }
  return count;
}

Json job(const State& state, const Job& job) {
  const JobAccepted& accepted = job.accepted;
  Json items;
  items["total"] = accepted.items;
  const std::uint64_t failed = without_answer(job);
  const std::uint64_t cancelled = job.cancelled ? never_settled(job) : 0;
  items["done"] =
      (job.open() ? job.done.size() + job.given_up_count() : accepted.items - cancelled) - failed;
  items["executed"] = job.executed.size();
  const std::uint64_t equal = equal_to_others(job);
  items["known"] = job.done.size() - job.executed.size() - equal;
  items["equal"] = equal;
  items["failed"] = failed;
  items["unscored"] = job.scored ? job.scored->unscored : 0;
  items["cancelled"] = cancelled;
  items["leased"] = state.leased(job.accepted.job).size();
  items["waiting"] = job.waiting.size();
  items["pending"] = job.pending.size();
  items["disowned"] = job.disowned.size();
  Json json;
  json["job"] = number(accepted.job.value);
  json["model"] = accepted.model;
  json["suite"] = accepted.suite + "@" + number(accepted.suite_version);
  if (accepted.round > 0) json["round"] = accepted.round;
  if (accepted.audit > 0) json["audit"] = accepted.audit;
  json["team"] = accepted.team;
  json["priority"] = job.priority;
  json["tier"] = gwageo::to_string(accepted.tier);
  if (accepted.within > Duration{}) {
    json["within_seconds"] = accepted.within.microseconds / seconds(1).microseconds;
  }
  json["state"] = to_string(job.phase());
  json["paused"] = job.paused && job.open();
  if (job.paused && job.open()) {
    json["paused_by"] = by_whom(job.paused_by);
    if (!job.paused_because.empty()) json["paused_because"] = job.paused_because;
  }
  json["determinism_incidents"] = job.differed;
  const TeamSet* const spent = state.team_tree().spent(accepted.team);
  if (spent != nullptr && job.open()) json["quota_used_up"] = spent->name;
  if (!accepted.cause.empty()) json["cause"] = accepted.cause;
  if (!job.reason.empty()) json["reason"] = job.reason;
  if (!job.disowned_because.empty()) json["disowned_because"] = job.disowned_because;
  json["scored"] = job.scored.has_value();
  json["items"] = std::move(items);
  json["plan_root"] = to_hex(accepted.plan_root);
  return json;
}

Json quarantine(const Scheduler& scheduler) {
  Json list = Json::array();
  const auto& quarantined = scheduler.state().quarantine();
  if (quarantined.empty()) return list;
  const std::map<std::string, std::uint64_t> answers = answers_that_count(scheduler.state());
  for (const auto& [name, known] : quarantined) {
    Json entry;
    entry["worker"] = name;
    entry["reason"] = known.reason;
    entry["by"] = by_whom(known.principal);
    const WorkerId worker = scheduler.state().worker_named(name);
    entry["here"] = scheduler.sessions().contains(worker);
    const auto counting = answers.find(name);
    entry["answers"] = counting == answers.end() ? std::uint64_t{0} : counting->second;
    list.push_back(std::move(entry));
  }
  return list;
}

Json suites(const State& state) {
  Json list = Json::array();
  for (const auto& [name, versions] : state.suites()) {
    for (const SuiteAdded& suite : versions) {
      Json entry;
      entry["suite"] = name;
      entry["version"] = suite.version;
      entry["items"] = suite.items;
      entry["requests"] = suite.requests;
      entry["digest"] = to_hex(suite.digest);
      entry["plan_root"] = to_hex(suite.plan_root);
      entry["manifest"] = to_hex(suite.manifest);
      list.push_back(std::move(entry));
    }
  }
  return list;
}

namespace {

// What was corrected when is everybody's to see: it moves verdicts.
Json versions_of(const std::vector<ModelAdded>& versions) {
  Json list = Json::array();
  for (const ModelAdded& model : versions) {
    Json entry;
    entry["version"] = model.version;
    entry["released"] = model.released;
    entry["digest"] = to_hex(model.digest);
    entry["answers"] = model.salt + 1;
    entry["reason"] = text_or_null(model.reason);
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

Json models(const State& state, const Viewer& viewer) {
  Json list = Json::array();
  for (const auto& [name, versions] : state.models()) {
    const ModelAdded& model = versions.back();
    Json entry;
    entry["model"] = name;
    entry["version"] = model.version;
    entry["role"] = model.role == ModelRole::reference ? "reference" : "candidate";
    entry["team"] = model.team;
    entry["released"] = model.released;
    entry["training_cutoff"] = text_or_null(model.training_cutoff);
    entry["submitted"] = text_or_null(model.submitted);
    entry["engine"] = model.engine;
    const bool is_seen = sees(viewer, model.team);
    entry["path"] = is_seen ? Json(model.path) : Json(nullptr);
    entry["options"] = is_seen ? options(model.options) : Json(nullptr);
    entry["gpus"] = model.gpus;
    entry["nodes"] = model.nodes;
    entry["gpu_kind"] = model.gpu_kind;
    entry["gpu_memory_mib"] = model.gpu_memory_mib;
    entry["bytes"] =
        is_seen && model.bytes > 0 ? Json(static_cast<std::int64_t>(model.bytes)) : Json(nullptr);
    entry["digest"] = to_hex(model.digest);
    entry["evidence"] = evidence_of(model.engine);
    entry["retired"] = state.retired().contains(name);
    entry["versions"] = versions_of(versions);
    list.push_back(std::move(entry));
  }
  return list;
}

Json targets(const State& state) {
  Json list = Json::array();
  for (const auto& [name, versions] : state.targets()) {
    Json entry;
    entry["target"] = name;
    entry["version"] = versions.back().version;
    entry["text"] = versions.back().text;
    entry["changes"] = changes_of(versions);
    list.push_back(std::move(entry));
  }
  return list;
}

Json results(const JobHead& head, const Scored& scored, const Scorecard& scorecard) {
  const Json scores = to_json(scorecard);
  Json json;
  json["job"] = number(head.job.value);
  json["model"] = head.model;
  json["suite"] = head.suite;
  json["suite_version"] = head.suite_version;
  json["state"] = to_string(head.phase);
  for (const auto& [key, value] : scores.as_object()) json[key] = value;
  Json without_score = Json::object();
  Json outside_total = Json::object();  // As a mean with others would say nothing (total.cc).
  for (const TaskScore& task : scorecard.tasks) {
    const bool has_score = task.headline < task.metrics.size() && task.metrics[task.headline].n > 0;
    if (!has_score) without_score[task.axis].push_back(task.task);
    const bool is_outside =
        task.headline < task.metrics.size() && !task.metrics[task.headline].higher_is_better;
    if (is_outside) outside_total[task.axis].push_back(task.task);
  }
  json["tasks_without_score"] = std::move(without_score);
  json["tasks_outside_total"] = std::move(outside_total);
  // What an open job has not settled was evaluated as if it were cancelled now.
  Json& coverage = json["coverage"];
  coverage["pending"] = head.open() ? *coverage.find("cancelled") : Json(0);
  if (head.open()) coverage["cancelled"] = 0;
  Json outcomes = Json::object();
  for (std::size_t i = 0; i < outcome_count; ++i) {
    outcomes[gwageo::to_string(static_cast<Outcome>(i))] = scored.outcomes[i];
  }
  json["outcomes"] = std::move(outcomes);
  json["plan_root"] = to_hex(scored.plan_root);
  json["results_root"] = head.open() ? Json(nullptr) : Json(to_hex(scored.results_root));
  json["scores_root"] = head.open() ? Json(nullptr) : Json(to_hex(scored.scores_root));
  json["executed"] = scored.executed;
  json["reused"] = scored.reused;
  json["evidence"] = evidence_of(head.engine);
  json["disowned"] = head.disowned;
  if (head.disowned > 0) json["disowned_because"] = head.disowned_because;
  return json;
}

Json failures(const std::vector<Failure>& failures) {
  Json list = Json::array();
  for (const Failure& failure : failures) {
    Json entry;
    entry["task"] = failure.task;
    entry["outcome"] = failure.is_unscored ? "unscored" : gwageo::to_string(failure.outcome);
    entry["items"] = failure.items;
    entry["item"] = failure.item;
    entry["reason"] = failure.reason.empty() ? Json(nullptr) : Json(failure.reason);
    Json reasons = Json::array();
    for (const FailureReason& one : failure.reasons) {
      Json said;
      said["reason"] = one.reason;
      said[failure.counts_tries ? "tries" : "items"] = one.count;
      said["item"] = one.item;
      reasons.push_back(std::move(said));
    }
    entry["reasons"] = std::move(reasons);
    list.push_back(std::move(entry));
  }
  return list;
}

Json load_errors(const std::map<std::string, std::string>& by_worker) {
  Json list = Json::array();
  for (const auto& [worker, error] : by_worker) {
    Json entry;
    entry["worker"] = worker;
    entry["error"] = error;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace gwageo::report
