// The GPUs of a simulated fleet: which are busy, and what slots hold. It refuses, as bugs, what no
// pool could do: two starts on one GPU, a class before its load, a slot across a node.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/simulate/policy.h"
#include "ops/simulate/run_time.h"
#include "ops/simulate/shape.h"

namespace gwageo::simulate {

/// What runs at a place.
struct Running {
  Start start;
  Instant began;
  Instant ready;  ///< When the load is over: `began` without one.
  Cut cut;        ///< What will be done and what missing when it ends.
  bool busy = false;
  bool yields = false;
  std::uint32_t version = 0;  ///< Grows with every change of `cut`: older events are stale.
};

/// One owner, one thread.
class Pool {
 public:
  Pool(const Fleet& fleet, const Workload& workload);

  /// Takes the place's GPUs. REQUIRES: what policy.h says of a start.
  Running& take(const Start& start);
  /// Gives them back; the place holds the class from now on where `holds`.
  void give(const Running& running, bool holds);
  /// What runs at a place. REQUIRES: something does.
  Running& at(const Place& place);
  /// By the number that `slot_of` gives.
  Running& at(std::uint32_t slot) { return running_[slot]; }
  std::uint32_t slot_of(const Place& place) const {
    return fleet_.gpu_begin[place.node] + place.gpu;
  }

  bool is_up(NodeIndex node) const { return up_[node]; }
  /// The node's slots become cold. REQUIRES: nothing runs there.
  void set_up(NodeIndex node, bool up);
  /// What runs on a node, or on others too.
  std::vector<std::uint32_t> slots_running(NodeIndex node) const;

  /// Whether the class was on all nodes of the place before; it has been from now on.
  bool note_weights(const Place& place, ClassIndex model_class);

 private:
  struct Gpu {
    std::uint32_t slot = none;      // Its slot's first GPU; none: it holds nothing.
    ClassIndex model_class = none;  // What the slot holds.
    std::uint32_t slot_gpus = 0;
    bool busy = false;
  };
  void clear(std::uint32_t gpu);
  bool note_weights(NodeIndex node, ClassIndex model_class);

  const Fleet& fleet_;
  const Workload& workload_;
  Shapes shapes_;
  std::vector<Gpu> gpus_;
  std::vector<Running> running_;  // By first GPU.
  std::vector<bool> up_;
  std::vector<std::uint64_t> weights_;  // Bits: node after node, a bit per class.
  std::size_t weight_words_;
};

}  // namespace gwageo::simulate
