// A block of a plan, as an archive or a data directory of others holds it, and the entries in it.
#include "coordinator/plan_store.h"
#include "protocol/check.h"
#include "protocol/request.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_plan_block(std::string_view input) {
  const Result<PlanEntry> alone = decode_plan_entry(input);
  GWAGEO_CHECK(alone.has_value() == view_plan_entry(input).has_value());
  if (alone) GWAGEO_CHECK(encode(*alone) == input);

  const Result<PlanBlock> block = PlanBlock::read(std::string(input), "plan block", 3);
  if (!block) return;
  for (std::size_t i = 0; i < block->size(); ++i) {
    const Result<PlanEntry> entry = block->entry(i);
    const Result<PlanEntryView> view = block->view(i);
    GWAGEO_CHECK(entry.has_value() == view.has_value());
    if (!entry) continue;
    GWAGEO_CHECK(entry->task < 3 && entry->item == view->item);
    std::size_t requests = 0;
    view->for_each_request([&](std::string_view request) {
      GWAGEO_CHECK(request == entry->requests[requests]);
      ++requests;
    });
    GWAGEO_CHECK(requests == entry->requests.size());
  }
}

PlanEntry entry(std::uint32_t task, const std::string& item) {
  Request request;
  request.prompt = "Q: " + item;
  PlanEntry made;
  made.task = task;
  made.item = item;
  made.item_digest = sha256(item);
  made.requests = {encode(request), encode(request)};
  made.reference = {{"예"}, {0}, {"예", "아니오"}};
  made.cluster = task == 1 ? "passage" : "";
  return made;
}

std::vector<std::string> plan_block_seeds() {
  ByteWriter block;
  const std::vector<std::string> entries = {encode(entry(0, "a")), encode(entry(1, "b")),
                                            encode(entry(2, "c"))};
  block.u32(static_cast<std::uint32_t>(entries.size()));
  for (const std::string& each : entries) block.text(each);
  return {entries[0], entries[1], block.take()};
}

}  // namespace

const Target plan_block_target = {"plan_block", run_plan_block, plan_block_seeds};

}  // namespace gwageo::fuzz
