// Text as Python's str sees it: code points and its idea of white space. Pure. All of it takes
// UTF-8; `repaired` makes UTF-8 of anything.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gwageo {

/// `str.strip()`: without the white space (`str.isspace`) at both ends.
std::string_view strip(std::string_view text);

/// `len(str)`: the number of code points.
std::size_t code_points(std::string_view text);

/// `bytes.decode(errors="replace")`, nearly: every byte that belongs to no well-formed sequence
/// becomes U+FFFD (Python makes one of a cut sequence of several bytes).
std::string repaired(std::string_view bytes);

}  // namespace gwageo
