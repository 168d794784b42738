// The one hand that signs checkpoints of a journal. It reads the stored records once more, hashes
// them by itself, and signs nothing that is inconsistent with what it signed before: a coordinator
// that went mad, or a bit that flipped between hash and store, ends the process and not the log.
#pragma once

#include <optional>
#include <string>

#include "coordinator/checkpoint.h"
#include "coordinator/store.h"
#include "protocol/digest.h"

namespace gwageo {

/// One owner, one thread at a time.
class CheckpointSigner {
 public:
  /// Goes on after the first `signed_so_far.size()` records of `store`, which outlives it.
  CheckpointSigner(const Store& store, SigningKey key, MerkleFrontier signed_so_far)
      : store_(&store), key_(key), tree_(std::move(signed_so_far)) {}

  /// The signed note of `head`. corrupt, and nothing is signed, when it is of fewer records than
  /// were signed before, or when the records that are stored do not have its root: then the process
  /// must end. REQUIRES: is_note_name(head.origin).
  Result<std::string> sign(const Checkpoint& head);

  /// Records that were signed so far.
  std::uint64_t size() const { return tree_.size(); }

 private:
  const Store* store_;
  SigningKey key_;
  MerkleFrontier tree_;  ///< Over what was signed.
};

}  // namespace gwageo
