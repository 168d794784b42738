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

/// The last day on which the roster says that the candidate leaves, or that it was retired.
std::string left_on(const State& state, const std::string& target, const std::string& candidate,
                    std::string& how) {
  std::string day;
  for (const RosterChanged& change : state.programme().roster(target)) {
    if (change.candidate != candidate || change.entered || change.date < day) continue;
    day = change.date;
    how = "left the roster";
  }
  const auto retired = state.retired().find(candidate);
  if (retired == state.retired().end() || retired->second.date < day) return day;
  how = "was retired";
  return retired->second.date;
}

/// Who had a verdict of the target, went while the stage was open, and is judged no more.
Json left_of(const State& state, const Stage& stage, const Judgement& judgement) {
  Json left = Json::array();
  for (const auto& [name, reached] : state.verdicts()) {
    const auto& [target, candidate] = name;
    const bool is_judged =
        std::any_of(judgement.verdicts.begin(), judgement.verdicts.end(),
                    [&](const Verdict& verdict) { return verdict.candidate == candidate; });
    if (target != stage.opened.target || is_judged) continue;
    std::string how;
    const std::string day = left_on(state, target, candidate, how);
    if (day < stage.opened.date || judgement.input.as_of < day) continue;
    left.push_back(Json::Object{{"candidate", candidate}, {"on", day}, {"how", how}});
  }
  return left;
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
  json["left"] = left_of(state, stage, judgement);
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
