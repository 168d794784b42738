// Who stays: the admitted candidates of a target in order. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "benchmarks/points.h"
#include "benchmarks/target.h"
#include "benchmarks/verdict.h"

namespace gwageo {

struct Ranked {
  std::string candidate;
  std::optional<std::size_t> rank;  ///< 1 is the best; nothing for who is not admitted, or is open.
  std::optional<bool> stays;        ///< Nothing while that hangs on candidates that are open.
  std::string words;                ///< Why, where there is something to say.
};

/// Ranks by points where the target has a composition, else by ratio; compared exactly where both
/// are exact, else equal within 1e-12. Equal candidates share a rank, and stay or go together:
/// where the last place is shared all of them stay, and `words` says so. Without `stay` all that
/// are admitted stay. Open is whose admission is open, or whose points are: nobody's place hangs on
/// one whose figure is there and no better. The best first, then who is open, then who is out, each
/// by name. REQUIRES: `points` has one entry for each verdict,
/// or is empty where there is no composition.
std::vector<Ranked> rank_candidates(const Target& target, std::span<const Verdict> verdicts,
                                    std::span<const Points> points);

}  // namespace gwageo
