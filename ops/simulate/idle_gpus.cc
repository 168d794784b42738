#include "ops/simulate/idle_gpus.h"

#include <bit>

#include "protocol/check.h"

namespace gwageo::simulate {
namespace {

using Blocks = std::array<std::uint64_t, 4>;

/// Per size 1, 2, 4, 8: a bit where an aligned block of idle GPUs begins that is in no larger one.
Blocks blocks_of(std::uint64_t idle) {
  const std::uint64_t two = idle & (idle >> 1) & 0x5555555555555555u;
  const std::uint64_t four = two & (two >> 2) & 0x1111111111111111u;
  const std::uint64_t eight = four & (four >> 4) & 0x0101010101010101u;
  return {idle & ~(two | (two << 1)), two & ~(four | (four << 2)), four & ~(eight | (eight << 4)),
          eight};
}

std::uint64_t mask_of(const Place& place) {
  return ((std::uint64_t{1} << place.gpus) - 1) << place.gpu;
}

}  // namespace

void NumberSet::set(std::uint32_t number, bool in) {
  const std::uint64_t bit = std::uint64_t{1} << (number % 64);
  std::uint64_t& word = words_[number / 64];
  in ? word |= bit : word &= ~bit;
  const std::uint64_t word_bit = std::uint64_t{1} << (number / 64 % 64);
  std::uint64_t& summary = summary_[number / 4096];
  word != 0 ? summary |= word_bit : summary &= ~word_bit;
}

std::optional<std::uint32_t> NumberSet::first() const {
  for (std::size_t i = 0; i < summary_.size(); ++i) {
    if (summary_[i] == 0) continue;
    const std::size_t word = i * 64 + static_cast<std::size_t>(std::countr_zero(summary_[i]));
    return static_cast<std::uint32_t>(word * 64) +
           static_cast<std::uint32_t>(std::countr_zero(words_[word]));
  }
  return std::nullopt;
}

IdleGpus::IdleGpus(const Fleet& fleet, std::size_t classes)
    : fleet_(fleet),
      idle_(fleet.nodes.size()),
      nodes_{NumberSet(fleet.nodes.size()), NumberSet(fleet.nodes.size()),
             NumberSet(fleet.nodes.size()), NumberSet(fleet.nodes.size())},
      gpus_(fleet.gpus()),
      warm_(classes) {
  for (NodeIndex node = 0; node < fleet.nodes.size(); ++node) {
    for (std::uint32_t i = fleet.gpu_begin[node]; i < fleet.gpu_begin[node + 1]; ++i) {
      gpus_[i].node = node;
    }
  }
}

void IdleGpus::set_idle(NodeIndex node, std::uint64_t mask) {
  idle_[node] = mask;
  const Blocks blocks = blocks_of(mask);
  for (std::size_t i = 0; i < blocks.size(); ++i) nodes_[i].set(node, blocks[i] != 0);
}

void IdleGpus::node_up(NodeIndex node) {
  const std::uint32_t gpus = fleet_.nodes[node].gpus;
  set_idle(node, gpus == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << gpus) - 1);
}

void IdleGpus::node_down(NodeIndex node) {
  set_idle(node, 0);
  for (std::uint32_t i = fleet_.gpu_begin[node]; i < fleet_.gpu_begin[node + 1]; ++i) {
    gpus_[i].slot = none;
  }
}

std::optional<Place> IdleGpus::find(std::uint32_t gpus) const {
  for (auto size = static_cast<std::size_t>(std::countr_zero(gpus)); size < nodes_.size(); ++size) {
    const std::optional<std::uint32_t> node = nodes_[size].first();
    if (!node) continue;
    const std::uint64_t block = blocks_of(idle_[*node])[size];
    return Place{*node, static_cast<std::uint32_t>(std::countr_zero(block)), gpus};
  }
  return std::nullopt;
}

// All of its GPUs are idle and still its own.
bool IdleGpus::is_whole(std::uint32_t first, ClassIndex model_class) const {
  const Gpu& head = gpus_[first];
  if (head.slot != first || head.model_class != model_class) return false;
  const std::uint32_t base = fleet_.gpu_begin[head.node];
  for (std::uint32_t i = first; i < first + head.slot_gpus; ++i) {
    if (gpus_[i].slot != first || ((idle_[head.node] >> (i - base)) & 1) == 0) return false;
  }
  return true;
}

std::optional<Place> IdleGpus::warm(ClassIndex model_class) {
  std::vector<std::uint32_t>& slots = warm_[model_class];
  for (; !slots.empty(); slots.pop_back()) {
    const std::uint32_t first = slots.back();
    const Gpu& gpu = gpus_[first];
    if (is_whole(first, model_class)) {
      return Place{gpu.node, first - fleet_.gpu_begin[gpu.node], gpu.slot_gpus};
    }
    if (gpu.listed == model_class) gpus_[first].listed = none;
  }
  return std::nullopt;
}

void IdleGpus::take(const Place& place, ClassIndex model_class) {
  const std::uint64_t mask = mask_of(place);
  GWAGEO_CHECK((idle_[place.node] & mask) == mask);
  set_idle(place.node, idle_[place.node] & ~mask);
  const std::uint32_t first = fleet_.gpu_begin[place.node] + place.gpu;
  for (std::uint32_t i = first; i < first + place.gpus; ++i) {
    gpus_[i].slot = first;
    gpus_[i].model_class = model_class;
    gpus_[i].slot_gpus = place.gpus;
  }
}

void IdleGpus::give(const Place& place, bool holds) {
  set_idle(place.node, idle_[place.node] | mask_of(place));
  const std::uint32_t first = fleet_.gpu_begin[place.node] + place.gpu;
  Gpu& head = gpus_[first];
  if (!holds) {
    head.slot = none;
  } else if (head.listed != head.model_class) {
    head.listed = head.model_class;
    warm_[head.model_class].push_back(first);
  }
}

}  // namespace gwageo::simulate
