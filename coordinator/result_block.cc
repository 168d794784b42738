// Layout (protocol/bytes.h): u8 1 | u64 worker | u64 lease | i64 at | i64 engine time
//   | u32 n, n x (u64 plan index | u32 m, m x text response)
#include "coordinator/result_block.h"

#include <algorithm>

#include "coordinator/keys.h"
#include "protocol/bytes.h"

namespace gwageo {
namespace {
constexpr std::uint8_t block_layout_version = 1;
}  // namespace

std::string encode(const ResultBlock& block) {
  ByteWriter out;
  std::size_t bytes = 37;
  for (const ItemResult& item : block.items) {
    bytes += 12;
    for (const std::string& response : item.responses) bytes += 4 + response.size();
  }
  out.reserve(bytes);
  out.u8(block_layout_version);
  out.u64(block.worker.value);
  out.u64(block.lease.value);
  out.i64(block.at.microseconds);
  out.i64(block.engine_time.microseconds);
  out.u32(static_cast<std::uint32_t>(block.items.size()));
  for (const ItemResult& item : block.items) {
    out.u64(item.index);
    out.u32(static_cast<std::uint32_t>(item.responses.size()));
    for (const std::string& response : item.responses) out.text(response);
  }
  return out.take();
}

Result<ResultBlock> decode_result_block(std::string_view bytes) {
  ByteReader in(bytes);
  ResultBlock block;
  const bool known = in.u8() == block_layout_version;
  block.worker = {in.u64()};
  block.lease = {in.u64()};
  block.at = {in.i64()};
  block.engine_time = {in.i64()};
  const std::uint32_t items = in.u32();
  for (std::uint32_t i = 0; i < items && in.ok(); ++i) {
    ItemResult& item = block.items.emplace_back();
    item.index = in.u64();
    const std::uint32_t responses = in.u32();
    for (std::uint32_t r = 0; r < responses && in.ok(); ++r) item.responses.emplace_back(in.text());
  }
  if (!known || !in.done()) return fail(ErrorKind::corrupt, "result block: no whole encoding");
  return block;
}

const ItemResult* item_in(const ResultBlock& block, std::uint64_t index) {
  const auto found = std::lower_bound(
      block.items.begin(), block.items.end(), index,
      [](const ItemResult& item, std::uint64_t wanted) { return item.index < wanted; });
  return found == block.items.end() || found->index != index ? nullptr : &*found;
}

Result<std::vector<RequestResult>> request_results(const ItemResult& item) {
  std::vector<RequestResult> results;
  results.reserve(item.responses.size());
  for (const std::string& response : item.responses) {
    GWAGEO_ASSIGN(outcome, outcome_of(response));
    results.push_back({outcome, sha256(response)});
  }
  return results;
}

}  // namespace gwageo
