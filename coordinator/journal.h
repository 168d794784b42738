// The journal: records in a chain, and the Merkle tree over them. Pure: where the bytes are kept is
// the store's business.
//
//     record 0            record 1                 record 2
//     previous = 0   <--  previous = leaf(0)  <--  previous = leaf(1)     leaf = merkle_leaf(bytes)
//
// The chain finds a changed, missing, added or moved record by reading alone, from the first to the
// last but one; nothing in the journal vouches for the last, which is what its root is for. The
// root over all leaves (RFC 6962) goes into checkpoints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/fact.h"
#include "protocol/digest.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

/// All that must be known of the records so far to check or to write the next one. A value.
struct JournalHead {
  MerkleFrontier tree;
  Digest last_leaf;   ///< Leaf hash of the last record; zero for none.
  Instant last_time;  ///< Log time of the last record.

  std::uint64_t size() const { return tree.size(); }
  Digest root() const { return tree.root(); }
  friend bool operator==(const JournalHead&, const JournalHead&) = default;
};

/// A record as it is to be stored.
struct JournalEntry {
  std::uint64_t sequence = 0;
  std::string bytes;
  Digest leaf;
};

/// Turns facts into the next records. One owner, one thread.
class JournalWriter {
 public:
  /// Goes on after the records that `head` is of, for instance JournalVerifier::head().
  explicit JournalWriter(JournalHead head = {}) : head_(std::move(head)) {}

  /// The record of `fact`, and by whom it was asked for, which now counts as written.
  /// REQUIRES: `at` is not before `last_time()`, and check_fact(fact) succeeds: a record that could
  /// not be read again must never be written.
  JournalEntry append(Instant at, WallTime wall, const Fact& fact,
                      const Statement* statement = nullptr);

  std::uint64_t size() const { return head_.size(); }
  Digest root() const { return head_.root(); }
  Instant last_time() const { return head_.last_time; }
  const JournalHead& head() const { return head_; }

 private:
  JournalHead head_;
};

/// Reads records from the first on and checks each against those before it. One owner, one thread.
class JournalVerifier {
 public:
  /// The next record, if it decodes, has the next sequence number, chains to the record before it
  /// and is not earlier in log time. The first failure is corrupt, names the record in words, and
  /// is returned again by every later call; the head stays that of the records before.
  Result<Record> add(std::string_view bytes);

  /// The index of the record to look at after a failure. A record that is whole in itself but is
  /// not the one that its successor was chained to is the bad one, though the successor's
  /// `previous` field may be what was changed.
  std::optional<std::uint64_t> first_bad() const { return first_bad_; }
  std::uint64_t size() const { return head_.size(); }
  Digest root() const { return head_.root(); }
  const JournalHead& head() const { return head_; }

 private:
  tl::unexpected<Error> refuse(std::uint64_t index, const std::string& why);

  JournalHead head_;
  std::optional<std::uint64_t> first_bad_;
  Error error_;
};

}  // namespace gwageo
