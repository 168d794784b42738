// Batches: what workers sign. A signature for each lease would cost more than the lease, so a
// worker signs once a heartbeat for all that it was told is recorded (protocol/statement.h).
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/digest.h"
#include "protocol/ids.h"
#include "protocol/signature.h"

namespace gwageo {

/// What one Acknowledge said was recorded, as the worker knows it.
struct BatchChunk {
  LeaseId lease;
  std::uint64_t first = 0;  ///< Lowest plan index.
  Digest root;              ///< RFC 6962 root over the results leaves of its items, ascending.
  friend auto operator<=>(const BatchChunk&, const BatchChunk&) = default;
};

/// Sent until BatchKept names its number; the next one has the next number.
struct Batch {
  WorkerId worker;
  std::uint64_t batch = 0;         ///< Counts the worker's batches, from 0.
  std::vector<BatchChunk> chunks;  ///< Ascending by lease and first; not empty.
  Signature signature;
  friend bool operator==(const Batch&, const Batch&) = default;
};

/// The batch of this number is on record.
struct BatchKept {
  WorkerId worker;
  std::uint64_t batch = 0;
  friend bool operator==(const BatchKept&, const BatchKept&) = default;
};

}  // namespace gwageo
