// What the agent keeps of items, leases and slots.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/messages.h"
#include "worker/batch_signer.h"

namespace gwageo {

/// A server that did not answer is not asked again for so long.
constexpr Duration server_pause = seconds(5);

/// One item on its way: the bytes of a response for each request, as they come.
struct AgentItem {
  ItemResult result;
  ItemIdentity identity;
  std::size_t missing = 0;
  bool operator<(const AgentItem& other) const { return result.index < other.result.index; }
};

/// A lease that it holds.
struct AgentLease {
  std::uint32_t slot = 0;
  std::uint32_t width = 1;  ///< Slots of its block, from `slot` on.
  Digest class_key;
  ModelSpec model;
  std::vector<GrantItem> unstarted;  ///< Until the model is loaded.
  std::vector<AgentItem> items;  ///< Started, by plan index; complete ones are moved to `finished`.
  std::size_t running = 0;       ///< Of `items`, those with something missing.
  std::vector<AgentItem> finished;        ///< Not yet handed in.
  std::optional<Instant> finished_since;  ///< When the first of `finished` ended.
  Duration engine_time;
  std::uint32_t next_chunk = 0;
  bool idle() const { return unstarted.empty() && running == 0 && finished.empty(); }
  /// The item at that plan index while something of it is missing.
  AgentItem* running_item(std::uint64_t index);
};

/// What is on a slot.
struct AgentSlot {
  Digest loaded;            ///< Zero: nothing.
  Digest loading;           ///< Zero: no load in progress.
  Digest before;            ///< Loaded when that load began, on the same slots.
  bool occupied = false;    ///< An engine is there or on its way, or was lost and is not freed.
  bool unloading = false;   ///< An unload is in progress.
  bool broken_off = false;  ///< The load in progress is to end: nobody waits for it any more.
  std::uint32_t width = 1;  ///< Slots of the block that the engine has, this one first.
  Digest away;              ///< The model whose server did not answer the last time.
  Instant away_until;       ///< It is not loaded again before then.
};

}  // namespace gwageo
