// A proof of one item, for its team to keep: what came of the item is in a record of results, and
// the record is in the log that was signed. Checked against a key or a policy, and nothing else.
//
//   outcome and digest of each response
//        | results_leaf, an audit path        ResultsRecorded.records_root
//   record of the journal
//        | merkle_leaf, an audit path         root of the checkpoint
//   checkpoint, signed and cosigned
//
// It is a c2sp.org/tlog-proof of the record, so that others' tools check the upper half; the lower
// half is JSON in its `extra`, for which nobody vouches but the record's own root.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/fact.h"
#include "coordinator/result_block.h"
#include "protocol/transparency/log_proof.h"

namespace gwageo {

/// A value.
struct ItemProof {
  std::uint64_t index = 0;  ///< Of the item, in its job's plan.
  Digest item;
  std::uint32_t repeat = 0;
  std::vector<RequestResult> results;
  std::vector<Digest> path;  ///< From the item's leaf to the root of the record.
  std::string record;        ///< The bytes of the journal's record.
  LogProof log;              ///< Of the record; its `extra` is made of the rest.
};

/// The lower half as it stands in a proof's `extra`: all but `log`.
Json lower_half(const ItemProof& proof);
/// bad_input, naming what is missing or wrong. `log` is left empty.
Result<ItemProof> parse_lower_half(const Json& json);

std::string to_text(const ItemProof& proof);
/// bad_input, naming what is missing or wrong, unless `text` is what `to_text` writes for a proof.
Result<ItemProof> parse_item_proof(std::string_view text);

/// What a proof proves, once its checkpoint is believed.
struct ProvenItem {
  JobId job;
  LeaseId lease;
  std::uint64_t record = 0;  ///< Sequence number.
};

/// Whether both halves hold up to `root` over `size` records. corrupt, saying which half and why.
Result<ProvenItem> check_item_proof(const ItemProof& proof, std::uint64_t size, const Digest& root);

/// The rank of an index among the items of ranges, and how many there are; nothing when it is none
/// of them.
struct RankInRanges {
  std::uint64_t rank = 0;
  std::uint64_t size = 0;
};
std::optional<RankInRanges> rank_in(const std::vector<Range>& ranges, std::uint64_t index);

}  // namespace gwageo
