// The idle GPUs of a fleet, as a policy sees them: where a slot of some width fits best, and which
// idle slots hold a class still. For the rivals; each finds a place in a few steps, however many
// nodes there are.
//
// Idle GPUs of a node (or of nodes that a slot may span) fall into aligned blocks of 64, 32, ..., 1
// that are as large as they can be. A slot is cut from the smallest block that is large enough, so
// that large ones stay whole.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "ops/simulate/policy.h"
#include "ops/simulate/shape.h"

namespace gwageo::simulate {

/// Numbers 0 .. size - 1, of which some are in. The first one in costs one step for every 4,096.
class NumberSet {
 public:
  explicit NumberSet(std::size_t size) : words_(size / 64 + 1), summary_(size / 4096 + 1) {}
  void set(std::uint32_t number, bool in);
  std::optional<std::uint32_t> first() const;

 private:
  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> summary_;
};

/// One owner, one thread.
class IdleGpus {
 public:
  IdleGpus(const Fleet& fleet, const Workload& workload);

  const Shapes& shapes() const { return shapes_; }

  void node_up(NodeIndex node);
  /// REQUIRES: all that ran there was given back.
  void node_down(NodeIndex node);
  /// Where a slot of that shape fits best.
  std::optional<Place> find(const Shape& shape) const;
  /// An idle slot that holds the class.
  std::optional<Place> warm(ClassIndex model_class);
  /// The GPUs are busy, and hold the class from now on. REQUIRES: they are idle.
  void take(const Place& place, ClassIndex model_class);
  /// They are idle again; where `holds`, the slot holds the class still.
  void give(const Place& place, bool holds);

 private:
  struct Gpu {
    std::uint32_t slot = none;  // Its slot's first GPU.
    ClassIndex model_class = none;
    ClassIndex listed = none;  // In whose list of `warm_` this first GPU stands.
    NodeIndex node = 0;
    std::uint32_t slot_gpus = 0;
  };
  void set_idle(std::uint32_t span, std::uint64_t mask);
  bool is_whole(std::uint32_t first, ClassIndex model_class) const;
  /// Of these GPUs in the bits of their span. REQUIRES: they lie in it.
  std::uint64_t mask_of(NodeIndex node, std::uint32_t gpu, std::uint32_t gpus) const;

  const Fleet& fleet_;
  Shapes shapes_;
  std::vector<std::uint32_t> span_;  // Of each node.
  std::vector<std::uint64_t> idle_;  // Per span, a bit per GPU.
  // Per kind of GPU: which spans have a block of 1, 2, 4, ... that is in no larger one.
  std::vector<std::array<NumberSet, 7>> spans_;
  std::vector<Gpu> gpus_;
  std::vector<std::vector<std::uint32_t>>
      warm_;  // Per class; may name slots that are not any more.
};

}  // namespace gwageo::simulate
