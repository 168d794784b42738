// Reruns: when what targets lack is submitted. A movement is followed by others (a model is added
// and corrected, a suite gets its third version today), so nothing is done until it was quiet.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/action.h"
#include "coordinator/movement.h"
#include "protocol/time.h"

namespace gwageo {

/// Volatile: a new life of the coordinator looks at everything once. One thread.
class Reruns {
 public:
  struct Step {
    std::vector<Superseded> cancel;
    std::optional<JobAccepted> submit;  ///< One at a time; the next is asked for after it.
    /// In its place: its plan is not there yet. It comes back as a movement.
    std::optional<WantedRound> round;
  };

  /// Something that verdicts rest on has moved.
  void moved(Instant now);
  /// What is due by now; nothing before `due`. A target is due after its own time of quiet, and
  /// after ten of them whether it was quiet or not.
  Step next(Instant now, const State& state);
  /// The last submission was not accepted: it is tried again after a time of quiet.
  void put_off(Instant now);
  /// When `next` must be asked again, or nothing.
  std::optional<Instant> due() const { return due_; }

 private:
  Instant due_of(const NeedsOfTarget& needs) const;

  std::optional<Instant> first_;  ///< Of the movements that are not dealt with.
  Instant last_;
  std::optional<Instant> due_;
};

}  // namespace gwageo
