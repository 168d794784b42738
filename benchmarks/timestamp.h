// Points in time in JSON lines, as the library that reads data for the field's harness finds them.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gwageo {

/// What Python prints for the point in time that Arrow makes of a text ("Reading JSON files" of its
/// documentation: timestamp[s]): "2026-01-02 03:04:05" for "2026-01-02T03:04:05" or "2026-01-02
/// 03:04:05Z", a day alone at midnight, an offset such as "+09:00" taken off. Nothing for any other
/// text, which stays one.
std::optional<std::string> printed_timestamp(std::string_view text);

}  // namespace gwageo
