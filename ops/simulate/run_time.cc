#include "ops/simulate/run_time.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo::simulate {
namespace {

std::uint32_t first_batch(const Piece& piece, std::uint32_t n) { return n == 0 ? piece.from : 0; }

std::uint32_t last_batch(const Job& job, const Piece& piece, std::uint32_t n) {
  return n + 1 == piece.shards ? piece.to : job.batches;
}

/// `piece` cut in its n-th shard, before that shard's batch `batch`.
Cut cut(const Job& job, const Piece& piece, std::uint32_t n, std::uint32_t batch, Duration after) {
  Cut result;
  result.after = after;
  if (batch == last_batch(job, piece, n) && n + 1 < piece.shards) {
    ++n;
    batch = 0;
  }
  if (batch == first_batch(piece, n)) {  // Nothing of the n-th.
    if (n > 0) result.done = {piece.shard, n, piece.from, job.batches};
  } else {
    result.done = {piece.shard, n + 1, piece.from, batch};
  }
  if (batch < last_batch(job, piece, n)) {
    result.rest = {piece.shard + n, piece.shards - n, batch, piece.to};
  }
  return result;
}

}  // namespace

Duration RunTime::paced(Duration d, NodeIndex node) const {
  if (truth_.node_pace.empty()) return d;
  return {d.microseconds * truth_.node_pace[node] / 1000};
}

Duration RunTime::of_batches(const Job& job, ShardIndex shard, std::uint32_t from, std::uint32_t to,
                             NodeIndex node) const {
  std::int64_t whole = paced(truth_.of(shard), node).microseconds;
  if (scoring_per_mille_ > 0) whole += whole * scoring_per_mille_ / 1000;
  const std::int64_t batches = job.batches;
  if (from == 0 && to == batches) return {whole};
  return {whole * to / batches - whole * from / batches};
}

Duration RunTime::of(const Job& job, const Piece& piece, NodeIndex node) const {
  Duration sum;
  for (std::uint32_t n = 0; n < piece.shards; ++n) {
    sum = sum +
          of_batches(job, piece.shard + n, first_batch(piece, n), last_batch(job, piece, n), node);
  }
  return sum;
}

Cut RunTime::at_boundary(const Job& job, const Piece& piece, NodeIndex node,
                         Duration elapsed) const {
  Duration sum;
  for (std::uint32_t n = 0; n < piece.shards; ++n) {
    const std::uint32_t from = first_batch(piece, n);
    const std::uint32_t to = last_batch(job, piece, n);
    const Duration all = of_batches(job, piece.shard + n, from, to, node);
    if (sum + all >= elapsed) {
      std::uint32_t low = from;  // The least batch that ends at `elapsed` or later.
      std::uint32_t high = to;
      while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        const Duration then = sum + of_batches(job, piece.shard + n, from, middle, node);
        then >= elapsed ? high = middle : low = middle + 1;
      }
      return cut(job, piece, n, low, sum + of_batches(job, piece.shard + n, from, low, node));
    }
    sum = sum + all;
  }
  return {piece, {}, sum};
}

Cut RunTime::at_loss(const Job& job, const Piece& piece, NodeIndex node, Duration elapsed) const {
  Duration sum;
  for (std::uint32_t n = 0; n < piece.shards; ++n) {
    const std::uint32_t from = first_batch(piece, n);
    const Duration all = of_batches(job, piece.shard + n, from, last_batch(job, piece, n), node);
    if (sum + all > elapsed) return cut(job, piece, n, from, sum);
    sum = sum + all;
  }
  return {piece, {}, sum};
}

}  // namespace gwageo::simulate
