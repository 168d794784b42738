// Gpus: what the slots of a worker are, where it declares them to be GPUs.
#pragma once

#include <bit>
#include <cstdint>
#include <string>

#include "protocol/limits.h"

namespace gwageo {

/// A value. All of it is empty for slots that are no GPUs; else kind and memory are given. The
/// worker's number of slots is their count. Node and domain are for people.
struct Gpus {
  std::string kind;              ///< A name, for instance "H100". All of a worker's are of one.
  std::uint32_t memory_mib = 0;  ///< Of each.
  std::string node;              ///< The machine that they are in; may be empty.
  std::string domain;            ///< NVLink or rack domain of the node; may be empty.
  /// That they are spread over evenly, the first of them on `node`. A worker of several is one
  /// block: it serves models of just its shape.
  std::uint32_t nodes = 1;
  bool any() const { return !kind.empty(); }
  friend bool operator==(const Gpus&, const Gpus&) = default;
};

/// Whether one slot can be so many GPUs: 1, 2, 4, ... of one worker.
inline bool is_width(std::uint32_t gpus) {
  return std::has_single_bit(gpus) && gpus <= limits::slots_max;
}

/// Whether a block of so many GPUs can be spread over so many nodes evenly. REQUIRES: `gpus` is a
/// width.
inline bool spreads_over(std::uint32_t gpus, std::uint32_t nodes) {
  return std::has_single_bit(nodes) && nodes <= gpus;
}

}  // namespace gwageo
