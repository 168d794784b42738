// Slots as the dispatcher sees them: what is loaded where, and which slot a GPU belongs to.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/ledger.h"
#include "coordinator/placement.h"
#include "coordinator/waiting_work.h"
#include "protocol/time.h"

namespace gwageo {

/// A model on a block.
struct DispatchSlot {
  ClassNumber class_number = 0;
  Block block{0, 0, 0};  ///< Of width 0: nothing is loaded.
  bool busy = false;
  std::uint8_t tier = 0;  ///< Of what it served last,
  TeamNumber team = 0;    ///< and for whom.
  Instant since;          ///< The class was loaded.
  Instant ends;           ///< Expected.
  Duration item;          ///< Of the run.
  Instant yielded;        ///< A run was asked to, there.
  Duration load;          ///< What loading the class took, where somebody said.

  /// What is late already is believed to take as long again: of the times of items, which spread
  /// widely, those that are late are the long ones.
  Instant ends_after(Instant now) const { return ends > now ? ends : now + (now - ends); }
};

/// A slot is kept at its block's first GPU. Nodes of a domain follow each other here, so that a
/// slot that spans some of them is a stretch like any other. A value; one thread.
class DispatchSlots {
 public:
  /// The GPUs of one node more.
  void join(std::uint32_t gpus) {
    base_.push_back(slots_.size());
    slots_.resize(slots_.size() + gpus);
    owner_.resize(owner_.size() + gpus, nobody);
  }

  /// What begins at this GPU; of width 0 where nothing does.
  DispatchSlot& at(NodeNumber node, std::uint32_t gpu) { return slots_[base_[node] + gpu]; }
  const DispatchSlot& at(NodeNumber node, std::uint32_t gpu) const {
    return slots_[base_[node] + gpu];
  }
  DispatchSlot& at(const Block& block) { return at(block.node, block.first); }
  const DispatchSlot& at(const Block& block) const { return at(block.node, block.first); }

  /// REQUIRES: no GPU of the slot's block belongs to a slot.
  void put(const DispatchSlot& slot) {
    at(slot.block) = slot;
    own(slot.block, index(slot.block));
  }
  void take(const Block& block) {
    at(block) = {};
    own(block, nobody);
  }

  /// Calls `visit` with each slot that has a GPU of the block, once. It changes none.
  template <class Visit>
  void for_each(const Block& block, const Visit& visit) const {
    std::size_t last = nobody;
    for (std::size_t gpu = index(block); gpu < index(block) + block.width; ++gpu) {
      if (owner_[gpu] == nobody || owner_[gpu] == last) continue;
      last = owner_[gpu];
      visit(slots_[last]);
    }
  }
  /// The blocks of these slots.
  std::vector<Block> blocks(const Block& within) const {
    std::vector<Block> found;
    for_each(within, [&](const DispatchSlot& slot) { found.push_back(slot.block); });
    return found;
  }

  /// Whether they have a GPU in common.
  bool overlap(const Block& a, const Block& b) const {
    return index(a) < index(b) + b.width && index(b) < index(a) + a.width;
  }
  /// Whether the GPUs of the block are those of the slot that is kept at it.
  bool owns_all(const Block& block) const {
    for (std::size_t i = 0; i < block.width; ++i) {
      if (owner_[index(block) + i] != index(block)) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t nobody = ~std::size_t{0};
  std::size_t index(const Block& block) const { return base_[block.node] + block.first; }
  void own(const Block& block, std::size_t owner) {
    for (std::size_t i = 0; i < block.width; ++i) owner_[index(block) + i] = owner;
  }

  std::vector<std::size_t> base_;    // Of each node's GPUs in the vectors below.
  std::vector<DispatchSlot> slots_;  // By first GPU.
  std::vector<std::size_t> owner_;   // By GPU: where its slot is in `slots_`, or `nobody`.
};

}  // namespace gwageo
