// The text of a quoted YAML scalar, read by ourselves: yaml-cpp 0.7 drops blank lines before the
// closing quote (which task files end their descriptions with), and makes a byte that is no UTF-8
// of `\_` and `\N`. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gwageo {

/// The value of the scalar whose opening quote, ' or ", is text[at], with lines folded and escapes
/// resolved (YAML 1.2.2, 7.3.1 and 7.3.2); nothing where there is no such quote or no end, or an
/// escape is not known.
std::optional<std::string> read_quoted_yaml(std::string_view text, std::size_t at);

}  // namespace gwageo
