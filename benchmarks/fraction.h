// Exact ratios. Fraction is what is stored and shown: 64 bits on either side. Rational is what is
// computed with: any size, so that a sum over hundreds of tasks with different numbers of items is
// still exact, and whether a ratio meets a share is decided without rounding. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gwageo {

/// An exact fraction, lowest terms, denominator > 0. A value.
struct Fraction {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;
  friend bool operator==(const Fraction&, const Fraction&) = default;
};

/// "a/b".
std::string to_string(const Fraction& fraction);
/// "0.95", "2"; "a/b" where it is no decimal of up to 18 digits. REQUIRES: it is not negative.
std::string decimal_text(const Fraction& fraction);
/// The nearest double.
double to_double(const Fraction& fraction);

/// A fraction that is not negative, of any size. A value. Not in lowest terms inside: equal values
/// compare equal all the same.
class Rational {
 public:
  /// Zero.
  Rational() = default;
  /// REQUIRES: denominator > 0.
  Rational(std::uint64_t numerator, std::uint64_t denominator);
  /// REQUIRES: the fraction is not negative.
  explicit Rational(const Fraction& fraction);

  /// A decimal number as people write it: "0.95", "2", "1.5e-3"; nothing for anything else, for a
  /// negative number, or for one with more than 40 digits or an exponent beyond 40.
  static std::optional<Rational> from_decimal(std::string_view text);
  /// The shortest decimal that reads back as `value` (so 0.1 is 1/10); nothing where that is no
  /// decimal in the sense of `from_decimal`.
  static std::optional<Rational> from_double(double value);

  bool is_zero() const { return numerator_.empty(); }
  friend Rational operator+(const Rational& a, const Rational& b);
  friend Rational operator*(const Rational& a, const Rational& b);
  /// REQUIRES: b is not zero.
  friend Rational operator/(const Rational& a, const Rational& b);
  friend std::strong_ordering operator<=>(const Rational& a, const Rational& b);
  friend bool operator==(const Rational& a, const Rational& b);

  /// The same value in lowest terms, where both parts fit 63 bits.
  std::optional<Fraction> to_fraction() const;
  /// The nearest double, ties to even.
  double to_double() const;

 private:
  /// A natural number: limbs of 32 bits, least first, no leading zeros; empty is 0.
  using Natural = std::vector<std::uint32_t>;
  Natural numerator_;
  Natural denominator_{1};
};

}  // namespace gwageo
