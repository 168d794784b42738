// The sample of an audit, and the figures that trust.md's tables state.
#include "benchmarks/audit_sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace gwageo {
namespace {

Digest seed(const std::string& text) { return sha256(text); }

TEST(AuditSample, IsDrawnAgainByAnybody) {
  const auto drawn = draw_sample(seed("a"), 5000, 459);
  EXPECT_EQ(drawn, draw_sample(seed("a"), 5000, 459));
  EXPECT_NE(drawn, draw_sample(seed("b"), 5000, 459));
  ASSERT_EQ(drawn.size(), 459U);
  EXPECT_TRUE(std::is_sorted(drawn.begin(), drawn.end()));
  EXPECT_EQ(std::adjacent_find(drawn.begin(), drawn.end()), drawn.end());
  EXPECT_LT(drawn.back(), 5000U);
}

// What everybody has to draw, frozen: another program that draws it does so by these numbers.
TEST(AuditSample, IsPinned) {
  EXPECT_EQ(draw_sample(audit_seed(sha256("root"), sha256("nonce")), 1000, 5),
            (std::vector<std::uint64_t>{46, 181, 215, 499, 619}));
}

TEST(AuditSample, TakesAllWhereThereAreNoMore) {
  EXPECT_EQ(draw_sample(seed("a"), 3, 10), (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_TRUE(draw_sample(seed("a"), 0, 10).empty());
  EXPECT_TRUE(draw_sample(seed("a"), 10, 0).empty());
}

TEST(AuditSample, EverySetIsAsLikely) {
  std::map<std::vector<std::uint64_t>, int> sets;
  constexpr int draws = 12000;
  for (int i = 0; i < draws; ++i) ++sets[draw_sample(seed(std::to_string(i)), 5, 2)];
  ASSERT_EQ(sets.size(), 10U);
  double chi_square = 0;
  for (const auto& [set, count] : sets) {
    chi_square += (count - draws / 10.0) * (count - draws / 10.0) / (draws / 10.0);
  }
  EXPECT_LT(chi_square, 27.9);  // 9 degrees of freedom, 0.1 %
}

TEST(AuditSample, RootAndNumberBothDecide) {
  EXPECT_NE(audit_seed(sha256("r"), sha256("n")), audit_seed(sha256("r"), sha256("m")));
  EXPECT_NE(audit_seed(sha256("r"), sha256("n")), audit_seed(sha256("s"), sha256("n")));
  EXPECT_NE(audit_commitment(sha256("n")), sha256("n"));
}

TEST(AuditSample, MeetsAForgedItemAsOftenAsStated) {
  EXPECT_EQ(chance_to_meet(100, 10, 0), 0);
  EXPECT_FALSE(std::signbit(chance_to_meet(100, 0, 10)));
  EXPECT_EQ(chance_to_meet(100, 91, 10), 1);
  EXPECT_NEAR(chance_to_meet(10, 2, 1), 0.2, 1e-12);
  // Of a large job as with replacement: the table of 95, 99 and 99.9 %.
  constexpr std::uint64_t large = 100'000'000;
  EXPECT_EQ(sample_to_meet(large, large / 100, 0.99), 459U);
  EXPECT_EQ(sample_to_meet(large, large / 100, 0.95), 299U);
  EXPECT_EQ(sample_to_meet(large, large / 100, 0.999), 688U);
  EXPECT_EQ(sample_to_meet(large, large / 20, 0.99), 90U);
  EXPECT_EQ(sample_to_meet(large, large / 50, 0.99), 228U);
  // Of a small one fewer do.
  const std::uint64_t few = sample_to_meet(1000, 10, 0.99);
  EXPECT_LT(few, 459U);
  EXPECT_GE(chance_to_meet(1000, few, 10), 0.99);
  EXPECT_LT(chance_to_meet(1000, few - 1, 10), 0.99);
  EXPECT_EQ(sample_to_meet(5, 5, 0.5), 1U);
}

TEST(AuditSample, HowManyMayDiffer) {
  EXPECT_EQ(mismatches_allowed(300, {0.01, 0.001}), 10U);
  EXPECT_LE(binomial_above(300, 0.01, 10), 3e-4);
  EXPECT_NEAR(binomial_above(300, 0.01, 10), 2.6e-4, 1e-5);
  EXPECT_NEAR(binomial_above(500, 0.01, 13), 6.5e-4, 1e-5);
  EXPECT_NEAR(binomial_above(500, 0.05, 13), 0.994, 1e-3);
  EXPECT_NEAR(binomial_above(1000, 0.02, 35), 7.0e-4, 1e-5);
  EXPECT_NEAR(binomial_above(200, 0.10, 11), 0.983, 1e-3);
  EXPECT_EQ(mismatches_allowed(0, {}), 0U);
  EXPECT_EQ(binomial_above(10, 0, 0), 0);
  EXPECT_EQ(binomial_above(10, 1, 9), 1);
}

// Every value is an exact sum of fractions, computed in Python.
TEST(AuditSample, RefusesAForgedShareAsOftenAsStated) {
  EXPECT_EQ(mismatches_allowed(459, {0.01, 0.001}), 12U);
  EXPECT_NEAR(chance_to_refuse(459, 0.01, {0.01, 0.001}), 0.132006958382287, 1e-9);
  EXPECT_NEAR(chance_to_refuse(459, 0.05, {0.01, 0.001}), 0.999359266949824, 1e-9);
  EXPECT_NEAR(chance_to_refuse(300, 0.04, {0.01, 0.001}), 0.8817976975486868, 1e-9);
  EXPECT_NEAR(chance_to_refuse(1000, 0.03, {0.02, 0.001}), 0.9824857617119211, 1e-9);
  EXPECT_NEAR(chance_to_refuse(200, 0.10, {0.02, 0.01}), 0.9997002915196478, 1e-9);
  EXPECT_NEAR(chance_to_refuse(40, 0.5, {0.01, 0.001}), 0.9999999930976426, 1e-9);
  // An honest worker is refused as often as a false alarm may be, and never by no answers.
  EXPECT_LE(chance_to_refuse(459, 0, {0.01, 0.001}), 0.001);
  EXPECT_EQ(chance_to_refuse(0, 0.5, {0.01, 0.001}), 0);
  EXPECT_EQ(chance_to_refuse(10, 1, {0.01, 0.001}), 1);
}

TEST(AuditSample, HowManyAnswersRefuseAForgedShare) {
  // Of 334 and of 356 answers it holds that they are enough and one fewer is not.
  const auto enough = sample_to_refuse(10'000, 0.05, {0.01, 0.001}, 0.99);
  ASSERT_TRUE(enough);
  EXPECT_TRUE(*enough == 334 || *enough == 356) << *enough;
  EXPECT_FALSE(sample_to_refuse(300, 0.05, {0.01, 0.001}, 0.99));
  EXPECT_FALSE(sample_to_refuse(0, 0.05, {0.01, 0.001}, 0.99));
  EXPECT_TRUE(sample_to_refuse(100'000'000, 0.001, {0.01, 0.001}, 0.99));  // In no time.
}

TEST(AuditSample, NoiseMovesScoresBothWays) {
  EXPECT_EQ(mcnemar_p(0, 0), 1);
  EXPECT_EQ(mcnemar_p(7, 7), 1);
  EXPECT_NEAR(mcnemar_p(0, 10), 2.0 / 1024, 1e-12);
  EXPECT_EQ(mcnemar_p(3, 9), mcnemar_p(9, 3));
  EXPECT_LT(mcnemar_p(1, 15), 0.001);
  EXPECT_GT(mcnemar_p(8, 12), 0.3);
}

TEST(AuditSample, TheIntervalOfAShare) {
  // The closed form, computed in Python.
  const auto [low, high] = share_interval(100, 10);
  EXPECT_NEAR(low, 0.05522914, 1e-8);
  EXPECT_NEAR(high, 0.1743657, 1e-7);
  EXPECT_EQ(share_interval(50, 0).first, 0.0);
  EXPECT_NEAR(share_interval(50, 0).second, 0.0713476, 1e-7);
  EXPECT_EQ(share_interval(0, 0), (std::pair<double, double>{0, 1}));
  EXPECT_EQ(share_interval(7, 7).second, 1.0);
}

}  // namespace
}  // namespace gwageo
