// A target: the rule by which a candidate is judged. Read from its YAML file (design.md section 7).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/date.h"
#include "benchmarks/gate.h"
#include "benchmarks/scorecard.h"
#include "protocol/result.h"

namespace gwageo {

/// Who may not see a verdict before it is published: nobody is kept from it, other teams are, or
/// all but operators are.
enum class Embargo { none, others, all };
std::string_view to_string(Embargo embargo);

/// A value.
struct Target {
  std::string name;
  bool is_claimed = false;  ///< Judged on a leaderboard's claims, else on a suite's scores.
  std::string board;        ///< is_claimed only.
  std::optional<std::string> board_release;    ///< Pinned by BOARD@YYYY-MM-DD.
  std::string suite;                           ///< Suite name; empty when is_claimed.
  std::optional<std::uint32_t> suite_version;  ///< Pinned by SUITE@VERSION.
  std::int32_t window_months = 6;
  Fraction share{19, 20};  ///< Exact: 0.95 is 19/20.
  /// The one reference that is compared with, whatever its date (`compare: {model: NAME}`); none:
  /// the best of the window (`compare: best`).
  std::optional<std::string> compared_with;
  double confidence = 0.95;          ///< One-sided at each end.
  bool decide_by_confidence = true;  ///< else by the point ratio
  double min_coverage = 1.0;
  std::vector<std::string> candidates;  ///< Empty: all.
  bool by_roster = false;  ///< `candidates: roster`: those that are on the roster; else as above.
  Embargo embargo = Embargo::none;
  /// Whether what a verdict lacks is asked for as soon as it is known to be missing.
  bool reruns = true;
  std::uint32_t quiet_seconds = 5;  ///< How long nothing may move before it is asked for.
  std::vector<Gate> gates;          ///< In the file's order.

  /// Where the file names what has to be registered, "FILE:3:8: key 'suite'", for complaints.
  std::string suite_place;
  std::string board_place;
  std::vector<std::string> candidate_places;  ///< One for each of `candidates`.
  std::string compared_place;
};

/// Reads and validates a target file; errors name `path`, line, column and key. What a later
/// version will know (other `compare` values, decisions as gates) is refused by name, and so is
/// what says nothing about claims (a suite, an interval's confidence).
Result<Target> load_target(const std::string& path, std::string_view text);

}  // namespace gwageo
