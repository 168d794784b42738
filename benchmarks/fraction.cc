#include "benchmarks/fraction.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "protocol/check.h"

namespace gwageo {
namespace {

using Natural = std::vector<std::uint32_t>;
constexpr std::size_t limb_bits = 32;
constexpr int decimal_digits_max = 40;

void trim_zeros(Natural& a) {
  while (!a.empty() && a.back() == 0) a.pop_back();
}

Natural natural(std::uint64_t value) {
  Natural a{static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> limb_bits)};
  trim_zeros(a);
  return a;
}

std::strong_ordering compare_naturals(const Natural& a, const Natural& b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return std::lexicographical_compare_three_way(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

Natural sum_of_naturals(const Natural& a, const Natural& b) {
  Natural out;
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()) || carry != 0; ++i) {
    carry += (i < a.size() ? a[i] : 0ULL) + (i < b.size() ? b[i] : 0ULL);
    out.push_back(static_cast<std::uint32_t>(carry));
    carry >>= limb_bits;
  }
  return out;
}

/// REQUIRES: a >= b.
void subtract(Natural& a, const Natural& b) {
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::uint64_t take = borrow + (i < b.size() ? b[i] : 0ULL);
    borrow = a[i] < take ? 1 : 0;
    a[i] = static_cast<std::uint32_t>(a[i] - take);
  }
  trim_zeros(a);
}

Natural product_of_naturals(const Natural& a, const Natural& b) {
  Natural out(a.size() + b.size(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < b.size(); ++j) {
      carry += out[i + j] + std::uint64_t{a[i]} * b[j];
      out[i + j] = static_cast<std::uint32_t>(carry);
      carry >>= limb_bits;
    }
    out[i + b.size()] = static_cast<std::uint32_t>(carry);
  }
  trim_zeros(out);
  return out;
}

std::size_t bit_length(const Natural& a) {
  return a.empty() ? 0
                   : a.size() * limb_bits - static_cast<std::size_t>(std::countl_zero(a.back()));
}

Natural shifted_left(const Natural& a, std::size_t bits) {
  Natural out(bits / limb_bits, 0);
  std::uint64_t carry = 0;
  for (const std::uint32_t limb : a) {
    carry |= std::uint64_t{limb} << (bits % limb_bits);
    out.push_back(static_cast<std::uint32_t>(carry));
    carry >>= limb_bits;
  }
  out.push_back(static_cast<std::uint32_t>(carry));
  trim_zeros(out);
  return out;
}

void halve(Natural& a) {
  std::uint32_t carry = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    const std::uint32_t next = a[i] << (limb_bits - 1);
    a[i] = (a[i] >> 1) | carry;
    carry = next;
  }
  trim_zeros(a);
}

/// Quotient by long division, one bit at a time; `a` becomes the remainder. REQUIRES: b is not 0.
Natural divide(Natural& a, const Natural& b) {
  const std::size_t length = bit_length(a);
  const std::size_t divisor_length = bit_length(b);
  if (length < divisor_length) return {};
  std::size_t shift = length - divisor_length;
  Natural quotient(shift / limb_bits + 1, 0);
  Natural divisor = shifted_left(b, shift);
  for (;; --shift) {
    if (compare_naturals(a, divisor) >= 0) {
      subtract(a, divisor);
      quotient[shift / limb_bits] |= 1U << (shift % limb_bits);
    }
    if (shift == 0) break;
    halve(divisor);
  }
  trim_zeros(quotient);
  return quotient;
}

/// Euclid's algorithm.
Natural greatest_common_divisor(Natural a, Natural b) {
  while (!b.empty()) {
    divide(a, b);
    std::swap(a, b);
  }
  return a;
}

std::uint64_t to_u64(const Natural& a) {
  std::uint64_t value = 0;
  for (std::size_t i = a.size(); i-- > 0;) value = (value << limb_bits) | a[i];
  return value;
}

Natural natural_power_of_ten(int exponent) {
  Natural out{1};
  for (; exponent > 0; --exponent) out = product_of_naturals(out, Natural{10});
  return out;
}

}  // namespace

std::string to_string(const Fraction& fraction) {
  return std::to_string(fraction.numerator) + "/" + std::to_string(fraction.denominator);
}

std::string decimal_text(const Fraction& fraction) {
  std::int64_t scale = 1;
  for (std::size_t decimals = 0; decimals <= 18; ++decimals, scale *= decimals <= 18 ? 10 : 1) {
    if (scale % fraction.denominator != 0) continue;
    const std::int64_t factor = scale / fraction.denominator;
    if (fraction.numerator > std::numeric_limits<std::int64_t>::max() / factor) break;
    std::string digits = std::to_string(fraction.numerator * factor);
    if (decimals == 0) return digits;
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    return digits.insert(digits.size() - decimals, ".");
  }
  return to_string(fraction);
}

double to_double(const Fraction& fraction) {
  const bool negative = fraction.numerator < 0;
  const std::uint64_t size = negative ? -static_cast<std::uint64_t>(fraction.numerator)
                                      : static_cast<std::uint64_t>(fraction.numerator);
  const double value = Rational(size, static_cast<std::uint64_t>(fraction.denominator)).to_double();
  return negative ? -value : value;
}

