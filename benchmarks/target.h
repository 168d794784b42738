// A target: the rule by which a candidate is judged. Read from its YAML file (design.md section 7).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/composition.h"
#include "benchmarks/date.h"
#include "benchmarks/gate.h"
#include "benchmarks/scorecard.h"
#include "protocol/result.h"

namespace gwageo {

/// What a candidate is compared with: the best reference of the window; one that is named, whatever
/// its date; the best of the window on each axis, which no single model need reach; the mean of the
/// best few; a bar, which needs no references.
enum class Comparison { best, model, best_per_axis, mean_top, bar };
std::string_view to_string(Comparison comparison);

/// What a target says of one axis of its suite.
struct AxisPolicy {
  std::string axis;
  std::optional<Fraction> weight;  ///< Relative, in place of the suite's; 0: outside the total.
  std::optional<Fraction> share;   ///< Which the candidate has to reach there, beside the total.
  std::string place;               ///< Where the file names it, for complaints.
};

/// How p-values are corrected for there being several axes that decide.
enum class Correction { holm, none };

/// What totals are over where items have no score, within what `min_coverage` allows: each model's
/// over the items that it has scored itself, or all over those that every compared model has.
enum class Missing { own_items, paired_items };
std::string_view to_string(Missing missing);

/// Who may not see a verdict before it is published: nobody is kept from it, other teams are, or
/// all but operators are.
enum class Embargo { none, others, all };
std::string_view to_string(Embargo embargo);

/// Rounds after the first, at most.
inline constexpr std::int64_t settle_rounds_max = 20;

/// What is done about a verdict that is inconclusive: the suite is asked again (rounds.h), of the
/// candidate and of what it is compared with, until the verdict is settled or this is spent.
struct Settle {
  std::uint32_t rounds = 0;    ///< At most so many after the first.
  std::uint64_t requests = 0;  ///< Which all rounds on the version of the suite may ask in all.
  friend bool operator==(const Settle&, const Settle&) = default;
};

/// A value.
struct Target {
  std::string name;
  bool is_claimed = false;  ///< Judged on a leaderboard's claims, else on a suite's scores.
  std::string board;        ///< is_claimed only.
  std::optional<std::string> board_release;    ///< Pinned by BOARD@YYYY-MM-DD.
  std::string suite;                           ///< Suite name; empty when is_claimed.
  std::optional<std::uint32_t> suite_version;  ///< Pinned by SUITE@VERSION.
  std::int32_t window_months = 6;
  Fraction share{19, 20};  ///< Exact: 0.95 is 19/20. Of a bar 1 unless the file says otherwise.
  Comparison comparison = Comparison::best;
  std::optional<std::string> compared_with;  ///< Comparison::model only: its name.
  std::uint32_t top = 0;                     ///< Comparison::mean_top only: of how many.
  Fraction bar{1, 1};                        ///< Comparison::bar only: from above 0 to 1.
  double confidence = 0.95;                  ///< One-sided at each end.
  bool decide_by_confidence = true;          ///< else by the point ratio
  double min_coverage = 1.0;
  Missing missing = Missing::own_items;
  std::vector<AxisPolicy> axes;  ///< In the file's order. A floor of theirs is a gate.
  Correction correction = Correction::holm;
  std::vector<std::string> candidates;  ///< Empty: all.
  bool by_roster = false;  ///< `candidates: roster`: those that are on the roster; else as above.
  Embargo embargo = Embargo::none;
  /// Whether what a verdict lacks is asked for as soon as it is known to be missing.
  bool reruns = true;
  std::uint32_t quiet_seconds = 5;  ///< How long nothing may move before it is asked for.
  std::optional<Settle> settle;
  std::vector<Gate> gates;  ///< In the file's order; floors of axes last.

  std::vector<CompositionPart> composition;  ///< In the file's order; empty: no points.
  std::optional<std::uint32_t> stay;         ///< How many candidates stay; none: all admitted.

  /// Where the file names what has to be registered, "FILE:3:8: key 'suite'", for complaints.
  std::string suite_place;
  std::string board_place;
  std::vector<std::string> candidate_places;  ///< One for each of `candidates`.
  std::string compared_place;
};

/// Whether an axis has a share of its own.
bool decides_by_axes(const Target& target);

/// Reads and validates a target file; errors name `path`, line, column and key. What would change
/// nothing is refused: of claims a suite or an interval's confidence, of a bar a window.
Result<Target> load_target(const std::string& path, std::string_view text);

}  // namespace gwageo
