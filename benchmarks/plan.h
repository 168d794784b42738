// A plan: a suite made concrete. Every request rendered, in order, with what scoring needs, so that
// neither a worker nor the scorer ever goes back to the rows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/bytes.h"
#include "protocol/digest.h"
#include "protocol/result.h"

namespace gwageo {

/// What an item's responses are scored against.
struct Reference {
  std::vector<std::string> targets;  ///< Accepted answers; for multiple choice the gold choices.
  std::vector<std::int64_t> golds;   ///< Indexes of right choices; none where there are no choices.
  std::vector<std::string> choices;  ///< The choices' texts as asked, delimiter not included.
  friend bool operator==(const Reference&, const Reference&) = default;
  /// The right choice, where one is; -1 where there is none or are several.
  std::int64_t gold() const { return golds.size() == 1 ? golds.front() : -1; }
  bool is_gold(std::int64_t choice) const;
};

/// One item, once. `plan index` is its position in the plan, from 0. A value.
struct PlanEntry {
  std::uint32_t task = 0;  ///< Index into the suite's tasks, in suite order.
  std::string item;        ///< Item id, unique in its task.
  Digest item_digest;      ///< SHA-256(task digest, item id, the row's bytes).
  std::uint32_t repeat = 0;
  std::vector<std::string> requests;  ///< Canonical bytes (protocol/request.h), in choice order.
  Reference reference;
  /// Items of a task with the same one stand or fall together (a passage that several ask about);
  /// empty: by itself.
  std::string cluster;
  friend bool operator==(const PlanEntry&, const PlanEntry&) = default;
};

/// What a lease and a record need of an entry, in the bytes that it was read from.
struct PlanEntryView {
  std::uint32_t task = 0;
  std::string_view item;
  Digest item_digest;
  std::uint32_t repeat = 0;
  std::uint32_t requests = 0;  ///< Their number; `request_list` holds them one after another.
  std::string_view request_list;

  /// Calls `see` with the canonical bytes of each request, in choice order.
  template <class See>
  void for_each_request(See see) const {
    ByteReader in(request_list);
    for (std::uint32_t i = 0; i < requests; ++i) see(in.text());
  }
};

/// Canonical bytes of an entry (layout in plan.cc), as stored.
std::string encode(const PlanEntry& entry);
/// corrupt when the bytes are no canonical encoding.
Result<PlanEntry> decode_plan_entry(std::string_view bytes);
/// The same checks; takes no memory.
Result<PlanEntryView> view_plan_entry(std::string_view bytes);

/// The entry's leaf in the plan root: `merkle_leaf` over canonical {task name, item id, item
/// digest, repeat, the digest of each request, the digest of the reference, the cluster if any}.
Digest plan_leaf(std::string_view task_name, const PlanEntry& entry);

}  // namespace gwageo
