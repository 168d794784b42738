#include "coordinator/verdict_inputs.h"

#include <algorithm>

#include "coordinator/decisions.h"

namespace gwageo {
namespace {

// With at most so many of its rounds after the first.
Json model_json(const Contender& contender, std::uint32_t rounds = 0) {
  Json json;
  json["model"] = contender.name;
  json["version"] = contender.version;
  json["released"] = to_string(contender.released);
  json["evidence"] = contender.evidence;
  json["scores_root"] = contender.job ? Json(to_hex(contender.scores_root)) : Json(nullptr);
  rounds = std::min(rounds, rounds_examined(contender));
  for (std::uint32_t i = 0; i < rounds; ++i) {
    json["rounds"].push_back(to_hex(contender.rounds[i].scores_root));
  }
  return json;
}

Json row_json(const Leaderboard& board, const ClaimedModel& model) {
  Json json;
  json["model"] = model.name;
  Json values = Json::object();
  for (std::size_t t = 0; model.row != nullptr && t < board.tasks.size(); ++t) {
    const std::optional<Fraction>& value = model.row->values[t];
    values[board.tasks[t].name] = value ? Json(to_string(*value)) : Json(nullptr);
  }
  json["values"] = std::move(values);
  return json;
}

Json begun(const JudgementInput& input) {
  const bool is_claimed = input.policy.is_claimed;
  Json target;
  target["target"] = input.target.name;
  target["version"] = input.target.version == 0 ? Json(nullptr) : Json(input.target.version);
  target["policy"] = to_hex(sha256(input.target.text));
  target["share"] = to_string(input.policy.share);
  target["window_months"] =
      has_window(input.policy) ? Json(input.policy.window_months) : Json(nullptr);
  Json json;
  json["basis"] = is_claimed ? "claimed" : "measured";
  json["judge"] = is_claimed ? claimed_judge_version : judge_version;
  json["as_of"] = input.as_of;
  json["target"] = std::move(target);
  return json;
}

}  // namespace

Json shared_inputs(const JudgementInput& input) {
  Json json = begun(input);
  json["suite"] = nullptr;
  if (input.suite) {
    Json suite;
    suite["suite"] = input.suite->name;
    suite["version"] = input.suite->version;
    suite["digest"] = to_hex(input.suite->digest);
    json["suite"] = std::move(suite);
  }
  Json cohort = Json::array();
  for (const Contender& reference : input.cohort) cohort.push_back(model_json(reference));
  json["cohort"] = std::move(cohort);
  return json;
}

Json shared_inputs(const JudgementInput& input, const Leaderboard& board,
                   const ClaimedCohort& cohort) {
  Json json = begun(input);
  json["import"] = nullptr;
  std::string release;
  if (input.claims) {
    const ClaimsImported& imported = input.claims->imported;
    Json import;
    import["version"] = imported.version;
    import["seen"] = imported.seen;
    import["file"] = to_hex(imported.file);
    json["import"] = std::move(import);
    release = imported.release;
  }
  json["board"] = Json::object();
  json["board"]["board"] = input.policy.board;
  json["board"]["release"] = release.empty() ? Json(nullptr) : Json(release);
  Json tasks = Json::array();
  for (const BoardTask& task : board.tasks) {
    tasks.push_back(Json::Array{Json(task.name), Json(task.category)});
  }
  json["tasks"] = std::move(tasks);
  json["has_cohort"] = !cohort.models.empty();
  Json lacking = Json::array();
  for (const ClaimedModel* model : cohort.lacking) lacking.push_back(model->name);
  json["lacking"] = std::move(lacking);
  json["best"] = nullptr;
  if (cohort.best != nullptr) {
    Json best = row_json(board, *cohort.best);
    best["dated"] = to_string(*cohort.best->dated);
    best["dated_by"] = cohort.best->is_release ? "release" : "first_seen";
    json["best"] = std::move(best);
  }
  return json;
}

Json cohort_of(const JudgementInput& input) {
  Json json = begun(input);
  Json cohort = Json::array();
  for (const Contender& reference : input.cohort) cohort.push_back(model_json(reference));
  json["cohort"] = std::move(cohort);
  return json;
}

Json verdict_inputs(Json shared, const JudgementInput& input, const Contender& candidate) {
  // A reference may have been asked more often for another candidate's sake: that is not looked at.
  if (const std::uint32_t rounds = rounds_examined(candidate); rounds > 0) {
    Json cohort = Json::array();
    for (const Contender& one : input.cohort) cohort.push_back(model_json(one, rounds));
    shared["cohort"] = std::move(cohort);
    shared["candidate"] = model_json(candidate, rounds);
  } else {
    shared["candidate"] = model_json(candidate);
  }
  for (const GateDecided& decision : input.decisions) {
    if (decision.candidate == candidate.name) shared["decisions"].push_back(to_json(decision));
  }
  for (const PointsRecorded& points : input.points) {
    if (points.candidate == candidate.name) shared["points"].push_back(to_json(points));
  }
  return shared;
}

Json verdict_inputs(Json shared, const Leaderboard& board, const ClaimedModel& candidate) {
  shared["candidate"] = row_json(board, candidate);
  return shared;
}

Digest inputs_digest(const Json& inputs) {
  Json::Object counted;
  for (const Json::Member& member : inputs.as_object()) {
    if (member.first != "as_of" && member.first != "import") counted.push_back(member);
  }
  return sha256(Json(std::move(counted)).dump());
}

}  // namespace gwageo
