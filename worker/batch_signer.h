// BatchSigner: a worker's signature over its results. It keeps what the coordinator said is on
// record, and signs once a second for all of it: a signature costs more than a lease of 32 items.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/messages.h"
#include "protocol/time.h"

namespace gwageo {

/// For which journal and in whose name is signed, and by what.
struct BatchSigning {
  std::string log;
  std::string principal;
  std::function<Signature(std::string_view)> sign = [](std::string_view) { return Signature{}; };
};

/// What the coordinator knows an item by, beside its plan index.
struct ItemIdentity {
  Digest digest;
  std::uint32_t repeat = 0;
};

/// A value; one thread, no clock.
class BatchSigner {
 public:
  BatchSigner(WorkerId worker, BatchSigning signing)
      : worker_(worker), signing_(std::move(signing)) {}

  /// Of `results`, whose items are these, the plan indexes in `recorded` are on record.
  void recorded(const Results& results, const std::vector<ItemIdentity>& items,
                const std::vector<Range>& recorded);
  /// The batch to be sent now, if one is due: a new one, or the last one again. `all`: there may be
  /// no later.
  std::optional<Batch> next(Instant now, bool all);
  void kept(const BatchKept& kept);
  /// When `next` should be asked at the latest.
  std::optional<Instant> due() const;
  /// Nothing is left to be signed, or on its way.
  bool idle() const { return chunks_.empty() && !out_; }

 private:
  Batch make();

  WorkerId worker_;
  BatchSigning signing_;
  std::map<std::pair<LeaseId, std::uint64_t>, Digest> chunks_;  ///< Roots, by lease and first.
  std::optional<Batch> out_;                                    ///< Sent, and not yet kept.
  Instant sent_at_;
  Instant signed_at_;
  bool has_signed_ = false;
  std::uint64_t batches_ = 0;
};

}  // namespace gwageo
