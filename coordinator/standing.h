// How the candidates of a target stand: the points of each, its place, and whether it stays. Places
// say nothing of a verdict, and a verdict nothing of them: both show. Pure.
#pragma once

#include <vector>

#include "benchmarks/points.h"
#include "benchmarks/ranking.h"
#include "coordinator/contenders.h"

namespace gwageo {

struct Standing {
  std::vector<Points> points;   ///< One a verdict, same order; none without a composition.
  std::vector<Ranked> ranking;  ///< As benchmarks/ranking.h has them.
  /// The same if everybody were admitted: who scores high and is out all the same has a place here.
  std::vector<Ranked> places;
};

/// REQUIRES: the verdicts are those of the input's candidates.
Standing standing_of(const JudgementInput& input, const std::vector<Verdict>& verdicts);

/// The points that were recorded for one candidate: of each part the last that the policy takes.
RecordedPoints recorded_points(const JudgementInput& input, const std::string& candidate);

/// Adds "composition", "place" (among all), "rank" (among those who are admitted), "stays" and
/// "rank_reason" to the row of the verdict at `index`; null is what there is none of, or is open.
void add_standing(const Standing& standing, std::size_t index, const std::string& candidate,
                  Json& row);

}  // namespace gwageo
