// Letters whose case PCRE2 does not map as Python does: those that become several (SpecialCasing of
// Unicode 14), those whose upper case has another lower case, and cased symbols such as Roman
// numerals and circled letters. Pure.
#pragma once

#include <string_view>

namespace gwageo {

/// The upper or lower case of one character in UTF-8; empty where it is not special.
std::string_view special_upper_case(std::string_view letter);
std::string_view special_lower_case(std::string_view letter);

}  // namespace gwageo
