// Policy: who gets which GPUs next. The simulator tells it what happens and then asks it, again and
// again, what to start; a policy names the start itself, so nothing is asked per idle slot.
//
// Time stands still while a policy is asked: everything that happens at one instant is told first,
// then `next` is called until it returns nothing, then time moves to the next event.
//
//   simulator                                   policy
//     node_up(0..n-1), arrived(job)...            notes the work and the idle GPUs
//     next() -> Start{place, class, load, piece}  takes the GPUs
//     next() -> nothing
//     loaded(start)                               (only where the start loads)
//     ended(start, rest)                          the GPUs are idle and hold the class now
//     next() -> Start{the same place, no load}
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "ops/simulate/workload.h"

namespace gwageo::simulate {

/// GPUs `gpu` .. `gpu + gpus - 1` of a node; `gpu` is a multiple of `gpus`. Where they are more
/// than the node has, `gpu` is 0 and they go on over the nodes that follow in its domain.
struct Place {
  NodeIndex node = 0;
  std::uint32_t gpu = 0;
  std::uint32_t gpus = 1;
  friend bool operator==(const Place&, const Place&) = default;
};

/// Shards `shard` .. `shard + shards - 1` of one job, without the first `from` batches of the first
/// and up to batch `to` (not with it) of the last. `shards == 0`: nothing.
struct Piece {
  ShardIndex shard = 0;
  std::uint32_t shards = 0;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  bool empty() const { return shards == 0; }
  friend bool operator==(const Piece&, const Piece&) = default;
};

/// The whole of `shards` shards of `job`.
inline Piece whole_shards(const Job& job, ShardIndex shard, std::uint32_t shards) {
  return {shard, shards, 0, job.batches};
}

/// Begin `piece` at `place`, one shard after the other. REQUIRES: its GPUs are idle and their node
/// is up; `place.gpus` is the width of the job's class; the job has arrived; the piece is work that
/// is not done and not running. Without `load` the place is a slot that holds the class.
struct Start {
  Place place;
  JobIndex job = 0;
  bool load = false;  ///< The class is loaded first; what the GPUs held is gone.
  Piece piece;
};

/// Let what runs at `place` end at its next batch boundary (now, while it loads): its rest comes
/// back through `ended`. REQUIRES: something runs there that was not asked to yield already.
struct Yield {
  Place place;
};

using Decision = std::variant<Start, Yield>;

/// What a start came to.
struct Ended {
  Start start;
  Piece rest;         ///< Not done: after a yield or an outage. Empty when all of it is done.
  Instant began;      ///< When it was started.
  Duration loading;   ///< Of that, until its first shard began.
  bool lost = false;  ///< Its node went down. The place holds nothing now.
};

/// One owner, one thread. A policy is made for one fleet and one workload, which outlive it, and is
/// as deterministic as the simulator: no clock, no chance but the generator of random.h.
class Policy {
 public:
  virtual ~Policy() = default;

  /// The node's GPUs can be used, and hold nothing. Called for each node at the beginning, and when
  /// one comes back.
  virtual void node_up(NodeIndex node, Instant now) = 0;
  /// What ran there has come back through `ended` before.
  virtual void node_down(NodeIndex node, Instant now) = 0;
  /// All of the job's shards can run from now on.
  virtual void arrived(JobIndex job, Instant now) = 0;
  /// The load of a running start is over, and its first shard begins.
  virtual void loaded(const Start&, Instant) {}
  /// The place is idle again; after a start that was not lost, it holds the class of its job
  /// (nothing, where it yielded while it was loading).
  virtual void ended(const Ended& ended, Instant now) = 0;
  /// What to do now; nothing when nothing is to be done before the next event.
  virtual std::optional<Decision> next(Instant now) = 0;
  /// When to ask again though nothing happened until then. Read after `next` returned nothing.
  virtual std::optional<Instant> wake() const { return std::nullopt; }

  /// Whether nodes keep weights in their memory once they were there, so that loading the class
  /// again on that node saves ModelClass::fetch.
  virtual bool keeps_weights() const { return false; }
  /// Whether metrics are computed while the GPU waits.
  virtual bool scores_on_gpu() const { return false; }
};

}  // namespace gwageo::simulate
