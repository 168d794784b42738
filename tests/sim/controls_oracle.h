// The part of the oracle that judges what people steer, from the journal's facts in plain maps: who
// is paused or quarantined gets no lease, blocks that have leases do not overlap, and teams are
// charged exactly the GPU time of busy blocks.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "coordinator/fact.h"
#include "coordinator/state.h"

namespace gwageo::sim {

class ControlsOracle {
 public:
  /// The next record of the journal. What is violated by it, or nothing.
  std::string see(const Record& record);
  /// The state that the coordinator made of the same records.
  std::string look(const State& state);

 private:
  struct Slot {
    std::set<LeaseId> leases;
    std::uint32_t width = 1;  ///< Of the block that begins here.
    Instant begun;
    Instant looked;  ///< Of the last fact about a lease of it, or since then.
  };
  struct LeaseView {
    std::pair<WorkerId, std::uint32_t> slot;
    JobId job;
    bool probe = false;
    RangeSet rest;
  };
  void touch(LeaseId lease, Instant at);
  void settle(LeaseId lease, const std::vector<Range>& ranges, Instant at);
  /// Other leases that have these items lose them.
  void take_from_twins(LeaseId winner, const std::vector<Range>& ranges, Instant at);
  void end(LeaseId lease, Instant at);
  std::string judge(const LeaseGranted& granted) const;

  std::string judge_block(const LeaseGranted& granted) const;

  std::map<JobId, std::uint32_t> gpus_;  ///< Of a slot.
  std::set<JobId> paused_;
  std::set<std::string> quarantined_;
  std::map<WorkerId, std::string> names_;
  std::set<std::string> teams_;
  std::map<LeaseId, LeaseView> leases_;
  std::map<std::pair<WorkerId, std::uint32_t>, Slot> slots_;
  Duration busy_;  ///< Of slots that are idle again, or were since.
  /// Pending items at the last look, of jobs that are paused ever since.
  std::map<JobId, RangeSet> pending_;
};

}  // namespace gwageo::sim
