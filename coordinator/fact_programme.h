// The facts of the programme: who is examined when, by which rules, and what people decide beside
// the scores.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/digest.h"

namespace gwageo {

/// A candidate entered the roster of a target, or left it, from this day on.
struct RosterChanged {
  std::string target;
  std::string candidate;
  bool entered = true;
  std::string date;  ///< YYYY-MM-DD
  std::string reason;
  std::string principal;
  friend bool operator==(const RosterChanged&, const RosterChanged&) = default;
};

/// A stage began. Until it is closed its target is judged by this version, on this suite version.
struct StageOpened {
  std::string stage;  ///< Name; never used again.
  std::string target;
  std::uint32_t target_version = 1;
  std::uint32_t suite_version = 0;  ///< 0: the target is judged on claims.
  std::string date;                 ///< YYYY-MM-DD
  std::string principal;
  friend bool operator==(const StageOpened&, const StageOpened&) = default;
};

/// The stage's verdicts are what they are.
struct StageClosed {
  std::string stage;
  std::string date;  ///< YYYY-MM-DD; its verdicts are as of this day.
  Digest document;   ///< Blob: the verdicts, as `stage show` prints them.
  std::string reason;
  std::string principal;
  friend bool operator==(const StageClosed&, const StageClosed&) = default;
};

/// Somebody entitled decided on a component of a gate. The newest one on it counts.
struct GateDecided {
  std::string target;
  std::string stage;  ///< That was open then; empty: none.
  std::string candidate;
  std::string gate;
  std::string component;
  bool passed = false;
  std::string rule;           ///< Version of the rules by which was decided.
  Digest evidence;            ///< Blob, or zero: none.
  std::string evidence_name;  ///< The file's name as it was given, for people.
  std::string reason;         ///< In words.
  std::string date;           ///< YYYY-MM-DD
  std::string principal;
  friend bool operator==(const GateDecided&, const GateDecided&) = default;
};

/// Somebody entitled recorded the points of a part that no suite gives. The newest ones count.
struct PointsRecorded {
  std::string target;
  std::string stage;  ///< That was open then; empty: none.
  std::string candidate;
  std::string part;    ///< Path in the target's composition, for instance "benchmark/individual".
  std::string points;  ///< A decimal, as it was given.
  Digest evidence;     ///< Blob, or zero: none.
  std::string evidence_name;
  std::string reason;
  std::string date;  ///< YYYY-MM-DD
  std::string principal;
  friend bool operator==(const PointsRecorded&, const PointsRecorded&) = default;
};

/// From now on everybody may see what was under embargo.
struct Published {
  std::string target;
  std::string stage;  ///< Empty: the verdicts of the target up to this day.
  std::string date;   ///< YYYY-MM-DD
  std::string principal;
  friend bool operator==(const Published&, const Published&) = default;
};

}  // namespace gwageo
