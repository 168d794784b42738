// Gates: what a candidate must clear beside the ratio. A gate stands outside the sum: it is cleared
// or not, whatever the ratio is, and both facts show. A gate is a floor on an axis, or a decision
// that somebody entitled records. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "benchmarks/date.h"
#include "benchmarks/fraction.h"
#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "protocol/digest.h"

namespace gwageo {

/// What has to be decided, by which rules and by whom.
struct DecisionRule {
  std::string rule;  ///< The version of the rules by which is decided.
  /// Each is decided by itself; a gate that names none has one, the whole.
  std::vector<std::string> components;
  std::vector<std::string> by;  ///< Principals who may decide; empty: any operator.
};
inline constexpr std::string_view whole_component = "whole";

/// Either the candidate's own score on an axis has to reach a floor, inclusive, or people decide.
struct Gate {
  std::string name;
  std::string axis;
  Fraction floor;                          ///< Exact, as written: from above 0 to 1.
  std::string axis_place;                  ///< Where the file names the axis, for complaints.
  std::optional<DecisionRule> decision{};  ///< Then neither axis nor floor.
};

/// A decision on one component of a gate, as somebody recorded it for one candidate.
struct GateDecision {
  std::string gate;
  std::string component;  ///< `whole_component` where the gate names none.
  bool passed = false;
  std::string rule;                  ///< Of the rules that it was decided by.
  std::optional<Digest> evidence{};  ///< Of a file.
  std::string reason;                ///< In words.
  std::string by;                    ///< A principal.
  Date on;
};

/// The decision that counts on a component of the gate: the last one that does, or nullptr.
/// `decisions` are one candidate's, in the order of recording. REQUIRES: people decide the gate.
const GateDecision* decision_on(const Gate& gate, const std::string& component,
                                std::span<const GateDecision> decisions);

enum class GateState { pass, fail, pending };
std::string_view to_string(GateState state);

struct GateResult {
  std::string gate;
  GateState state = GateState::pending;
  std::string reason;  ///< In words: what the score is, and what it had to be.
};

/// One result for each gate, in their order.
///
/// A floor: exact where the axis' scores are ratios of counts, so 0.7996 is not 0.8; else within
/// 1e-12. `candidate` is null where there is no score to look at: then floors are pending, and so
/// is one whose axis has no scored item. REQUIRES: the scorecard, if any, is one of the suite.
///
/// A decision: `decisions` are the candidate's, in the order of recording; of several on one
/// component the last counts. The gate fails if a component failed, is pending while one is open,
/// and is passed when all are. What was decided under another version of the rules, on a component
/// that the gate does not name, or by somebody whom it does not name counts for nothing, which the
/// reason says.
std::vector<GateResult> try_gates(const std::vector<Gate>& gates, const Suite& suite,
                                  const Scorecard* candidate,
                                  std::span<const GateDecision> decisions = {});

}  // namespace gwageo
