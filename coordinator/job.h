// Job, Lease, WorkerLife: what the state knows of each.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/fact.h"
#include "coordinator/ledger.h"
#include "protocol/ids.h"
#include "protocol/ranges.h"
#include "protocol/time.h"

namespace gwageo {

enum class JobPhase { running, complete, failed, cancelled };
/// As the fixed JSON writes it.
std::string_view to_string(JobPhase phase);

/// Tries of one item that did not end in a record.
struct Tries {
  std::uint32_t engine = 0;
  std::uint32_t lost = 0;
  friend bool operator==(const Tries&, const Tries&) = default;
};

/// A worker had the job's records of these items made. A value.
struct AnsweredItems {
  Range items;
  WorkerId worker;
  friend bool operator==(const AnsweredItems&, const AnsweredItems&) = default;
};

/// A job's items are, each exactly once: pending, under a lease, waiting for another job's item,
/// done (a record exists, here or at the source of an adoption) or given up.
struct Job {
  JobAccepted accepted;
  TeamNumber team = 0;  ///< In the ledger.
  Instant accepted_at;
  std::int32_t priority = 0;  ///< As submitted, or as somebody set it since.
  bool paused = false;
  std::string paused_by;       ///< Principal; empty unless somebody paused it.
  std::string paused_because;  ///< Why the coordinator did.
  RangeSet pending;
  RangeSet waiting;
  RangeSet done;
  RangeSet executed;  ///< The part of `done` that has records of this job's own.
  std::vector<AnsweredItems> answered = {};  ///< By whom, in the order of recording.
  std::vector<std::uint64_t> records = {};   ///< Sequence numbers of its ResultsRecorded.
  /// The part of `done` whose answers count no more: own records and those of other jobs. Whatever
  /// the job has come to counts for nothing then.
  RangeSet disowned;
  std::string disowned_because = {};  ///< In words; empty where nothing is disowned.
  std::map<Outcome, RangeSet> given_up;
  std::map<std::uint64_t, Tries> tries;  ///< Unsettled items with a failed try only.
  std::vector<Adoption> adoptions;
  std::array<std::uint64_t, outcome_count> recorded{};  ///< Own records by outcome.
  std::uint32_t load_failures = 0;                      ///< Since the last record.
  std::uint32_t differed = 0;                           ///< Answers unlike those that count.
  bool failed = false;
  bool cancelled = false;
  bool superseded = false;  ///< Cancelled by the coordinator itself.
  std::string reason;       ///< Of the failure; who cancelled.
  std::optional<Scored> scored;
  std::uint64_t scored_as = 0;  ///< Which scorecard of all that was, the last time, from 1.

  /// Records of these items were made by the worker. REQUIRES: no item twice.
  void add_answered(const Range& items, WorkerId worker);
  std::uint64_t given_up_count() const;
  /// Every item is done or given up.
  bool settled() const { return done.size() + given_up_count() == accepted.items; }
  bool open() const { return !failed && !cancelled && !settled(); }
  /// Of an open job.
  std::uint64_t unsettled() const;
  /// Whether pending items could go to a slot, as far as the job itself goes.
  bool queued() const { return !paused && !pending.empty(); }
  JobPhase phase() const;
  friend bool operator==(const Job&, const Job&) = default;
};

/// A submission of the model on the suite: what follows from these two, and nothing else yet.
JobAccepted job_on(const ModelAdded& model, const SuiteAdded& suite);

struct Lease {
  LeaseGranted granted;
  RangeSet rest;      ///< Not yet recorded.
  Duration expected;  ///< Slot time that was charged in advance for `rest`.
  Instant granted_at;
  Instant progressed_at;  ///< Granted, or last record.
  friend bool operator==(const Lease&, const Lease&) = default;
};

/// Workers that were lost with work of one class, each with a lease that was granted after the one
/// before was lost, and without an item of the class answered in between.
struct Losses {
  std::vector<WorkerId> workers;
  Instant last;
  friend bool operator==(const Losses&, const Losses&) = default;
};

/// One ResultsRecorded of a worker that it has not signed yet.
struct UnsignedChunk {
  LeaseId lease;
  std::vector<Range> ranges;
  Digest root;  ///< Its records root.
  Instant at;
  friend bool operator==(const UnsignedChunk&, const UnsignedChunk&) = default;
};

struct WorkerLife {
  WorkerJoined joined;
  bool draining = false;
  std::uint64_t chunks = 0;   ///< Its ResultsRecorded so far.
  std::uint64_t batches = 0;  ///< Its BatchSigned so far.
  /// Of its `chunks`, by number. Of a worker that signs; nobody waits for the others.
  std::map<std::uint64_t, UnsignedChunk> unsigned_chunks;
  friend bool operator==(const WorkerLife&, const WorkerLife&) = default;
};

}  // namespace gwageo
