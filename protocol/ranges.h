// RangeSet: a set of plan indexes kept as disjoint half-open ranges. A million queued items of one
// job are one range.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace gwageo {

/// [begin, end), never empty inside a RangeSet.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end - begin; }
  friend bool operator==(const Range&, const Range&) = default;
};

/// A value. Adjacent ranges are merged, so equal sets compare equal. Operations cost O(log n) for
/// each range touched.
class RangeSet {
 public:
  RangeSet() = default;
  explicit RangeSet(Range range) { add(range); }

  /// Adds every index of `range`; those present stay.
  void add(Range range);
  void add(const RangeSet& other);
  /// Removes every index of `range` that is present.
  void remove(Range range);
  void remove(const RangeSet& other);

  bool contains(std::uint64_t index) const;
  /// True when every index of `range` is present.
  bool covers(Range range) const;
  bool covers(const RangeSet& other) const;
  bool intersects(const RangeSet& other) const;
  /// The indexes of `range` that are present.
  RangeSet intersection(Range range) const;

  bool empty() const { return ranges_.empty(); }
  /// How many indexes there are.
  std::uint64_t size() const { return size_; }
  std::size_t range_count() const { return ranges_.size(); }
  /// Ascending.
  std::vector<Range> ranges() const;

  /// Removes and returns the smallest `count` indexes, or all when there are fewer.
  RangeSet take_front(std::uint64_t count);
  /// Removes and returns the largest `count` indexes, or all when there are fewer.
  RangeSet take_back(std::uint64_t count);

  friend bool operator==(const RangeSet& a, const RangeSet& b) { return a.ranges_ == b.ranges_; }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // begin -> end
  std::uint64_t size_ = 0;
};

}  // namespace gwageo
