// A verdict: a candidate against the cohort of a target on a date. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/axis_decision.h"
#include "benchmarks/date.h"
#include "benchmarks/discrimination.h"
#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "benchmarks/target.h"
#include "benchmarks/verdict_kind.h"
#include "protocol/json.h"

namespace gwageo {

/// Of the rules by which a verdict is reached. It is among what a verdict rests on, so to raise it
/// (whenever equal scorecards may be judged otherwise) has every verdict reached anew.
inline constexpr std::uint32_t judge_version = 1;

/// A model as the target sees it; `scorecard` is its newest complete one on the target's suite.
struct JudgedModel {
  std::string name;
  Date released;
  std::string evidence;                  ///< executed, endpoint, recorded or claimed.
  const Scorecard* scorecard = nullptr;  ///< nullptr: not examined yet. Borrowed.
  std::uint32_t rounds = 1;              ///< That it is the mean of (rounds.h).
};

struct AxisComparison {
  std::string axis;
  double candidate = 0;
  double reference = 0;         ///< What it is compared with scores on the axis (yardstick.h).
  std::optional<double> ratio;  ///< Absent where the reference is 0.
  std::optional<Fraction> ratio_exact;     ///< Where both are counts and it fits.
  std::optional<AxisDecision> decision{};  ///< Of an axis that decides.
};

/// A reference that what is compared with is made of.
struct DecidingReference {
  std::string axis;  ///< Comparison::best_per_axis only: where it is the best.
  std::string model;
};

struct Verdict {
  std::string candidate;
  VerdictKind kind = VerdictKind::pending;
  std::optional<double> ratio;          ///< Candidate total over what the target compares with.
  std::optional<Fraction> ratio_exact;  ///< Where all scores are counts and it fits.
  std::optional<bool> meets;            ///< ratio >= share, inclusive, exact where it can be.
  std::optional<double> low;            ///< Interval of the ratio, `confidence` at each end.
  std::optional<double> high;
  std::uint64_t n = 0;                        ///< Paired items.
  std::optional<SharePValues> p{};            ///< Of the total, where axes decide beside it.
  std::optional<SharePValues> p_corrected{};  ///< Its `fail` for their number: a pass needs none.
  /// Where inconclusive: about how many items would separate ratio and share (ratio_interval.h).
  std::optional<std::uint64_t> settled_by_items;
  std::string best_reference;  ///< Comparison::best and model: which that is; else empty.
  std::vector<DecidingReference> references;  ///< The best first; of a bar none.
  std::vector<AxisComparison> axes;
  std::vector<Discrimination> discrimination;  ///< Of each task that counts, over all models.
  std::vector<GateResult> gates;               ///< In the target's order. They do not move `kind`.
  std::vector<std::string> reasons;  ///< In words: why pending, what decided, what was unpaired.
};

/// Whether a release date lies in (as_of - months, as_of].
bool in_window(const Date& released, const Date& as_of, std::int32_t months);
/// The first day after its release on which a model is out of such a window.
Date out_of_window(const Date& released, std::int32_t months);

/// Whether the cohort of a target is that of a window: it names no reference, and has no bar.
bool has_window(const Target& target);
/// Whether a reference is in the cohort of a target on a day: in its window, or the one that it
/// names and released by then; of a bar none is.
bool is_in_cohort(const Target& target, const std::string& reference, const Date& released,
                  const Date& as_of);

/// Judges one candidate. `cohort` holds the references in the window, any order; the answer does
/// not depend on it; where the target compares with a bar it is not looked at. A cohort that is
/// empty or too small gives `pending` with that reason, never a pass; so does a missing scorecard.
/// Items are paired by item digest. `decisions` on the target's gates are the candidate's, in the
/// order of recording. Method and sources are in verdict.cc.
Verdict judge(const Target& target, const Suite& suite, const JudgedModel& candidate,
              std::span<const JudgedModel> cohort, std::span<const GateDecision> decisions = {});

/// Whether the candidate is in: it passes, and clears every gate. Nothing while that is open.
std::optional<bool> is_admitted(const Verdict& verdict);

/// The verdict object of `target show --json` (design.md section 6).
Json to_json(const Verdict& verdict);

}  // namespace gwageo
