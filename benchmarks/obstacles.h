// What keeps a candidate from being judged, or being judged against. Pure.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/suite.h"
#include "benchmarks/target.h"
#include "benchmarks/verdict.h"

namespace gwageo {

struct Obstacle {
  VerdictKind kind = VerdictKind::pending;  ///< Or ineligible.
  std::string reason;
};

/// None: the candidate can be judged. `cohort`: what the target compares with, by name.
std::vector<Obstacle> obstacles(const Target& target, const Suite& suite,
                                const JudgedModel& candidate,
                                const std::vector<const JudgedModel*>& cohort);

/// Those of one model by itself; `called` is what a reason calls it.
std::vector<Obstacle> own_obstacles(const Target& target, const Suite& suite,
                                    const JudgedModel& model, const std::string& called);

/// The share of its items that a scorecard has scores for.
double coverage(const Scorecard& card);
/// "98.5 %"
std::string percent(double value);

}  // namespace gwageo
