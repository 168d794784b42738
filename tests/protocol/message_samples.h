// One message of every kind: with every field set, and with as little as is allowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/messages.h"

namespace gwageo::samples {

/// A digest that is not zero and differs for each `n`.
Digest digest(int n);
Signature signature(std::uint8_t n);
ModelSpec model_spec();
Grant grant(std::size_t items = 3);
Results results(std::size_t items = 3);

std::vector<Message> full_messages();

std::vector<Message> minimal_messages();

/// A small generator with a fixed sequence (splitmix64), the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  /// Below `bound`, which is not 0.
  std::uint64_t roll(std::uint64_t bound) { return next() % bound; }

 private:
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace gwageo::samples
