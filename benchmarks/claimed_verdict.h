// A verdict on claims: a model of a leaderboard against the best of the board's models in the
// window. There are no items, so there is no interval: the point ratio decides, in exact
// arithmetic. Its evidence is `claimed`. Pure.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "benchmarks/leaderboard.h"
#include "benchmarks/target.h"
#include "benchmarks/verdict.h"

namespace gwageo {

/// Of these rules, as judge_version is of those for scorecards.
inline constexpr std::uint32_t claimed_judge_version = 1;

/// A model of a board as a target sees it.
struct ClaimedModel {
  std::string name;
  std::optional<Date>
      dated;                ///< Its release where the board knows it, else when it was first seen.
  bool is_release = false;  ///< Which of the two.
  const BoardRow* row = nullptr;    ///< Borrowed from the board; nullptr: it is not on the board.
  std::optional<BoardScore> score;  ///< Nothing: it lacks a value.
};

/// The models of `board`, by name. `first_seen`: by model, of those whose release is not known.
std::vector<ClaimedModel> claimed_models(const Leaderboard& board,
                                         const std::map<std::string, Date>& first_seen);

/// What the candidates are compared with. Borrows from the models that it is made of.
struct ClaimedCohort {
  std::vector<const ClaimedModel*> models;   ///< In the window on the day; by name.
  std::vector<const ClaimedModel*> lacking;  ///< Of these, those without an overall.
  const ClaimedModel* best = nullptr;        ///< The highest overall; of equals, the first by name.
};
ClaimedCohort claimed_cohort(const std::vector<ClaimedModel>& models, const Date& as_of,
                             std::int32_t window_months);

/// Judges one candidate, which may be in the cohort itself. An empty cohort, or a candidate that
/// lacks a value, gives `pending` with that reason. What a verdict says follows from the target,
/// the candidate's row, the best one's row and date, and who in the cohort lacks a value; from
/// nothing else. REQUIRES: target.is_claimed.
Verdict judge_claimed(const Target& target, const Leaderboard& board, const ClaimedModel& candidate,
                      const ClaimedCohort& cohort);

}  // namespace gwageo
