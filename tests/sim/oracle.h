// The oracle: what must hold whatever happens, judged from the journal and from the frames alone,
// by code that shares nothing with the scheduler. Invariants I1 to I5, I7, I8 and I15.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/fact.h"
#include "coordinator/journal.h"
#include "coordinator/scheduler.h"
#include "coordinator/store.h"
#include "protocol/messages.h"
#include "tests/sim/controls_oracle.h"

namespace gwageo::sim {

class Oracle {
 public:
  /// New journal records are there and synced, as far as the coordinator knows.
  void committed(const Store& store, Instant virtual_now);
  /// The coordinator sends this now, with a journal of that size behind it.
  void sent(const Message& message, std::uint64_t journal_size);
  /// The coordinator has published this checkpoint.
  void published(std::uint64_t size, const Digest& root);
  /// The coordinator was handed this, at this time.
  void delivered(const Message& message, Instant virtual_now);
  /// A coordinator has recovered from the store.
  void recovered(const Store& store, Instant virtual_now);
  /// The scheduler's own check, and its bounds.
  void look(const Scheduler& scheduler);

  /// What was violated, in words; empty while all is well. The first violation stays.
  /// What the coordinator decided so far, over all its lives.
  struct Seen {
    std::uint64_t copies = 0;
    std::uint64_t probes = 0;
    std::uint64_t isolated = 0;
  };
  const Seen& decided() const { return decided_; }
  const std::string& violation() const { return violation_; }

 private:
  struct LeaseView {
    JobId job;
    WorkerId worker;
    std::set<std::uint64_t> rest;
    Instant renewed;
  };

  void violate(const std::string& what);
  void read_journal(const Store& store, Instant virtual_now, bool live);
  void see(const Record& record, Instant virtual_now, bool live);
  void count(const ResultsRecorded& fact);
  void forget_lease(LeaseId lease) { leases_.erase(lease); }

  std::string violation_;
  // The fold of the journal, in plain sets.
  std::uint64_t seen_ = 0;
  JournalVerifier journal_;
  std::map<LeaseId, LeaseView> leases_;
  std::set<std::uint64_t> lease_ids_;
  std::map<JobId, std::map<std::uint64_t, int>> counted_;  ///< Own records of each item.
  std::map<JobId, std::map<std::uint64_t, std::set<LeaseId>>> holders_;  ///< Leases of items.
  ControlsOracle controls_;
  Seen decided_;
  // What the outside world has seen.
  std::uint64_t visible_size_ = 0;
  std::map<LeaseId, WorkerId> granted_outside_;
  std::optional<std::pair<std::uint64_t, Digest>> published_;
};

}  // namespace gwageo::sim
