// Numbers as Python reads and rounds them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/result.h"

namespace gwageo {

/// `int(text)`: sign, digits, single underscores between them; nothing for any other text.
/// bad_input for an integer beyond 64 bits.
Result<std::optional<std::int64_t>> read_python_int(std::string_view text);
/// `float(text)`, infinities and nan among them; nothing for any other text.
std::optional<double> read_python_float(std::string_view text);
/// Whether the text may hold decimal digits outside ASCII, which Python reads and these do not.
bool has_foreign_digits(std::string_view text);

/// `round(value, digits)`: the nearest decimal, of two the even one. REQUIRES: 0 <= digits <= 15.
double rounded(double value, int digits);

}  // namespace gwageo
