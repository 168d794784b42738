// Settling: which rounds of repeats (benchmarks/rounds.h) would carry a target's inconclusive
// verdicts on. Pure functions of the state.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "coordinator/contenders.h"
#include "coordinator/state.h"

namespace gwageo {

/// A model's examination on a version of a suite that some target rests on.
struct Needed {
  std::string model;
  std::uint32_t model_version = 1;
  std::string suite;
  std::uint32_t suite_version = 1;
  std::uint32_t round = 0;  ///< benchmarks/rounds.h
  friend auto operator<=>(const Needed&, const Needed&) = default;
};

struct RoundsNeeded {
  std::set<Needed> all;  ///< Those that may be wanted, whether or not they are on their way.
  /// What nobody examines yet or has given up: of each candidate in turn all that it lacks, or
  /// nothing where that would ask more than is left.
  std::vector<Needed> missing;
};

/// A candidate whose verdict is inconclusive needs the next round, and so does every reference that
/// it is compared with: one after another, until the verdict is another, the rounds that the target
/// allows are used up, or the next one would ask more than is left of its requests. While a verdict
/// does not rest on what there is now it is not known what it needs: nothing is missing for its
/// sake, and what is on its way stays needed. REQUIRES: the target settles, and its suite is there.
RoundsNeeded rounds_needed(const State& state, const JudgementInput& input);

}  // namespace gwageo
