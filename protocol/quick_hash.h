// A hash that tells accidents from what was meant, and one value from another, at the speed of
// memory. Whoever wants to can make two values that share it: where that matters, digest.h. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace gwageo {

/// XXH3, 64 bits, without a seed (https://xxhash.com). The same on every machine and in every
/// version.
std::uint64_t quick_hash(std::string_view bytes);

}  // namespace gwageo
