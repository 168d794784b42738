#include "protocol/ranges.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "tests/protocol/message_samples.h"

namespace gwageo {
namespace {

/// The same set, kept naively.
struct Model {
  std::set<std::uint64_t> indexes;

  void add(Range r) {
    for (std::uint64_t i = r.begin; i < r.end; ++i) indexes.insert(i);
  }
  void remove(Range r) {
    for (std::uint64_t i = r.begin; i < r.end; ++i) indexes.erase(i);
  }
  bool covers(Range r) const {
    for (std::uint64_t i = r.begin; i < r.end; ++i) {
      if (!indexes.contains(i)) return false;
    }
    return true;
  }
  std::vector<Range> ranges() const {
    std::vector<Range> result;
    for (const std::uint64_t i : indexes) {
      if (result.empty() || result.back().end != i) result.push_back({i, i});
      result.back().end = i + 1;
    }
    return result;
  }
  /// Removes and returns the first or last `count`.
  Model take(std::uint64_t count, bool front) {
    Model taken;
    for (; count > 0 && !indexes.empty(); --count) {
      const auto it = front ? indexes.begin() : std::prev(indexes.end());
      taken.indexes.insert(*it);
      indexes.erase(it);
    }
    return taken;
  }
};

void expect_same(const RangeSet& set, const Model& model) {
  ASSERT_EQ(set.ranges(), model.ranges());
  ASSERT_EQ(set.size(), model.indexes.size());
  ASSERT_EQ(set.range_count(), model.ranges().size());
  ASSERT_EQ(set.empty(), model.indexes.empty());
}

constexpr std::uint64_t domain = 48;

Range random_range(samples::Dice& dice) {
  const std::uint64_t begin = dice.roll(domain);
  return {begin, begin + dice.roll(9)};  // Empty now and then.
}

/// One random change or question, on both.
void step(samples::Dice& dice, RangeSet& set, Model& model) {
  const Range range = random_range(dice);
  const std::uint64_t count = dice.roll(6);
  switch (dice.roll(6)) {
    case 0:
      set.add(range);
      model.add(range);
      break;
    case 1:
      set.remove(range);
      model.remove(range);
      break;
    case 2: expect_same(set.take_front(count), model.take(count, true)); break;
    case 3: expect_same(set.take_back(count), model.take(count, false)); break;
    case 4: {
      Model inside;
      for (std::uint64_t i = range.begin; i < range.end; ++i) {
        if (model.indexes.contains(i)) inside.indexes.insert(i);
      }
      expect_same(set.intersection(range), inside);
      break;
    }
    default:
      ASSERT_EQ(set.covers(range), model.covers(range));
      ASSERT_EQ(set.contains(range.begin), model.indexes.contains(range.begin));
      break;
  }
}

TEST(RangeSet, AgreesWithANaiveSet) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    samples::Dice dice(seed);
    RangeSet set;
    Model model;
    for (int i = 0; i < 200; ++i) {
      step(dice, set, model);
      expect_same(set, model);
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
  }
}

TEST(RangeSet, SetsAgreeWithNaiveSets) {
  samples::Dice dice(42);
  for (int round = 0; round < 2000; ++round) {
    RangeSet a, b;
    Model model_a, model_b;
    for (std::uint64_t n = dice.roll(6); n > 0; --n) {
      const Range range = random_range(dice);
      a.add(range);
      model_a.add(range);
    }
    for (std::uint64_t n = dice.roll(4); n > 0; --n) {
      const Range range = random_range(dice);
      b.add(range);
      model_b.add(range);
    }
    Model both, less = model_a, all = model_a;
    for (const std::uint64_t i : model_b.indexes) {
      if (model_a.indexes.contains(i)) both.indexes.insert(i);
      less.indexes.erase(i);
      all.indexes.insert(i);
    }
    ASSERT_EQ(a.covers(b), both.indexes == model_b.indexes);
    ASSERT_EQ(a.intersects(b), !both.indexes.empty());
    RangeSet sum = a;
    sum.add(b);
    expect_same(sum, all);
    RangeSet difference = a;
    difference.remove(b);
    expect_same(difference, less);
    ASSERT_EQ(a == b, model_a.indexes == model_b.indexes);
  }
}

TEST(RangeSet, MergesWhatTouches) {
  RangeSet set(Range{0, 4});
  set.add({8, 12});
  set.add({4, 8});
  EXPECT_EQ(set, RangeSet(Range{0, 12}));
  EXPECT_EQ(set.range_count(), 1u);
}

TEST(RangeSet, TakesAllWhenThereAreFewer) {
  constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
  RangeSet set(Range{5, 9});
  EXPECT_EQ(set.take_front(all), RangeSet(Range{5, 9}));
  EXPECT_TRUE(set.empty());
  set.add({5, 9});
  EXPECT_EQ(set.take_back(all), RangeSet(Range{5, 9}));
  EXPECT_TRUE(set.empty());
  EXPECT_TRUE(set.take_front(1).empty());
  EXPECT_TRUE(set.take_back(1).empty());
}

TEST(RangeSet, AMillionItemsAreOneRange) {
  RangeSet set;
  for (std::uint64_t i = 0; i < 1000000; i += 10) set.add({i, i + 10});
  EXPECT_EQ(set.range_count(), 1u);
  EXPECT_EQ(set.size(), 1000000u);
}

}  // namespace
}  // namespace gwageo
