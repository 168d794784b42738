// Text as engines hand it over. Pure. What Python makes of well-formed text is in python_text.h.
#pragma once

#include <string>
#include <string_view>

namespace gwageo {

/// `bytes.decode(errors="replace")`, nearly: every byte that belongs to no well-formed sequence
/// becomes U+FFFD (Python makes one of a cut sequence of several bytes).
std::string repaired(std::string_view bytes);

}  // namespace gwageo
