// Distinct number types for the things that have numbers. They order, they print as digits, they
// do not mix. 0 is "none" in each.
#pragma once

#include <compare>
#include <cstdint>

namespace gwageo {

template <class Tag>
struct Id {
  std::uint64_t value = 0;
  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(const Id&, const Id&) = default;
};

/// One model on one plan. Given by the coordinator, never reused.
using JobId = Id<struct JobTag>;
/// A shard lent to a worker; itself the fencing token: global, persisted, never reused.
using LeaseId = Id<struct LeaseTag>;
/// One life of one worker process: drawn at random by the worker at its start.
using WorkerId = Id<struct WorkerTag>;
/// One connection as the transport sees it; means nothing after a restart.
using PeerId = Id<struct PeerTag>;

}  // namespace gwageo
