#include "benchmarks/gate.h"

#include "benchmarks/score_text.h"
#include "benchmarks/total.h"

namespace gwageo {
namespace {

bool reaches(const Total& score, const Fraction& floor) {
  if (score.exact) return *score.exact >= Rational(floor);
  return score.value + score_rounding >= to_double(floor);
}

GateResult try_gate(const Gate& gate, const Suite& suite, const Scorecard* candidate) {
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

std::string_view to_string(GateState state) {
  switch (state) {
    case GateState::pass: return "pass";
    case GateState::fail: return "fail";
    case GateState::pending: return "pending";
  }
  return "unknown";
}

std::vector<GateResult> try_gates(const std::vector<Gate>& gates, const Suite& suite,
                                  const Scorecard* candidate) {
  std::vector<GateResult> results;
  for (const Gate& gate : gates) results.push_back(try_gate(gate, suite, candidate));
  return results;
}

}  // namespace gwageo
