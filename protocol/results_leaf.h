// The leaf of one item in a results root: what coordinator, worker and auditor each compute from
// the responses. Pure.
#pragma once

#include <cstdint>
#include <span>

#include "protocol/digest.h"
#include "protocol/request.h"

namespace gwageo {

/// What a results leaf says of one request.
struct RequestResult {
  Outcome outcome = Outcome::answered;
  Digest response;  ///< SHA-256 of the response's canonical bytes; zero where there is none.
};

/// `merkle_leaf` over canonical {plan index, item digest, repeat, outcome and response digest of
/// each request}: the same whoever ran the item, under whatever lease.
Digest results_leaf(std::uint64_t index, const Digest& item, std::uint32_t repeat,
                    std::span<const RequestResult> results);

/// The worst of an item's outcomes.
Outcome worst(std::span<const RequestResult> results);

}  // namespace gwageo
