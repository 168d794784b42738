#include "benchmarks/gate.h"

#include <algorithm>
#include <map>

#include "benchmarks/score_text.h"
#include "benchmarks/total.h"

namespace gwageo {
namespace {

bool reaches(const Total& score, const Fraction& floor) {
  if (score.exact) return *score.exact >= Rational(floor);
  return score.value + score_rounding >= to_double(floor);
}

bool holds_name(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Why a decision counts for nothing; empty where it counts.
std::string fault_of(const DecisionRule& rule, const GateDecision& decision) {
  if (decision.rule != rule.rule) return "is under rule '" + decision.rule + "'";
  if (!holds_name(rule.components, decision.component)) return "is on no component of the gate";
  if (!rule.by.empty() && !holds_name(rule.by, decision.by)) {
    return "is by '" + decision.by + "', who is not entitled";
  }
  return {};
}

std::string words_of_decision(const GateDecision& decision) {
  std::string words = std::string(decision.passed ? "passed" : "failed") + " on " +
                      to_string(decision.on) + " by '" + decision.by + "'";
  if (decision.evidence) words += " (evidence " + to_hex(*decision.evidence) + ")";
  return words + (decision.reason.empty() ? "" : ": " + decision.reason);
}

GateResult try_decision(const Gate& gate, std::span<const GateDecision> decisions) {
  const DecisionRule& rule = *gate.decision;
  GateResult result{gate.name, GateState::pass, {}};
  result.reason = "gate '" + gate.name + "' under rule '" + rule.rule + "': ";
  std::map<std::string, const GateDecision*> latest;
  std::string without_effect;
  for (const GateDecision& decision : decisions) {
    if (decision.gate != gate.name) continue;
    const std::string fault = fault_of(rule, decision);
    if (fault.empty()) {
      latest[decision.component] = &decision;
    } else {
      without_effect +=
          "; a decision on '" + decision.component + "' " + fault + ", so it does not count";
    }
  }
  for (std::size_t i = 0; i < rule.components.size(); ++i) {
    const auto found = latest.find(rule.components[i]);
    const bool is_open = found == latest.end();
    result.reason += (i == 0 ? "'" : "; '") + rule.components[i] + "' " +
                     (is_open ? "is not decided yet" : words_of_decision(*found->second));
    if (!is_open && !found->second->passed) {
      result.state = GateState::fail;
    } else if (is_open && result.state == GateState::pass) {
      result.state = GateState::pending;
    }
  }
  result.reason += without_effect;
  return result;
}

GateResult try_floor(const Gate& gate, const Suite& suite, const Scorecard* candidate) {
  GateResult result{gate.name, GateState::pending, {}};
  const std::string on_axis = "gate '" + gate.name + "': ";
  if (candidate == nullptr) {
    result.reason = on_axis + "the candidate is not examined yet";
    return result;
  }
  const std::optional<Total> score = axis_score(suite, candidate->tasks, gate.axis);
  if (!score) {
    result.reason = on_axis + "no scored item on axis '" + gate.axis + "'";
    return result;
  }
  const bool is_cleared = reaches(*score, gate.floor);
  result.state = is_cleared ? GateState::pass : GateState::fail;
  result.reason = on_axis + "axis '" + gate.axis + "' scores " + score_text(score->value) +
                  (is_cleared ? ", which reaches" : ", below") + " the floor " +
                  to_string(gate.floor) + " = " + score_text(to_double(gate.floor));
  return result;
}

}  // namespace

const GateDecision* decision_on(const Gate& gate, const std::string& component,
                                std::span<const GateDecision> decisions) {
  const GateDecision* latest = nullptr;
  for (const GateDecision& decision : decisions) {
    const bool is_it = decision.gate == gate.name && decision.component == component;
    if (is_it && fault_of(*gate.decision, decision).empty()) latest = &decision;
  }
  return latest;
}

std::string_view to_string(GateState state) {
  switch (state) {
    case GateState::pass: return "pass";
    case GateState::fail: return "fail";
    case GateState::pending: return "pending";
  }
  return "unknown";
}

std::vector<GateResult> try_gates(const std::vector<Gate>& gates, const Suite& suite,
                                  const Scorecard* candidate,
                                  std::span<const GateDecision> decisions) {
  std::vector<GateResult> results;
  for (const Gate& gate : gates) {
    results.push_back(gate.decision ? try_decision(gate, decisions)
                                    : try_floor(gate, suite, candidate));
  }
  return results;
}

}  // namespace gwageo
