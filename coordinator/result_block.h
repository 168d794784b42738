// Result records as stored: the items that one Results message settled, with their responses, and
// who ran them. One block, one key, one acknowledgement for many items.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/store.h"
#include "protocol/digest.h"
#include "protocol/ids.h"
#include "protocol/messages.h"
#include "protocol/request.h"
#include "protocol/results_leaf.h"
#include "protocol/time.h"

namespace gwageo {

/// The first members are provenance: in no root, for people and auditors.
struct ResultBlock {
  WorkerId worker;
  LeaseId lease;
  Instant at;
  Duration engine_time;
  std::vector<ItemResult> items;  ///< Ascending by plan index.
};

std::string encode(const ResultBlock& block);
/// corrupt when the bytes are no encoding of a block.
Result<ResultBlock> decode_result_block(std::string_view bytes);

/// The item's result in the block; null where it has none.
const ItemResult* item_in(const ResultBlock& block, std::uint64_t index);
/// Outcome and digest of each response. bad_input when one does not decode.
Result<std::vector<RequestResult>> request_results(const ItemResult& item);

}  // namespace gwageo
