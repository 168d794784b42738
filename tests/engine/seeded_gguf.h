// A model of our own: a small Llama of random weights in a GGUF file, all of it decided by a seed,
// that llama.cpp and the builtin engine both read. Its vocabulary is bytes and printable ASCII.
#pragma once

#include <cstdint>
#include <string>

namespace gwageo::testing {

/// The whole file, some 480 KB of 32-bit floats. Two seeds are two models.
std::string seeded_gguf(std::uint64_t seed);

}  // namespace gwageo::testing
