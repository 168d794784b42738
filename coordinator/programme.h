// Programme: rosters, stages, decisions, points and publications, as they were recorded. What
// follows from them is derived elsewhere.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/fact_programme.h"

namespace gwageo {

struct Stage {
  StageOpened opened;
  std::optional<StageClosed> closed;
  friend bool operator==(const Stage&, const Stage&) = default;
};

/// A value; a part of State, written by `State::apply` only.
class Programme {
 public:
  void apply(const RosterChanged& f) { roster_[f.target].push_back(f); }
  void apply(const StageOpened& f);
  void apply(const StageClosed& f);
  void apply(const GateDecided& f) { decisions_[f.target].push_back(f); }
  void apply(const PointsRecorded& f) { points_[f.target].push_back(f); }
  void apply(const Published& f) { published_[f.target].push_back(f); }

  const std::map<std::string, Stage>& stages() const { return stages_; }
  /// The stage of the target that is open, or nullptr. There is one at most.
  const Stage* open_stage(const std::string& target) const;
  /// Of one target, oldest first; empty where there is nothing.
  const std::vector<RosterChanged>& roster(const std::string& target) const;
  const std::vector<GateDecided>& decisions(const std::string& target) const;
  const std::vector<PointsRecorded>& points(const std::string& target) const;
  const std::vector<Published>& published(const std::string& target) const;

  friend bool operator==(const Programme&, const Programme&) = default;

 private:
  std::map<std::string, Stage> stages_;  ///< By name.
  std::map<std::string, std::vector<RosterChanged>> roster_;
  std::map<std::string, std::vector<GateDecided>> decisions_;
  std::map<std::string, std::vector<PointsRecorded>> points_;
  std::map<std::string, std::vector<Published>> published_;
};

}  // namespace gwageo