Rational::Rational(std::uint64_t numerator, std::uint64_t denominator)
    : numerator_(natural(numerator)), denominator_(natural(denominator)) {
  GWAGEO_CHECK(denominator > 0);
}

Rational::Rational(const Fraction& fraction)
    : Rational(static_cast<std::uint64_t>(fraction.numerator),
               static_cast<std::uint64_t>(fraction.denominator)) {
  GWAGEO_CHECK(fraction.numerator >= 0);
  GWAGEO_CHECK(fraction.denominator > 0);
}

std::optional<Rational> Rational::from_decimal(std::string_view text) {
  Natural digits;
  int digit_count = 0;
  int exponent = 0;
  bool after_point = false;
  if (text.starts_with('+')) text.remove_prefix(1);
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !after_point) {
      after_point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    if (++digit_count > decimal_digits_max) return std::nullopt;
    digits = sum_of_naturals(product_of_naturals(digits, Natural{10}),
                             natural(static_cast<std::uint64_t>(c - '0')));
    if (after_point) --exponent;
  }
  if (digit_count == 0) return std::nullopt;
  text.remove_prefix(at);
  if (!text.empty()) {
    if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
    text.remove_prefix(text.substr(1).starts_with('+') ? 2 : 1);
    int written = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), written);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (written > decimal_digits_max || written < -decimal_digits_max) return std::nullopt;
    exponent += written;
  }
  Rational out;
  out.numerator_ = product_of_naturals(digits, natural_power_of_ten(exponent));
  out.denominator_ = natural_power_of_ten(-exponent);
  return out;
}

std::optional<Rational> Rational::from_double(double value) {
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  GWAGEO_CHECK(error == std::errc());
  return from_decimal({buffer, static_cast<std::size_t>(end - buffer)});
}

Rational operator+(const Rational& a, const Rational& b) {
  Rational out;
  if (compare_naturals(a.denominator_, b.denominator_) == 0) {
    out.numerator_ = sum_of_naturals(a.numerator_, b.numerator_);
    out.denominator_ = a.denominator_;
  } else {
    out.numerator_ = sum_of_naturals(product_of_naturals(a.numerator_, b.denominator_),
                                     product_of_naturals(b.numerator_, a.denominator_));
    out.denominator_ = product_of_naturals(a.denominator_, b.denominator_);
  }
  return out;
}

Rational operator*(const Rational& a, const Rational& b) {
  Rational out;
  out.numerator_ = product_of_naturals(a.numerator_, b.numerator_);
  out.denominator_ = product_of_naturals(a.denominator_, b.denominator_);
  return out;
}

Rational operator/(const Rational& a, const Rational& b) {
  GWAGEO_CHECK(!b.is_zero());
  Rational out;
  out.numerator_ = product_of_naturals(a.numerator_, b.denominator_);
  out.denominator_ = product_of_naturals(a.denominator_, b.numerator_);
  return out;
}

std::strong_ordering operator<=>(const Rational& a, const Rational& b) {
  return compare_naturals(product_of_naturals(a.numerator_, b.denominator_),
                          product_of_naturals(b.numerator_, a.denominator_));
}

bool operator==(const Rational& a, const Rational& b) { return (a <=> b) == 0; }

std::optional<Fraction> Rational::to_fraction() const {
  // Most are this small, and every value of a leaderboard comes here.
  if (bit_length(numerator_) <= 63 && bit_length(denominator_) <= 63) {
    const std::uint64_t a = to_u64(numerator_);
    const std::uint64_t b = to_u64(denominator_);
    const std::uint64_t common = std::gcd(a, b);
    return Fraction{static_cast<std::int64_t>(a / common), static_cast<std::int64_t>(b / common)};
  }
  const Natural divisor = greatest_common_divisor(numerator_, denominator_);
  Natural a = numerator_;
  Natural b = denominator_;
  const Natural numerator = divide(a, divisor);
  const Natural denominator = divide(b, divisor);
  if (bit_length(numerator) > 63 || bit_length(denominator) > 63) return std::nullopt;
  return Fraction{static_cast<std::int64_t>(to_u64(numerator)),
                  static_cast<std::int64_t>(to_u64(denominator))};
}

double Rational::to_double() const {
  if (is_zero()) return 0;
  // Scaled so that the quotient has 63 or 64 bits: more than a double holds, so that with the
  // lowest bit set wherever something was left over, the one rounding is the conversion's.
  const auto excess =
      static_cast<int>(bit_length(numerator_)) - static_cast<int>(bit_length(denominator_)) - 63;
  Natural a = excess < 0 ? shifted_left(numerator_, static_cast<std::size_t>(-excess)) : numerator_;
  const Natural b =
      excess > 0 ? shifted_left(denominator_, static_cast<std::size_t>(excess)) : denominator_;
  const std::uint64_t quotient = to_u64(divide(a, b));
  return std::ldexp(static_cast<double>(quotient | (a.empty() ? 0U : 1U)), excess);
}

}  // namespace gwageo
