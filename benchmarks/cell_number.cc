#include "benchmarks/cell_number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "protocol/ascii.h"

namespace gwageo {
namespace {

constexpr int digits_max = 17;
constexpr int exponent_max = 308;

// pandas skips blanks around a number, and only there.
std::string_view without_blanks(std::string_view cell) {
  constexpr std::string_view blanks = " \t\n\v\f\r";
  const std::size_t first = cell.find_first_not_of(blanks);
  if (first == cell.npos) return {};
  return cell.substr(first, cell.find_last_not_of(blanks) + 1 - first);
}

bool take_sign(std::string_view& text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  return is_negative;
}

double power_of_ten(int exponent) {
  static const auto powers = [] {
    std::array<double, exponent_max + 1> out{};
    for (int i = 0; i <= exponent_max; ++i) {
      const std::string text = "1e" + std::to_string(i);
      std::from_chars(text.data(), text.data() + text.size(), out[static_cast<std::size_t>(i)]);
    }
    return out;
  }();
  return powers[static_cast<std::size_t>(exponent)];
}

bool is_infinity(std::string_view text) {
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return word == "inf" || word == "infinity";
}

// The digits that count, as a number, and the power of ten that they stand for.
struct Decimal {
  double digits = 0;
  int exponent = 0;
  int count = 0;
  void take(char digit, bool is_fraction) {
    if (count < digits_max) {
      digits = digits * 10.0 + (digit - '0');
      ++count;
      exponent -= is_fraction ? 1 : 0;
    } else {
      exponent += is_fraction ? 0 : 1;
    }
  }
};

// The exponent after an "e", taken off; nothing where no digits follow it.
std::optional<int> take_exponent(std::string_view& text) {
  text.remove_prefix(1);
  const bool is_negative = take_sign(text);
  int value = 0;
  int count = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    value = std::min(value * 10 + (text.front() - '0'), 100'000);
    ++count;
  }
  if (count == 0) return std::nullopt;
  return is_negative ? -value : value;
}

// Each of the steps rounds, as theirs.
double scaled(double digits, int exponent) {
  if (exponent > exponent_max) return std::numeric_limits<double>::infinity();
  if (exponent >= 0) return digits * power_of_ten(exponent);
  if (exponent >= -exponent_max) return digits / power_of_ten(-exponent);
  const int beyond = std::min(-exponent - exponent_max, exponent_max);
  return digits / power_of_ten(beyond) / power_of_ten(exponent_max);
}

}  // namespace

std::optional<std::int64_t> cell_integer(std::string_view cell) {
  if (!is_integer_text(cell)) return std::nullopt;
  std::string_view text = without_blanks(cell);
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() ? std::optional(value) : std::nullopt;
}

bool is_integer_text(std::string_view cell) {
  std::string_view text = without_blanks(cell);
  take_sign(text);
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::optional<double> cell_number(std::string_view cell) {
  std::string_view text = without_blanks(cell);
  const bool is_negative = take_sign(text);
  if (is_infinity(text)) {
    const double infinity = std::numeric_limits<double>::infinity();
    return is_negative ? -infinity : infinity;
  }
  Decimal decimal;
  bool has_digits = false;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    decimal.take(text.front(), false);
    has_digits = true;
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
      decimal.take(text.front(), true);
      has_digits = true;
    }
  }
  if (!has_digits) return std::nullopt;
  if (text.starts_with('e') || text.starts_with('E')) {
    const auto exponent = take_exponent(text);
    if (!exponent) return std::nullopt;
    decimal.exponent += *exponent;
  }
  const double value = scaled(decimal.digits, decimal.exponent);
  if (!text.empty() || std::isinf(value)) return std::nullopt;
  return is_negative ? -value : value;
}

}  // namespace gwageo
