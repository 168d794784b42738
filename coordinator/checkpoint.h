// The signed checkpoint: how long the journal was, and its Merkle root, in the coordinator's hand.
// It lies outside the store because no store can witness that its own end is missing. Its text is
// that of protocol/transparency/checkpoint.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "coordinator/fact.h"
#include "protocol/transparency/checkpoint.h"

namespace gwageo {

/// Signs a journal's head: the note as it is stored, or empty text where nobody can sign.
using SignCheckpoint = std::function<std::string(const Checkpoint&)>;

/// Facts of a coordinator that has not served anybody yet. Only they may be in a journal that has
/// no checkpoint, for the first one is made before the first client is let in.
bool may_precede_checkpoint(const Fact& fact);

/// Whether the journal still holds what was signed. `root_at(size)` is the root over the first
/// `size` records; it is asked only for a size that the journal has. corrupt when the journal is
/// shorter than `signed_one` or its root there is another: the coordinator must not serve it.
Status check_not_behind(const Checkpoint& signed_one, std::uint64_t journal_size,
                        const std::function<Result<Digest>(std::uint64_t size)>& root_at);

}  // namespace gwageo
