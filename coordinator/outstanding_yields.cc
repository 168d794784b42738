#include "coordinator/outstanding_yields.h"

#include "protocol/check.h"

namespace gwageo {

void OutstandingYields::add(const Asked& asked) {
  const std::pair place{asked.yield.block.node, asked.yield.block.first};
  GWAGEO_CHECK(by_place_.try_emplace(place, asked).second);
  count_promised();
}

void OutstandingYields::remove(const Block& block) {
  if (by_place_.erase({block.node, block.first}) > 0) count_promised();
}

const Yield* OutstandingYields::find(const Block& block) const {
  const auto it = by_place_.find({block.node, block.first});
  return it == by_place_.end() ? nullptr : &it->second.yield;
}

std::int64_t OutstandingYields::coming(ClassNumber number) const {
  std::int64_t slots = 0;
  for (const auto& [place, asked] : by_place_) slots += asked.yield.for_class == number ? 1 : 0;
  return slots;
}

void OutstandingYields::count_promised() {
  promised_.clear();
  for (const auto& [place, asked] : by_place_) {
    promised_.emplace_back(asked.victim, -std::int64_t{asked.yield.block.width});
    promised_.emplace_back(asked.yield.for_team, std::int64_t{asked.gpus});
  }
}

}  // namespace gwageo
