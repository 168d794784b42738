#include "benchmarks/fraction.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

TEST(Fraction, IsWrittenAndRounded) {
  EXPECT_EQ(to_string(Fraction{19, 20}), "19/20");
  EXPECT_EQ(to_double(Fraction{1, 3}), 1.0 / 3.0);
  EXPECT_EQ(to_double(Fraction{-3, 4}), -0.75);
  EXPECT_EQ(to_double(Fraction{INT64_MIN, 1}), -9223372036854775808.0);
  EXPECT_EQ(to_double(Fraction{0, 7}), 0.0);
}

TEST(Rational, ReadsDecimalsExactly) {
  const auto exact = [](std::string_view text) {
    const auto value = Rational::from_decimal(text);
    return value ? to_string(value->to_fraction().value_or(Fraction{-1, 1})) : "none";
  };
  EXPECT_EQ(exact("0.95"), "19/20");
  EXPECT_EQ(exact("2"), "2/1");
  EXPECT_EQ(exact("1.5e-3"), "3/2000");
  EXPECT_EQ(exact("+12E2"), "1200/1");
  EXPECT_EQ(exact("5e+1"), "50/1");
  EXPECT_EQ(exact(".5"), "1/2");
  EXPECT_EQ(exact("0"), "0/1");
  EXPECT_EQ(exact("0.000"), "0/1");
  EXPECT_EQ(exact("1e-30"), "-1/1");  // does not fit 63 bits
  for (const char* bad :
       {"", ".", "-1", "1.2.3", "0x1", "1e", "1e99", "nan", "inf", "1 ", "1e--1"}) {
    EXPECT_EQ(exact(bad), "none") << bad;
  }
  EXPECT_EQ(Rational::from_double(0.1), Rational(1, 10));
  EXPECT_EQ(Rational::from_double(3), Rational(3, 1));
  EXPECT_FALSE(Rational::from_double(-1).has_value());
}

TEST(Rational, ComputesBeyondSixtyFourBits) {
  // 1/p over the primes below 100: the common denominator has 121 bits.
  const std::uint64_t primes[] = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,
                                  43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};
  Rational sum;
  for (const std::uint64_t p : primes) sum = sum + Rational(1, p);
  EXPECT_FALSE(sum.to_fraction().has_value());
  EXPECT_EQ(sum.to_double(), 1.802817201048871);  // Python's fractions
  for (const std::uint64_t p : primes) {
    Rational back = sum;
    for (int i = 0; i < 3; ++i) back = back * Rational(p, p);  // grows, stays equal
    EXPECT_EQ(back, sum);
  }
  EXPECT_EQ(sum / sum, Rational(1, 1));
  EXPECT_EQ((sum / sum).to_fraction(), (Fraction{1, 1}));
}

TEST(Rational, ComparesWithoutRounding) {
  const std::uint64_t big = 9007199254740993;  // 2^53 + 1 is no double
  EXPECT_GT(Rational(big, big - 1), Rational(1, 1));
  EXPECT_LT(Rational(big - 1, big), Rational(1, 1));
  EXPECT_EQ(Rational(19, 20) * Rational(20, 38), Rational(1, 2));
  EXPECT_LT(Rational(), Rational(1, 1000));
  EXPECT_TRUE(Rational().is_zero());
}

TEST(Rational, RoundsToTheNearestDouble) {
  for (const auto& [a, b] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {1, 3}, {2, 3}, {1, 10}, {7, 9}, {123456789, 987654321}, {1, 1}, {5, 2}, {355, 113}}) {
    EXPECT_EQ(Rational(a, b).to_double(), static_cast<double>(a) / static_cast<double>(b));
  }
  // Halfway between two doubles: ties to even; a hair above: up.
  const std::uint64_t half = (1ULL << 54) + 2;  // 2^53 + 1, doubled
  EXPECT_EQ(Rational(half, 2).to_double(), 9007199254740992.0);
  EXPECT_EQ((Rational(half, 2) + Rational(1, 1ULL << 60)).to_double(), 9007199254740994.0);
  EXPECT_EQ(Rational::from_decimal("1e-40")->to_double(), 1e-40);
  EXPECT_EQ(Rational::from_decimal("1e40")->to_double(), 1e40);
}

TEST(Fraction, IsWrittenAsADecimalWhereItIsOne) {
  EXPECT_EQ(decimal_text({19, 20}), "0.95");
  EXPECT_EQ(decimal_text({2, 1}), "2");
  EXPECT_EQ(decimal_text({0, 1}), "0");
  EXPECT_EQ(decimal_text({1, 1000}), "0.001");
  EXPECT_EQ(decimal_text({158, 5}), "31.6");
  EXPECT_EQ(decimal_text({1, 3}), "1/3");
  EXPECT_EQ(decimal_text({1, 1'000'000'000'000'000'000}), "0.000000000000000001");
}

}  // namespace
}  // namespace gwageo
