// What workers sign: which of their results are on record, and what becomes of who does not.
#include <algorithm>

#include "coordinator/scheduler.h"
#include "protocol/limits.h"

namespace gwageo {

void Scheduler::on(const BatchReceived& e) {
  heard(e.batch.worker);
  record(e.batch);
  hungry_.insert(e.batch.worker);
  send(e.batch.worker, BatchKept{e.batch.worker, e.batch.batch});
}

Duration Scheduler::unsigned_for(WorkerId worker) const {
  const auto known = state_.workers().find(worker);
  if (known == state_.workers().end()) return {};
  const auto& chunks = known->second.unsigned_chunks;
  return chunks.empty() ? Duration{} : now_ - chunks.begin()->second.at;
}

// A chunk's record may hold a part of what was handed in, so that any of it may be the first.
std::vector<Range> Scheduler::unsigned_of(const ResultsReceived& e) const {
  const auto known = state_.workers().find(e.worker);
  if (known == state_.workers().end()) return {};
  const auto is_handed_in = [&](std::uint64_t index) {
    return std::binary_search(e.stale.begin(), e.stale.end(), index) ||
           std::any_of(e.items.begin(), e.items.end(),
                       [&](const ItemOutcome& item) { return item.index == index; });
  };
  for (const auto& [number, chunk] : known->second.unsigned_chunks) {
    if (chunk.lease == e.lease && is_handed_in(chunk.ranges.front().begin)) return chunk.ranges;
  }
  return {};
}

}  // namespace gwageo
