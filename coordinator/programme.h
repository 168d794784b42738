// Programme: rosters, stages, decisions, points and publications, as they were recorded. What
// follows from them is derived elsewhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/fact_programme.h"

namespace gwageo {

struct Stage {
  StageOpened opened;
  std::optional<StageClosed> closed;
  std::uint64_t closed_as = 0;  ///< Which of its target's that were closed, from 1; 0: it is open.
  friend bool operator==(const Stage&, const Stage&) = default;
};

/// A publication, and how much was on record then: what comes later it does not cover, even on the
/// same day.
struct Publication {
  Published published;
  std::uint64_t verdicts = 0;   ///< Of all targets.
  std::uint64_t scored = 0;     ///< Scorecards, of all jobs.
  std::uint64_t decisions = 0;  ///< These and the next: of its target.
  std::uint64_t points = 0;
  std::uint64_t roster = 0;
  std::uint64_t stages_closed = 0;
  friend bool operator==(const Publication&, const Publication&) = default;
};

/// A value; a part of State, written by `State::apply` only.
class Programme {
 public:
  /// `day`: that had begun by then.
  void apply(const RosterChanged& f, const std::string& day);
  void apply(const StageOpened& f);
  void apply(const StageClosed& f);
  /// `files`: the digest of the candidate's model by now.
  void apply(const GateDecided& f, const Digest& files);
  void apply(const PointsRecorded& f, const Digest& files);
  void apply(const Published& f, std::uint64_t verdicts, std::uint64_t scored);

  const std::map<std::string, Stage>& stages() const { return stages_; }
  /// The stage of the target that is open, or nullptr. There is one at most.
  const Stage* open_stage(const std::string& target) const;
  /// Of one target, oldest first; empty where there is nothing.
  const std::vector<RosterChanged>& roster(const std::string& target) const;
  /// Of each of them, in the same order: the day on which it was recorded, which may be another
  /// than the one from which on it counts.
  const std::vector<std::string>& roster_days(const std::string& target) const;
  const std::vector<GateDecided>& decisions(const std::string& target) const;
  const std::vector<PointsRecorded>& points(const std::string& target) const;
  /// Of each of them, in the same order: the digest of the model that its candidate was then. What
  /// was decided on files says nothing of others under the same name.
  const std::vector<Digest>& decided_on(const std::string& target) const;
  const std::vector<Digest>& points_on(const std::string& target) const;
  const std::vector<Publication>& published(const std::string& target) const;

  friend bool operator==(const Programme&, const Programme&) = default;

 private:
  /// Stages of the target that are closed.
  std::uint64_t closed_of(const std::string& target) const;

  std::map<std::string, Stage> stages_;  ///< By name.
  std::map<std::string, std::vector<RosterChanged>> roster_;
  std::map<std::string, std::vector<std::string>> roster_days_;
  std::map<std::string, std::vector<GateDecided>> decisions_;
  std::map<std::string, std::vector<PointsRecorded>> points_;
  std::map<std::string, std::vector<Digest>> decided_on_;
  std::map<std::string, std::vector<Digest>> points_on_;
  std::map<std::string, std::vector<Publication>> published_;
};

}  // namespace gwageo
