#include "protocol/results_leaf.h"

#include <algorithm>

#include "protocol/bytes.h"

namespace gwageo {

Digest results_leaf(std::uint64_t index, const Digest& item, std::uint32_t repeat,
                    std::span<const RequestResult> results) {
  ByteWriter out;
  out.reserve(48 + 33 * results.size());
  out.u64(index);
  out.digest(item);
  out.u32(repeat);
  out.u32(static_cast<std::uint32_t>(results.size()));
  for (const RequestResult& result : results) {
    out.u8(static_cast<std::uint8_t>(result.outcome));
    out.digest(result.response);
  }
  return merkle_leaf(out.bytes());
}

Outcome worst(std::span<const RequestResult> results) {
  Outcome outcome = Outcome::answered;
  for (const RequestResult& result : results) outcome = std::max(outcome, result.outcome);
  return outcome;
}

}  // namespace gwageo
