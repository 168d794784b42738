// The bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993): resampling with
// replacement, stratified by task, from a generator that is a function of counters, so that the
// same inputs give the same bits in any order of work. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "benchmarks/aggregation.h"

namespace gwageo {

inline constexpr std::uint32_t bootstrap_resamples = 10'000;

/// The random numbers of one resample of one stratum. SplitMix64 (Steele, Lea and Flood, Fast
/// splittable pseudorandom number generators, OOPSLA 2014) over a counter: the i-th number depends
/// on (seed, resample, stratum, i) alone. A value.
class ResampleStream {
 public:
  ResampleStream(std::uint64_t seed, std::uint64_t resample, std::uint64_t stratum)
      : state_(mixed(mixed(mixed(seed) + golden_gamma * (resample + 1)) +
                     golden_gamma * (stratum + 1))) {}
  std::uint64_t next() {
    state_ += golden_gamma;
    return mixed(state_);
  }

 private:
  static constexpr std::uint64_t golden_gamma = 0x9E3779B97F4A7C15;

  /// SplitMix64's output function, a bijection.
  static constexpr std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

/// Whole numbers below `bound`, each as likely as any other: two from one number of the stream, by
/// the high half of a product, where the low half says which products would be one too many
/// (Lemire, Fast random integer generation in an interval, 2019). A value.
class UniformDraws {
 public:
  /// REQUIRES: 0 < bound < 2^32.
  UniformDraws(ResampleStream stream, std::uint64_t bound)
      : stream_(stream), bound_(bound), refused_below_((1ULL << 32) % bound) {}
  std::uint64_t next() {
    for (;;) {
      is_half_used_ = !is_half_used_;
      if (is_half_used_) number_ = stream_.next();
      const std::uint64_t half = is_half_used_ ? number_ >> 32 : number_ & 0xFFFFFFFF;
      const std::uint64_t product = half * bound_;
      if ((product & 0xFFFFFFFF) >= refused_below_) return product >> 32;
    }
  }

 private:
  ResampleStream stream_;
  std::uint64_t bound_;
  std::uint64_t refused_below_;
  std::uint64_t number_ = 0;
  bool is_half_used_ = false;
};

/// Draws as many items as `item_kinds` has, uniformly and with replacement, and counts their kinds
/// in `counts`, which is cleared first. An index is the high half of a 32-bit product (Lemire, Fast
/// random integer generation in an interval, 2019), its bias below n / 2^32.
/// REQUIRES: 0 < item_kinds.size() < 2^32, and every kind is an index into counts.
void resample_kinds(ResampleStream stream, std::span<const std::uint32_t> item_kinds,
                    std::span<std::uint64_t> counts);

/// The kind of every item, for a sample of kinds with counts: 0,0,...,1,1,...
std::vector<std::uint32_t> kinds_of_items(std::span<const std::uint64_t> counts);

/// The figure of `aggregation` in each of the resamples [first, last), in order. A resample is the
/// same bits whoever draws it, so that ranges can be drawn side by side.
/// REQUIRES: the sample is not empty, and out.size() is last - first.
void bootstrap_figures(const Aggregation& aggregation, const Sample& sample, std::uint64_t seed,
                       std::uint64_t first, std::uint64_t last, std::span<double> out);

/// The standard deviation (n - 1) of figures. REQUIRES: 2 or more.
double standard_deviation(std::span<const double> figures);

/// That of `bootstrap_resamples` resamples. The field's harness draws other random numbers
/// (harness_bootstrap.h), so its figure differs in the third digit.
/// REQUIRES: the sample is not empty.
double bootstrap_standard_error(const Aggregation& aggregation, const Sample& sample,
                                std::uint64_t seed);

}  // namespace gwageo
