// Operations of Python's str that templates use, on UTF-8. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

// REQUIRES of every text: it is well-formed UTF-8. Views are into the text.

/// `text.strip(set)`, at its start, its end, or both.
std::string_view strip_characters(std::string_view text, std::string_view set, bool left,
                                  bool right);

/// `text.replace(from, to, count)`; all for a negative count. bad_input, without a place, where the
/// result would have more than `bytes_max` bytes.
Result<std::string> replaced(std::string_view text, std::string_view from, std::string_view to,
                             std::int64_t count, std::size_t bytes_max);

/// `text.split(separator, count)` or `rsplit`; all for a negative count. REQUIRES: the separator is
/// not empty.
std::vector<std::string_view> split_at(std::string_view text, std::string_view separator,
                                       std::int64_t count, bool from_right);
/// `text.split(None, count)`.
std::vector<std::string_view> split_at_space(std::string_view text, std::int64_t count);
/// `text.splitlines()`.
std::vector<std::string_view> python_lines(std::string_view text);

/// `text[start:stop:step]` in characters, with what Python does to ends that lie outside.
/// REQUIRES: step is not 0.
std::string sliced(std::string_view text, std::int64_t start, std::int64_t stop, std::int64_t step);

}  // namespace gwageo
