// Every message between client, coordinator and worker, as plain values. gwageo.capnp says what
// each means on the wire; codec.h turns one into bytes and back. Bounds are in limits.h; a decoded
// message is within all of them.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "protocol/batch.h"
#include "protocol/client_messages.h"
#include "protocol/digest.h"
#include "protocol/gpus.h"
#include "protocol/ids.h"
#include "protocol/limits.h"
#include "protocol/model_spec.h"
#include "protocol/ranges.h"
#include "protocol/time.h"

namespace gwageo {

// ---- from a worker ----

/// First message of a worker, and again whenever the coordinator says SayHello. Lists the leases it
/// still holds, so that nothing is run twice after a restart of the coordinator.
struct Hello {
  std::uint32_t protocol = 0;
  WorkerId worker;
  std::string name;                  ///< Unique in the pool; a new life takes the name over.
  std::string version;               ///< Of the program, for people.
  std::vector<std::string> engines;  ///< Kinds it can run.
  std::uint32_t slots = 1;
  std::uint32_t credit_items = 1;  ///< Items that each slot wants in flight.
  std::vector<LeaseId> leases;
  Gpus gpus = {};                               ///< What each slot is.
  std::uint32_t loads = limits::loads_at_once;  ///< Models that it loads at the same time at most.
  bool signs = true;                            ///< It sends Batches.
  std::vector<Digest> cached = {};              ///< As in Heartbeat.
  friend bool operator==(const Hello&, const Hello&) = default;
};

struct SlotReport {
  Digest class_key;  ///< Of the model that is loaded; zero when none is.
  bool loading = false;
  std::string fault = {};  ///< Why it takes no work; empty: it is well.
  friend bool operator==(const SlotReport&, const SlotReport&) = default;
};

/// Sign of life; renews the leases listed.
struct Heartbeat {
  WorkerId worker;
  std::vector<LeaseId> leases;
  std::vector<SlotReport> slots;  ///< By slot number.
  /// Models whose files lie in the cache of the worker's node.
  std::vector<Digest> cached = {};
  bool leaving = false;  ///< It was told to stop: it wants no more work.
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

/// The responses of one item, canonical bytes (protocol/request.h), in the order of its requests.
struct ItemResult {
  std::uint64_t index = 0;  ///< Plan index.
  std::vector<std::string> responses;
  friend bool operator==(const ItemResult&, const ItemResult&) = default;
};

/// Some or all items of a lease. Kept by the worker and sent again until acknowledged.
struct Results {
  WorkerId worker;
  LeaseId lease;
  std::uint32_t chunk = 0;  ///< Counts the Results messages of this lease, from 0.
  Duration engine_time;     ///< Spent in the engine on these items.
  std::vector<ItemResult> items;
  friend bool operator==(const Results&, const Results&) = default;
};

/// A slot has loaded a model, or could not.
struct Loaded {
  WorkerId worker;
  std::uint32_t slot = 0;
  Digest class_key;
  bool ok = false;
  Duration took;
  std::string error;
  friend bool operator==(const Loaded&, const Loaded&) = default;
};

enum class GiveBackReason : std::uint8_t { draining = 0, load_failed = 1, unreachable = 2 };

/// The worker will not run what is left of a lease. unreachable: the model's server is away.
struct GiveBack {
  WorkerId worker;
  LeaseId lease;
  GiveBackReason reason = GiveBackReason::draining;
  std::string error;
  friend bool operator==(const GiveBack&, const GiveBack&) = default;
};

/// Last message of a worker that stops by itself.
struct Goodbye {
  WorkerId worker;
  friend bool operator==(const Goodbye&, const Goodbye&) = default;
};

// ---- to a worker ----

struct Welcome {
  std::uint64_t coordinator_life = 0;  ///< Differs in every life of the coordinator.
  Duration heartbeat;
  Duration lease_term;
  friend bool operator==(const Welcome&, const Welcome&) = default;
};

/// The coordinator wants nothing to do with the sender, for `reason`. Final for this process.
struct Refusal {
  std::string reason;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

struct GrantItem {
  std::uint64_t index = 0;
  std::string task;
  std::string item;
  std::uint32_t repeat = 0;
  std::vector<std::string> requests;  ///< Canonical bytes (protocol/request.h).
  Digest digest = {};                 ///< The item digest.
  friend bool operator==(const GrantItem&, const GrantItem&) = default;
};

/// That Results message is durable, or was about a lease that is over (`stale`). Either way the
/// worker may forget it.
struct Acknowledge {
  LeaseId lease;
  std::uint32_t chunk = 0;
  bool stale = false;
  /// Plan indexes of it that are on record and not signed yet: they go into the next Batch.
  std::vector<Range> recorded = {};
  friend bool operator==(const Acknowledge&, const Acknowledge&) = default;
};

/// A lease: run these items on that slot, with that model. Receiving it twice changes nothing. A
/// model that needs more GPUs than one has the slots [slot, slot + width) for itself.
struct Grant {
  LeaseId lease;
  JobId job;
  std::uint32_t slot = 0;
  Digest class_key;
  ModelSpec model;
  std::vector<GrantItem> items;
  std::vector<Acknowledge> acknowledged;  ///< Durable since the same turn; handled first.
  std::uint32_t width = 1;                ///< 1, 2, 4, ...
  friend bool operator==(const Grant&, const Grant&) = default;
};

/// These items of the lease are somebody else's now.
struct Shrink {
  LeaseId lease;
  std::vector<Range> removed;
  friend bool operator==(const Shrink&, const Shrink&) = default;
};

/// The lease is over: forget it and everything not yet handed in.
struct Revoke {
  LeaseId lease;
  friend bool operator==(const Revoke&, const Revoke&) = default;
};

/// The coordinator does not know this worker (any more): say Hello.
struct SayHello {
  friend bool operator==(const SayHello&, const SayHello&) = default;
};

using Message =
    std::variant<Hello, Heartbeat, Results, Loaded, GiveBack, Goodbye, Welcome, Refusal, Grant,
                 Shrink, Revoke, Acknowledge, SayHello, Command, Reply, Batch, BatchKept>;

}  // namespace gwageo
