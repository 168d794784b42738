#include "ops/simulate/idle_gpus.h"

#include <bit>

#include "protocol/check.h"

namespace gwageo::simulate {
namespace {

using Blocks = std::array<std::uint64_t, 7>;

/// Per size 1, 2, 4, ... 64: a bit where an aligned block of idle GPUs begins that is in no larger
/// one.
Blocks blocks_of(std::uint64_t idle) {
  constexpr std::array<std::uint64_t, 6> beginnings = {0x5555555555555555, 0x1111111111111111,
                                                       0x0101010101010101, 0x0001000100010001,
                                                       0x0000000100000001, 0x0000000000000001};
  Blocks blocks{};
  for (std::size_t i = 0; i < beginnings.size(); ++i) {
    const std::uint32_t size = 1U << i;
    const std::uint64_t larger = idle & (idle >> size) & beginnings[i];
    blocks[i] = idle & ~(larger | (larger << size));
    idle = larger;
  }
  blocks.back() = idle;
  return blocks;
}

std::uint64_t ones(std::uint32_t count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

std::array<NumberSet, 7> sets_of(std::size_t size) {
  const NumberSet set(size);
  return {set, set, set, set, set, set, set};
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

IdleGpus::IdleGpus(const Fleet& fleet, const Workload& workload)
    : fleet_(fleet),
      shapes_(fleet, workload),
      idle_(shapes_.spans().size()),
      spans_(fleet.kinds.size(), sets_of(shapes_.spans().size())),
      gpus_(fleet.gpus()),
      warm_(workload.classes.size()) {
  for (std::uint32_t i = 0; i < shapes_.spans().size(); ++i) {
    span_.insert(span_.end(), shapes_.spans()[i].nodes, i);
  }
  for (NodeIndex node = 0; node < fleet.nodes.size(); ++node) {
    for (std::uint32_t i = fleet.gpu_begin[node]; i < fleet.gpu_begin[node + 1]; ++i) {
      gpus_[i].node = node;
    }
  }
}

std::uint64_t IdleGpus::mask_of(NodeIndex node, std::uint32_t gpu, std::uint32_t gpus) const {
  const NodeIndex first = shapes_.spans()[span_[node]].first;
  return ones(gpus) << (fleet_.gpu_begin[node] - fleet_.gpu_begin[first] + gpu);
}

void IdleGpus::set_idle(std::uint32_t span, std::uint64_t mask) {
  idle_[span] = mask;
  const Blocks blocks = blocks_of(mask);
  std::array<NumberSet, 7>& sets = spans_[fleet_.nodes[shapes_.spans()[span].first].kind];
  for (std::size_t i = 0; i < blocks.size(); ++i) sets[i].set(span, blocks[i] != 0);
}

void IdleGpus::node_up(NodeIndex node) {
  const std::uint32_t span = span_[node];
  set_idle(span, idle_[span] | mask_of(node, 0, fleet_.nodes[node].gpus));
}

void IdleGpus::node_down(NodeIndex node) {
  const std::uint32_t span = span_[node];
  set_idle(span, idle_[span] & ~mask_of(node, 0, fleet_.nodes[node].gpus));
  for (std::uint32_t i = fleet_.gpu_begin[node]; i < fleet_.gpu_begin[node + 1]; ++i) {
    gpus_[i].slot = none;
  }
}

std::optional<Place> IdleGpus::find(const Shape& shape) const {
  for (auto size = static_cast<std::size_t>(std::countr_zero(shape.gpus)); size < Blocks{}.size();
       ++size) {
    std::optional<std::uint32_t> least;
    for (std::size_t kind = 0; kind < spans_.size(); ++kind) {
      if ((shape.kinds >> kind & 1) == 0) continue;
      const std::optional<std::uint32_t> span = spans_[kind][size].first();
      if (span && (!least || *span < *least)) least = span;
    }
    if (!least) continue;
    const std::uint64_t block = blocks_of(idle_[*least])[size];
    const std::uint32_t per_node = fleet_.nodes[shapes_.spans()[*least].first].gpus;
    const auto gpu = static_cast<std::uint32_t>(std::countr_zero(block));
    return Place{shapes_.spans()[*least].first + gpu / per_node, gpu % per_node, shape.gpus};
  }
  return std::nullopt;
}

// All of its GPUs are idle and still its own.
bool IdleGpus::is_whole(std::uint32_t first, ClassIndex model_class) const {
  const Gpu& head = gpus_[first];
  if (head.slot != first || head.model_class != model_class) return false;
  for (std::uint32_t i = first; i < first + head.slot_gpus; ++i) {
    if (gpus_[i].slot != first) return false;
  }
  const std::uint32_t gpu = first - fleet_.gpu_begin[head.node];
  const std::uint64_t mask = mask_of(head.node, gpu, head.slot_gpus);
  return (idle_[span_[head.node]] & mask) == mask;
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
  const std::uint32_t span = span_[place.node];
  const std::uint64_t mask = mask_of(place.node, place.gpu, place.gpus);
  GWAGEO_CHECK((idle_[span] & mask) == mask);
  set_idle(span, idle_[span] & ~mask);
  const std::uint32_t first = fleet_.gpu_begin[place.node] + place.gpu;
  for (std::uint32_t i = first; i < first + place.gpus; ++i) {
    gpus_[i].slot = first;
    gpus_[i].model_class = model_class;
    gpus_[i].slot_gpus = place.gpus;
  }
}

void IdleGpus::give(const Place& place, bool holds) {
  const std::uint32_t span = span_[place.node];
  set_idle(span, idle_[span] | mask_of(place.node, place.gpu, place.gpus));
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
