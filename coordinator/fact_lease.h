// The facts about leases: who was lent which items, and what became of them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/digest.h"
#include "protocol/ids.h"
#include "protocol/ranges.h"
#include "protocol/request.h"
#include "protocol/signature.h"
#include "protocol/time.h"

namespace gwageo {

struct LeaseGranted {
  LeaseId lease;
  JobId job;
  WorkerId worker;
  std::uint32_t slot = 0;
  std::vector<Range> ranges;
  bool copy = false;  ///< Its items are under another lease too, on purpose.
  Duration expected;  ///< Slot time that it is expected to take, and is charged until it has ended.
  /// Its items are answered already: the worker is asked them to see that it answers alike. Nothing
  /// that it answers is recorded, and nobody is charged.
  bool probe = false;
  friend bool operator==(const LeaseGranted&, const LeaseGranted&) = default;
};

/// These items left the lease and are pending again.
struct LeaseShrunk {
  LeaseId lease;
  std::vector<Range> removed;
  friend bool operator==(const LeaseShrunk&, const LeaseShrunk&) = default;
};

/// These items of the lease are done: their records are in the store, in the same batch. A lease
/// whose last item is done is over.
struct ResultsRecorded {
  LeaseId lease;
  JobId job;
  std::vector<Range> ranges;
  Digest records_root;  ///< RFC 6962 root over their results leaves, ascending.
  std::array<std::uint64_t, outcome_count> outcomes{};  ///< Items per outcome.
  friend bool operator==(const ResultsRecorded&, const ResultsRecorded&) = default;
};

/// These items of the lease were tried and may get better: pending again, one try used up.
struct AttemptFailed {
  LeaseId lease;
  JobId job;
  std::vector<Range> ranges;
  Outcome outcome = Outcome::engine_failed;
  friend bool operator==(const AttemptFailed&, const AttemptFailed&) = default;
};

/// Why a lease ended before its items were done.
enum class LeaseEnd : std::uint8_t {
  expired = 0,      ///< Nobody reported it for a term. Counts as a lost try.
  worker_gone = 1,  ///< The worker said goodbye, or its name was taken over. Counts as a lost try.
  given_back = 2,   ///< The worker drains, or never got the lease. No try is used up.
  load_failed = 3,  ///< The model would not load there.
  cancelled = 4,    ///< The job is over.
  probed = 5,       ///< It was a probe, and the worker has answered it.
  key_ended = 6,    ///< The worker's key was revoked or rotated. No try is used up.
  /// Its slot was asked to yield and nothing came for long, or its team's hours are used up for
  /// longer than is borne. No try is used up.
  taken = 7,
};
std::string_view to_string(LeaseEnd end);

/// What was left of the lease is pending again, unless the job is over.
struct LeaseEnded {
  LeaseId lease;
  LeaseEnd reason = LeaseEnd::expired;
  friend bool operator==(const LeaseEnded&, const LeaseEnded&) = default;
};

/// A worker has signed these of its ResultsRecorded, which count from 0 in its life.
struct BatchSigned {
  WorkerId worker;
  std::uint64_t batch = 0;    ///< Counts the worker's batches, from 0.
  std::vector<Range> chunks;  ///< Its ResultsRecorded.
  Digest root;                ///< Over them (protocol/statement.h).
  Signature signature;        ///< By the key of the worker's principal, as of this record.
  friend bool operator==(const BatchSigned&, const BatchSigned&) = default;
};

/// A determinism incident: a worker answered an item of the job otherwise than the answer that
/// counts, which came first and stays.
struct AnswersDiffered {
  JobId job;
  std::uint64_t index = 0;
  LeaseId kept;      ///< Under which the answer that counts came.
  Digest kept_leaf;  ///< Its results leaf.
  LeaseId other;
  Digest other_leaf;
  friend bool operator==(const AnswersDiffered&, const AnswersDiffered&) = default;
};

}  // namespace gwageo
