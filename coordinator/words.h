// Words for people: counts, names, times. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/time.h"

namespace gwageo {

/// Who did it, for people: nobody is the coordinator itself.
std::string by_whom(const std::string& principal);

/// "1 slot", "2 slots".
std::string counted(std::int64_t count, const std::string& what);
/// "1 slot is busy", "2 slots are busy": followed by what one does, and what others do.
std::string counted(std::int64_t count, const std::string& what, const std::string& one,
                    const std::string& several);
/// With commas between, eight at most: "w1, w2 and 30 more".
std::string listed(const std::vector<std::string>& names);
/// "40 s", "12 min", "3 h", "2 d": rounded up, so that there is never less.
std::string in_words(Duration time);

}  // namespace gwageo
