// Lengths of time as people write and read them: 90s, 30m, 2h, 7d.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gwageo {

/// Whole seconds, from a whole number and one of s, m, h, d. Nothing for anything else, or for more
/// than 63 bits of microseconds hold.
std::optional<std::int64_t> parse_seconds(std::string_view text);

}  // namespace gwageo
