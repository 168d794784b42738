// Weights from one rank of a group to all others, over whatever the group has between its ranks:
// NCCL between GPUs, threads in the twin. A rank is a node here, with a cache of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "worker/collective.h"
#include "worker/weights_cache.h"
#include "worker/weights_entry.h"

namespace gwageo {

/// Every rank's `bytes` become those of rank `root`. `bytes_max` bounds what others accept: corrupt
/// where the root has more. All ranks call it.
Status broadcast_bytes(Collective& group, int root, std::string& bytes, std::size_t bytes_max);

/// Every rank's cache gets `model` from rank `root`, whose `whole` has it; the others give null.
/// Piece by piece, one in memory, each verified by its proof when it arrives, and the model as a
/// whole at the end. All ranks call it, with a cache and the claim of the model there, or with no
/// cache where what comes is not wanted. A rank that cannot go on, for want of room for instance,
/// takes part to the end, so that it stops no other, and then returns its error. A group that fails
/// is `unavailable` and ends it for all.
Status broadcast_weights(Collective& group, int root, const Digest& model,
                         const WeightsEntry* whole, const WeightsCache* cache);

/// What became of the model on one rank's node.
enum class SpreadEnd : std::uint8_t {
  failed = 0,
  had = 1,  ///< It was there.
  got = 2,
};
std::string_view to_string(SpreadEnd end);

struct Spread {
  Digest model;
  Status own;                    ///< Of this rank.
  std::vector<SpreadEnd> ranks;  ///< Of each rank, the same on all.
};

/// Rank 0 gives the model that is whole in its cache to the caches of all others, each of which has
/// one of its own. A rank whose cache has it takes part and keeps nothing. All ranks call it; rank
/// 0 with the model's digest, or with why it has none, which ends it for all. A group that fails is
/// `unavailable`, and who is left may wait for ever: what starts the ranks has to end them
/// together.
Result<Spread> spread_weights(Collective& group, const Result<Digest>& model,
                              const WeightsCache& cache);

}  // namespace gwageo
