// Weights from one rank of a group to all others, over whatever the group has between its ranks:
// NCCL between GPUs, threads in the twin. A rank is a node here, with a cache of its own.
#pragma once

#include <string>

#include "worker/collective.h"
#include "worker/weights_cache.h"
#include "worker/weights_entry.h"

namespace gwageo {

/// Every rank's `bytes` become those of rank `root`. `bytes_max` bounds what others accept: corrupt
/// where the root has more. All ranks call it.
Status broadcast_bytes(Collective& group, int root, std::string& bytes, std::size_t bytes_max);

/// Every rank's cache gets `model` from rank `root`, whose `whole` has it; the others give null.
/// Piece by piece, one in memory, each verified by its proof when it arrives, and the model as a
/// whole at the end. All ranks call it with the claim of the model. A rank that cannot go on, for
/// want of room for instance, takes part to the end, so that it stops no other, and then returns
/// its error. A group that fails is `unavailable` and ends it for all.
Status broadcast_weights(Collective& group, int root, const Digest& model,
                         const WeightsEntry* whole, const WeightsCache& cache);

}  // namespace gwageo
