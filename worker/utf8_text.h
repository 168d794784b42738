// Small questions about UTF-8 text that tokenizers ask. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gwageo {

/// Bytes of the character that `text` begins with: 1 to 4, or 1 where it begins with bytes that are
/// no UTF-8. REQUIRES: not empty.
std::size_t character_bytes(std::string_view text);

/// Bytes of white space, as Python's str.isspace sees it, that `text` begins or ends with.
std::size_t leading_space(std::string_view text);
std::size_t trailing_space(std::string_view text);

/// `text` with every `from` replaced by `to`, left to right. REQUIRES: `from` is not empty.
std::string replaced(std::string_view text, std::string_view from, std::string_view to);

}  // namespace gwageo
