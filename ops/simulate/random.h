// The simulation's only source of chance, counter-based: the n-th value of a stream is a function
// of seed, stream and n, so that one more draw here changes nothing there. The mixing function is
// SplitMix64's (Steele, Lea, Flood 2014). Distributions of the standard library differ between
// libraries and are not used; those below take only operations that IEEE 754 rounds correctly, so
// every compiler gives the same numbers.
#pragma once

#include <cstdint>

#include "protocol/time.h"

namespace gwageo::simulate {

/// What is drawn for; each is a stream of its own.
enum class Stream : std::uint64_t {
  duration = 1,
  load = 2,
  width = 3,
  order = 4,
  failure = 5,
  pace = 6,
  arrival = 7,
  team = 8,
};

/// A value.
class Random {
 public:
  Random(std::uint64_t seed, Stream stream)
      : key_(mix(seed * 0x9e3779b97f4a7c15u + static_cast<std::uint64_t>(stream))) {}
  /// The n-th value.
  std::uint64_t at(std::uint64_t n) const { return mix(key_ + (n + 1) * 0x9e3779b97f4a7c15u); }
  /// The n-th value, from 0 to bound - 1. REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound, std::uint64_t n) const { return at(n) % bound; }
  /// The n-th value, inside (0, 1): 53 bits and a half, so never at an end.
  double unit(std::uint64_t n) const {
    return (static_cast<double>(at(n) >> 12) + 0.5) * (1.0 / 4503599627370496.0);
  }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::uint64_t key_;
};

/// e^x and the natural logarithm by their series, to about 1e-15 of the value.
/// REQUIRES: |x| <= 700; x > 0.
double exponential(double x);
double logarithm(double x);

/// The standard normal's quantile, to about 1e-9: Acklam's rational approximation.
/// REQUIRES: 0 < p < 1.
double normal_quantile(double p);

/// To whole microseconds, at least 1.
Duration rounded(double microseconds);

}  // namespace gwageo::simulate
