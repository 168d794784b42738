// ResultsOutbox: a worker's results until the coordinator has them for good. Few of their bytes are
// on the way at a time: a message in a connection waits for those before it, and heartbeats behind
// many bytes on a slow link would come too late to keep a lease.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "protocol/limits.h"
#include "protocol/messages.h"
#include "protocol/time.h"
#include "worker/batch_signer.h"

namespace gwageo {

/// What is aimed at: bytes of one Results, and of all that are on their way at a time, unless one
/// item is larger. A heartbeat thus waits for 512 KiB at most: 4 s on a link of 1 Mbit/s.
inline constexpr std::size_t results_bytes_usual = std::size_t{256} << 10;
inline constexpr std::size_t results_on_the_way_bytes = std::size_t{512} << 10;
static_assert(results_on_the_way_bytes <= limits::chunk_bytes_max);

/// Results that one message carries, and what the coordinator knows its items by.
struct OutgoingResults {
  std::shared_ptr<const Message> message;  ///< A Results.
  std::vector<ItemIdentity> items;
  std::size_t bytes = 0;  ///< About what the message is long.
};

/// A value; one thread, no clock.
class ResultsOutbox {
 public:
  using Sends = std::vector<std::shared_ptr<const Message>>;

  /// REQUIRES: no results with this lease and chunk are in here.
  void put(OutgoingResults results);
  /// What is to be sent now, oldest first: what was not sent yet, as far as there is room on the
  /// way, and what was sent and got no answer for a while, which grows with every try.
  Sends next(Instant now);
  /// What is left of this lease is to be sent now, whatever is on the way: it is about to be over.
  Sends all_of(LeaseId lease, Instant now);
  /// What of this lease was never sent is not to be sent.
  void withhold(LeaseId lease);
  /// The coordinator has lost what was on its way: everything is to be sent again.
  void sent_in_vain();
  /// Answered, and out of here; nothing when it is not in here.
  std::optional<OutgoingResults> take(LeaseId lease, std::uint32_t chunk);

  bool empty() const { return waiting_.empty(); }
  /// With anything in here, ascending.
  std::set<LeaseId> leases() const;

 private:
  struct Waiting {
    OutgoingResults results;
    std::uint64_t number = 0;  ///< In the order of `put`.
    std::uint32_t tries = 0;   ///< 0: not on the way.
    bool was_sent = false;     ///< Ever: it may be on record.
    Instant sent_at;
  };
  using Place = std::pair<LeaseId, std::uint32_t>;
  void send(Waiting& waiting, Instant now, Sends& sends);

  std::map<Place, Waiting> waiting_;
  std::map<std::uint64_t, Place> unsent_;  ///< By number.
  std::size_t on_the_way_ = 0;             ///< Bytes.
  std::uint64_t puts_ = 0;
};

}  // namespace gwageo
