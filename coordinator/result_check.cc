#include "coordinator/result_check.h"

#include <vector>

namespace gwageo {

std::string ResultCheck::difference(const ResultsRecorded& recorded, WorkerId worker,
                                    const PlanOnRecord& plan, std::string_view bytes) {
  const Result<ResultBlock> block = decode_result_block(bytes);
  if (!block) return "do not decode: " + block.error().message;
  return difference(recorded, worker, plan, *block);
}

std::string ResultCheck::difference(const ResultsRecorded& recorded, WorkerId worker,
                                    const PlanOnRecord& plan, const ResultBlock& block) {
  if (block.lease != recorded.lease || block.worker != worker) {
    return "are of another lease or worker";
  }
  RangeSet items;
  for (const ItemResult& item : block.items) items.add({item.index, item.index + 1});
  if (items.ranges() != recorded.ranges) return "are of other items than the record says";
  std::array<std::uint64_t, outcome_count> outcomes{};
  const Result<Digest> root = root_of(plan, block, outcomes);
  if (!root) return "cannot be checked: " + root.error().message;
  if (*root != recorded.records_root) {
    return "differ from what was recorded: their root is " + to_hex(*root) + ", not " +
           to_hex(recorded.records_root);
  }
  return outcomes == recorded.outcomes ? "" : "have other outcomes than the record says";
}

Result<Digest> ResultCheck::root_of(const PlanOnRecord& plan, const ResultBlock& block,
                                    std::array<std::uint64_t, outcome_count>& outcomes) {
  MerkleFrontier tree;
  for (const ItemResult& item : block.items) {
    GWAGEO_ASSIGN(leaf, leaf_of(plan, item, outcomes));
    tree.add(leaf);
  }
  return tree.root();
}

Result<Digest> ResultCheck::leaf_of(const PlanOnRecord& plan, const ItemResult& item,
                                    std::array<std::uint64_t, outcome_count>& outcomes) {
  GWAGEO_ASSIGN(block, plans_.block_of(plan, item.index));
  GWAGEO_ASSIGN(entry, block->view(item.index % entries_of_block));
  const Result<std::vector<RequestResult>> results = request_results(item);
  if (!results) return fail(ErrorKind::corrupt, "hold a response that does not decode");
  ++outcomes[static_cast<std::size_t>(worst(*results))];
  return results_leaf(item.index, entry.item_digest, entry.repeat, *results);
}

}  // namespace gwageo
