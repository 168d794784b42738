#include "protocol/ranges.h"

#include <algorithm>
#include <iterator>

#include "protocol/check.h"

namespace gwageo {

void RangeSet::add(Range range) {
  if (range.begin >= range.end) return;
  auto it = ranges_.upper_bound(range.begin);
  if (it != ranges_.begin() && std::prev(it)->second >= range.begin) --it;
  while (it != ranges_.end() && it->first <= range.end) {
    range.begin = std::min(range.begin, it->first);
    range.end = std::max(range.end, it->second);
    size_ -= it->second - it->first;
    it = ranges_.erase(it);
  }
  ranges_.emplace_hint(it, range.begin, range.end);
  size_ += range.size();
}

void RangeSet::add(const RangeSet& other) {
  for (const auto& [begin, end] : other.ranges_) add({begin, end});
}

void RangeSet::remove(Range range) {
  if (range.begin >= range.end) return;
  auto it = ranges_.upper_bound(range.begin);
  if (it != ranges_.begin() && std::prev(it)->second > range.begin) --it;
  while (it != ranges_.end() && it->first < range.end) {
    const Range old{it->first, it->second};
    size_ -= old.size();
    it = ranges_.erase(it);
    if (old.begin < range.begin) {
      ranges_.emplace(old.begin, range.begin);
      size_ += range.begin - old.begin;
    }
    if (old.end > range.end) {
      ranges_.emplace(range.end, old.end);
      size_ += old.end - range.end;
    }
  }
}

void RangeSet::remove(const RangeSet& other) {
  for (const auto& [begin, end] : other.ranges_) remove({begin, end});
}

bool RangeSet::contains(std::uint64_t index) const { return covers({index, index + 1}); }

bool RangeSet::covers(Range range) const {
  if (range.begin >= range.end) return true;
  auto it = ranges_.upper_bound(range.begin);
  if (it == ranges_.begin()) return false;
  --it;
  return it->second >= range.end;
}

bool RangeSet::covers(const RangeSet& other) const {
  return std::all_of(other.ranges_.begin(), other.ranges_.end(), [this](const auto& r) {
    return covers(Range{r.first, r.second});
  });
}

bool RangeSet::intersects(const RangeSet& other) const {
  return std::any_of(other.ranges_.begin(), other.ranges_.end(), [this](const auto& r) {
    return !intersection({r.first, r.second}).empty();
  });
}

RangeSet RangeSet::intersection(Range range) const {
  RangeSet result;
  auto it = ranges_.upper_bound(range.begin);
  if (it != ranges_.begin() && std::prev(it)->second > range.begin) --it;
  for (; it != ranges_.end() && it->first < range.end; ++it) {
    result.add({std::max(it->first, range.begin), std::min(it->second, range.end)});
  }
  return result;
}

std::vector<Range> RangeSet::ranges() const {
  std::vector<Range> result;
  result.reserve(ranges_.size());
  for (const auto& [begin, end] : ranges_) result.push_back({begin, end});
  return result;
}

RangeSet RangeSet::take_front(std::uint64_t count) {
  RangeSet taken;
  while (count > 0 && !ranges_.empty()) {
    const auto first = ranges_.begin();
    const std::uint64_t begin = first->first;
    const std::uint64_t end = begin + std::min(count, first->second - begin);
    count -= end - begin;
    taken.add({begin, end});
    remove({begin, end});
  }
  return taken;
}

RangeSet RangeSet::take_back(std::uint64_t count) {
  RangeSet taken;
  while (count > 0 && !ranges_.empty()) {
    const auto final = std::prev(ranges_.end());
    const std::uint64_t end = final->second;
    const std::uint64_t begin = end - std::min(count, end - final->first);
    count -= end - begin;
    taken.add({begin, end});
    remove({begin, end});
  }
  return taken;
}

}  // namespace gwageo
