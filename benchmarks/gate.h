// Gates: what a candidate must clear beside the ratio. A gate stands outside the sum: it is cleared
// or not, whatever the ratio is, and both facts show. Pure.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/fraction.h"
#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"

namespace gwageo {

/// A floor that the candidate's own score on an axis has to reach, inclusive.
struct Gate {
  std::string name;
  std::string axis;
  Fraction floor;          ///< Exact, as written: from above 0 to 1.
  std::string axis_place;  ///< Where the file names the axis, for complaints.
};

enum class GateState { pass, fail, pending };
std::string_view to_string(GateState state);

struct GateResult {
  std::string gate;
  GateState state = GateState::pending;
  std::string reason;  ///< In words: what the score is, and what it had to be.
};

/// One result for each gate, in their order. Exact where the axis' scores are ratios of counts, so
/// 0.7996 is not 0.8; else within 1e-12. `candidate` is null where there is no score to look at:
/// then all are pending, and so is a gate whose axis has no scored item.
/// REQUIRES: the scorecard, if any, is one of the suite.
std::vector<GateResult> try_gates(const std::vector<Gate>& gates, const Suite& suite,
                                  const Scorecard* candidate);

}  // namespace gwageo
