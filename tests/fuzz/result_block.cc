// A block of results, as an archive or a data directory of others holds it, and the responses in
// it.
#include "coordinator/result_block.h"

#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_result_block(std::string_view input) {
  const Result<ResultBlock> read = decode_result_block(input);
  if (!read) return;
  GWAGEO_CHECK(encode(*read) == input);
  for (const ItemResult& item : read->items) {
    for (const std::string& response : item.responses) (void)decode_response(response);
  }
}

std::vector<std::string> result_block_seeds() {
  Response text;
  text.text = "하나";
  text.tokens = 2;
  Response number;
  number.log_probability = -1.5;
  number.greedy = true;
  Response lost;
  lost.outcome = Outcome::worker_lost;
  lost.error = "gone";
  ResultBlock block{WorkerId{7}, LeaseId{8}, Instant{9}, Duration{10}, {}};
  std::vector<std::string> blocks = {encode(block)};
  block.items = {{0, {encode(text)}}, {3, {encode(number), encode(number)}}, {9, {encode(lost)}}};
  blocks.push_back(encode(block));
  return blocks;
}

}  // namespace

const Target result_block_target = {"result_block", run_result_block, result_block_seeds};

}  // namespace gwageo::fuzz
