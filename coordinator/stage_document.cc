#include "coordinator/stage_document.h"

#include <algorithm>

#include "coordinator/standing.h"

namespace gwageo {
namespace {

bool has_gate(const Verdict& verdict, GateState state) {
  return std::any_of(verdict.gates.begin(), verdict.gates.end(),
                     [state](const auto& gate) { return gate.state == state; });
}

/// Who did not fail, neither by score nor at a gate. An inconclusive verdict is an answer, and
/// leaves open whether its candidate would be admitted.
bool may_still_stay(const Verdict& verdict) {
  const bool is_open =
      verdict.kind == VerdictKind::pass || verdict.kind == VerdictKind::inconclusive;
  return is_open && !has_gate(verdict, GateState::fail);
}

bool is_pending(const Verdict& verdict) {
  return verdict.kind == VerdictKind::pending ||
         (may_still_stay(verdict) && has_gate(verdict, GateState::pending));
}

/// Who may be in, and has no place yet.
bool lacks_points(const Standing& standing, std::size_t place, const Verdict& verdict) {
  const bool has_points = standing.points.empty() || standing.points[place].total;
  return may_still_stay(verdict) && !has_points;
}

Json closing_json(const std::optional<StageClosed>& closing) {
  if (!closing) return Json(nullptr);
  Json json;
  json["date"] = closing->date;
  json["by"] = closing->principal;
  json["reason"] = closing->reason.empty() ? Json(nullptr) : Json(closing->reason);
  return json;
}

std::uint64_t generation_of(const State& state, const std::string& target) {
  std::uint64_t generation = 0;
  for (const auto& [name, verdict] : state.verdicts()) {
    if (name.first == target) generation = std::max(generation, verdict.generation);
  }
  return generation;
}

}  // namespace

Json stage_document(const State& state, const Stage& stage, const Judgement& judgement) {
  const StageOpened& opened = stage.opened;
  Json json;
  json["stage"] = opened.stage;
  json["state"] = stage.closed ? "closed" : "open";
  json["policy"] = to_hex(sha256(judgement.input.target.text));
  json["opened"]["date"] = opened.date;
  json["opened"]["by"] = opened.principal;
  json["closed"] = closing_json(stage.closed);
  Json pending = Json::array();
  for (const std::string& candidate : pending_candidates(judgement)) pending.push_back(candidate);
  json["pending"] = std::move(pending);
  const Json judged = to_json(judgement, generation_of(state, opened.target));
  for (const auto& [key, value] : judged.as_object()) json[key] = value;
  return json;
}

std::vector<std::string> pending_candidates(const Judgement& judgement) {
  std::vector<std::string> names;
  const Standing standing = standing_of(judgement.input, judgement.verdicts);
  for (std::size_t i = 0; i < judgement.verdicts.size(); ++i) {
    const Verdict& verdict = judgement.verdicts[i];
    const bool is_open = is_pending(verdict) || lacks_points(standing, i, verdict);
    if (is_open) names.push_back(verdict.candidate);
  }
  return names;
}

Status check_settled(const StageClosed& closing, const Judgement& judgement) {
  const std::vector<std::string> pending = pending_candidates(judgement);
  if (pending.empty() || !closing.reason.empty()) return {};
  std::string names;
  for (const std::string& name : pending) names += (names.empty() ? "" : ", ") + name;
  return fail(ErrorKind::bad_input,
              "stage " + closing.stage + " has no answer yet on " + names + " (gwageo stage show " +
                  closing.stage +
                  "): wait for it, or say why it is closed all the same (--reason TEXT)");
}

}  // namespace gwageo
