// What moved a verdict: the difference between what two verdicts of one candidate rested on
// (verdict_inputs.h), in words. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protocol/json.h"

namespace gwageo {

/// One thing that moved. A value.
struct Move {
  /// first, unknown, rules, policy, suite, entered, left_window, retired, dropped, corrected,
  /// examined, scores, scores_gone, repeated, decided, points; of claims release, import, tasks,
  /// restated, best, lacking, cohort; of a replay gone. Tools read it; people read `text`.
  std::string kind;
  std::string model;   ///< Which; empty where it is none.
  std::string before;  ///< What it was: a version, a date, a scores root, a cell's exact value.
  std::string after;
  std::string job;  ///< Whose scores count now; empty: none new, or not known.
  std::string text;
  friend bool operator==(const Move&, const Move&) = default;
};

/// Scores as the inputs of a verdict name them. Models that answer alike have the same root, and so
/// have two versions or rounds of one that does. A value.
struct ScoresName {
  std::string model;
  std::string version;      ///< Of the model.
  std::uint64_t round = 0;  ///< 0: the first (benchmarks/rounds.h).
  std::string scores_root;
  friend auto operator<=>(const ScoresName&, const ScoresName&) = default;
};
/// The job that came to them, in decimal; of several the oldest that counts (verdict_history.h).
using JobsByScores = std::map<ScoresName, std::string>;

/// What the inputs do not say: whose scores those are, and what people gave as reasons. A value.
struct MoveSources {
  JobsByScores jobs;
  std::map<std::pair<std::string, std::string>, std::string> corrections;  ///< By model, version.
  std::map<std::string, std::string> retirements;                          ///< By model.
  std::map<ScoresName, std::string> disowned = {};  ///< Scores that count no more.
};

/// What moved between the inputs of a verdict and of the next one, in the order: rules, policy,
/// suite, candidate, references by name, decisions, points. `before`: null: there was none; without
/// members: it does not say. Empty where nothing did but the day. What is no inputs object at all
/// gives `unknown`.
std::vector<Move> moves_between(const Json& before, const Json& after, const MoveSources& sources);

/// Which references enter or leave between two days of one target, of two verdicts' inputs or of
/// objects with their `as_of`, `target` and `cohort`.
std::vector<Move> cohort_moves(const Json& before, const Json& after, const MoveSources& sources);

/// {"kind", "model", "before", "after", "job", "text"}; null for what is empty.
Json to_json(const Move& move);
Json to_json(const std::vector<Move>& moves);

}  // namespace gwageo
