// How long pieces take where, and where they can be cut.
#pragma once

#include "ops/simulate/policy.h"
#include "protocol/wide.h"

namespace gwageo::simulate {

/// Where a piece is after some time.
struct Cut {
  Piece done;      ///< Empty or a beginning of the piece.
  Piece rest;      ///< What is missing from it.
  Duration after;  ///< When `done` was over, from the piece's begin.
};

/// The products below fit in 64 bits as long as no piece takes more than piece_time_max
/// (workload.h). A value that looks into the truth, which outlives it.
class RunTime {
 public:
  RunTime(const Truth& truth, bool scores_on_gpu)
      : truth_(truth), scoring_per_mille_(scores_on_gpu ? truth.scoring_per_mille : 0) {}

  /// What the batches `from` .. `to - 1` of a shard take on a node.
  Duration of_batches(const Job& job, ShardIndex shard, std::uint32_t from, std::uint32_t to,
                      NodeIndex node) const;
  /// What a piece of a job takes on a node.
  Duration of(const Job& job, const Piece& piece, NodeIndex node) const;
  /// The piece at its first batch boundary that is not before `elapsed`.
  Cut at_boundary(const Job& job, const Piece& piece, NodeIndex node, Duration elapsed) const;
  /// The piece after `elapsed`, when what was begun and not ended of a shard is lost.
  Cut at_loss(const Job& job, const Piece& piece, NodeIndex node, Duration elapsed) const;
  Duration paced(Duration d, NodeIndex node) const;
  /// How much of some time on a GPU was spent on metrics.
  Duration scoring(Duration d) const {
    const Wide product = static_cast<Wide>(d.microseconds) * scoring_per_mille_;
    return {static_cast<std::int64_t>(product / (1000 + scoring_per_mille_))};
  }

 private:
  const Truth& truth_;
  std::int64_t scoring_per_mille_;
};

}  // namespace gwageo::simulate
