#include "benchmarks/python_numbers.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "benchmarks/letter_case.h"
#include "benchmarks/python_text.h"
#include "protocol/ascii.h"

namespace gwageo {
namespace {

// Without the underscores that stand between two digits; nothing where another one is left.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace

Result<std::optional<std::int64_t>> read_python_int(std::string_view text) {
  const auto plain = without_underscores(strip_space(text, true, true));
  if (!plain) return std::nullopt;
  std::string_view digits = *plain;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const std::string_view unsigned_digits = digits.substr(digits.starts_with('-') ? 1 : 0);
  if (unsigned_digits.size() < digits.size() && plain->starts_with('+')) return std::nullopt;
  if (unsigned_digits.empty() || unsigned_digits.find_first_not_of("0123456789") != text.npos) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec == std::errc()) return value;
  return fail(ErrorKind::bad_input, "an integer beyond 64 bits");
}

std::optional<double> read_python_float(std::string_view text) {
  const auto plain = without_underscores(strip_space(text, true, true));
  if (!plain) return std::nullopt;
  std::string_view digits = *plain;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const std::string word = python_lower(digits);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (word == "inf" || word == "infinity") return negative ? -infinity : infinity;
  if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (digits.empty() || !(is_digit(digits.front()) || digits.front() == '.')) return std::nullopt;
  double value = 0;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value);
  if (read.ptr != end || read.ec == std::errc::invalid_argument) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range) {
    const bool is_tiny = word.find("e-") != word.npos || word[0] == '0' || word[0] == '.';
    value = is_tiny ? 0 : infinity;
  }
  return negative ? -value : value;
}

bool has_foreign_digits(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    if (c.code >= 0x660 && c.code < 0x1C60) {
      if (c.code < 0x1100 || c.code >= 0x1200) return true;  // All but Hangul's letters.
    }
    if (c.code >= 0xA620 && c.code < 0xAC00) return true;
    if ((c.code >= 0xFF10 && c.code <= 0xFF19) || c.code >= 0x10000) return true;
    i += c.size;
  }
  return false;
}

double rounded(double value, int digits) {
  if (!std::isfinite(value)) return value;
  char raw[400];  // The largest double has 309 digits before the point.
  const auto written =
      std::to_chars(raw, raw + sizeof raw, value, std::chars_format::fixed, digits);
  std::from_chars(raw, written.ptr, value);
  return value;
}

}  // namespace gwageo
