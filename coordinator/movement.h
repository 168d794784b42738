// Movement: what the targets lack since something moved, and which of the coordinator's own jobs
// nobody needs any more. Pure functions of the state: the dirty rule of a build system.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/settling.h"
#include "coordinator/state.h"

namespace gwageo {

/// What one target needs today, and of it what nobody has examined, is examining or has given up.
struct NeedsOfTarget {
  std::string target;
  bool reruns = true;  ///< What is missing is submitted by the coordinator.
  std::uint32_t quiet_seconds = 0;
  std::set<Needed> all;
  /// References first, since every verdict waits for them; by name. Then rounds, where verdicts are
  /// inconclusive and the target settles that, as far as its budget goes.
  std::vector<Needed> missing;
};

/// Of every target that rests on measurements, by name; nothing while no day has begun. A model
/// whose last job failed, or was cancelled by somebody, is not missing: people decide about it.
std::vector<NeedsOfTarget> needs(const State& state);

/// The submission of a missing examination: of tier refresh, for the model's team, with its cause.
/// REQUIRES: `needed` is of this state, and its round is rendered.
JobAccepted submission_of(const State& state, const Needed& needed, const std::string& target);

/// Open jobs that the coordinator submitted and that no target needs any more, with the reason.
struct Superseded {
  JobId job;
  std::string reason;
};
std::vector<Superseded> superseded_jobs(const State& state,
                                        const std::vector<NeedsOfTarget>& needs);

/// Jobs that speak for a model of some target and whose scores are by other rules than `scorer`:
/// their answers hold, their scores do not. Ascending.
std::vector<JobId> jobs_to_score_again(const State& state, const Digest& scorer);

}  // namespace gwageo
