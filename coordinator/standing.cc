#include "coordinator/standing.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo {
namespace {

/// Ranked by what they scored alone.
std::vector<Ranked> places_of(const Target& policy, std::vector<Verdict> verdicts,
                              const std::vector<Points>& points) {
  for (Verdict& verdict : verdicts) {
    verdict.kind = VerdictKind::pass;
    verdict.gates.clear();
  }
  return rank_candidates(policy, verdicts, points);
}

const Ranked& of(const std::vector<Ranked>& all, const std::string& candidate) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Ranked& each) { return each.candidate == candidate; });
  GWAGEO_CHECK(found != all.end());
  return *found;
}

}  // namespace

RecordedPoints recorded_points(const JudgementInput& input, const std::string& candidate) {
  RecordedPoints recorded;
  for (const PointsRecorded& fact : input.points) {
    if (fact.candidate != candidate) continue;
    // What an earlier version of the policy took may be too much for this one.
    const Result<Fraction> points = read_points(input.policy, fact.part, fact.points);
    if (points) recorded[fact.part] = *points;
  }
  return recorded;
}

Standing standing_of(const JudgementInput& input, const std::vector<Verdict>& verdicts) {
  Standing standing;
  if (!input.policy.composition.empty()) {
    for (const Verdict& verdict : verdicts) {
      standing.points.push_back(
          points_of(input.policy, verdict, recorded_points(input, verdict.candidate)));
    }
  }
  standing.ranking = rank_candidates(input.policy, verdicts, standing.points);
  standing.places = places_of(input.policy, verdicts, standing.points);
  return standing;
}

void add_standing(const Standing& standing, std::size_t index, const std::string& candidate,
                  Json& row) {
  const std::optional<std::size_t> place = of(standing.places, candidate).rank;
  const Ranked& ranked = of(standing.ranking, candidate);
  row["composition"] = standing.points.empty() ? Json(nullptr) : to_json(standing.points.at(index));
  row["place"] = place ? Json(*place) : Json(nullptr);
  row["rank"] = ranked.rank ? Json(*ranked.rank) : Json(nullptr);
  row["stays"] = ranked.stays ? Json(*ranked.stays) : Json(nullptr);
  row["rank_reason"] = ranked.words.empty() ? Json(nullptr) : Json(ranked.words);
}

}  // namespace gwageo
