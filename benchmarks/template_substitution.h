// The filter `regex_replace`, which the field's harness adds to the language.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/result.h"

namespace gwageo {

/// Python's `re.sub(pattern, replacement, text, count)`, in which \1 and \g<1> stand for groups.
/// bad_input, without a place, for a pattern or replacement that Python refuses, for names of
/// groups, and where the search takes too many steps.
Result<std::string> substituted(std::string_view text, std::string_view pattern,
                                std::string_view replacement, std::int64_t count);

}  // namespace gwageo
