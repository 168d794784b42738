// Numbers in delimited text as pandas reads them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gwageo {

/// An integer of 64 bits with nothing around it but blanks; nothing for any other text.
std::optional<std::int64_t> cell_integer(std::string_view cell);
/// Whether the text is a sign and digits, however many, with nothing around them but blanks.
bool is_integer_text(std::string_view cell);
/// A number as pandas' default parser gives it (`precise_xstrtod`): seventeen digits count, leading
/// zeros among them, and each step rounds, so that 0.30000000000000004 is 0.3. Nothing for a text
/// that is none, or that no double holds.
std::optional<double> cell_number(std::string_view cell);

}  // namespace gwageo
