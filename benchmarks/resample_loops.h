// The inner loops of resampling, over plain tables: random numbers, draws, and the two ways to add
// up what was drawn. They are constexpr, so that a GPU runs the very same lines
// (benchmarks/cuda/resampling.cu); tables come from resampled_bits.cc and resampled_sums.cc. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace gwageo {

/// The random numbers of one resample of one stratum. SplitMix64 (Steele, Lea and Flood, Fast
/// splittable pseudorandom number generators, OOPSLA 2014) over a counter: the i-th number depends
/// on (seed, resample, stratum, i) alone. A value.
class ResampleStream {
 public:
  constexpr ResampleStream(std::uint64_t seed, std::uint64_t resample, std::uint64_t stratum)
      : state_(mixed(mixed(mixed(seed) + golden_gamma * (resample + 1)) +
                     golden_gamma * (stratum + 1))) {}
  constexpr std::uint64_t next() {
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
  constexpr UniformDraws(ResampleStream stream, std::uint64_t bound)
      : stream_(stream), bound_(bound), refused_below_((1ULL << 32) % bound) {}
  constexpr std::uint64_t next() {
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

/// A table's row: what is counted of a unit, and of each of eleven models.
inline constexpr std::size_t resample_lanes = 12;
inline constexpr std::size_t resample_models = resample_lanes - 1;

// Sums of values that are 0 or 1, all models of a table at a time. An item's scores are packed into
// one word, a lane of 5 bits for each model, so that one addition counts the item for all of them:
//
//   bits   0     5     10            55
//          1 | model 0 | model 1 | ... | model 10       lane 0 counts the draws that hit an item
//
// A draw is a cell of a table whose size is the next power of two; a cell beyond the items is empty
// and counts nothing, so a draw that hits none is rejected without a branch. Draws end when lane 0
// has as many as there are items, hence every item is equally likely in each of them.
//
// Lanes overflow after 31 draws: after 28 they are spread over two words with lanes of 10 bits, and
// after 36 of those into integers. Four draws share one random number where the table has at most
// 2^16 cells.
inline constexpr unsigned lane_bits = 5;
inline constexpr std::uint64_t draws_of_lane = 28;   // A multiple of 2 and 4, below 2^5.
inline constexpr std::uint64_t rounds_of_wide = 36;  // 36 * 28 < 2^10
inline constexpr std::uint64_t draws_of_wide = draws_of_lane * rounds_of_wide;
inline constexpr std::uint64_t cells_for_four_draws = 1 << 16;

/// Sums over a resample: of units drawn, then of each model.
using BitSums = std::array<std::uint64_t, resample_lanes>;
using RowSums = std::array<std::int64_t, resample_lanes>;

/// 0000011111 in every lane of 10 bits.
inline constexpr std::uint64_t even_lanes =
    0x1F | (0x1FULL << 10) | (0x1FULL << 20) | (0x1FULL << 30) | (0x1FULL << 40) | (0x1FULL << 50);

/// Draws cells of one table. `per_number` draws share one number of the stream. A value.
template <unsigned per_number>
class CellDraws {
 public:
  /// REQUIRES: the number of cells is a power of two; they outlive this.
  constexpr CellDraws(ResampleStream stream, const std::uint64_t* cells, std::uint64_t count)
      : stream_(stream), cells_(cells), mask_(count - 1) {}

  /// 28 draws, in lanes of 5 bits.
  constexpr std::uint64_t lane_sums() {
    std::uint64_t sums = 0;
    for (std::uint64_t number = 0; number < draws_of_lane / per_number; ++number) {
      const std::uint64_t random = stream_.next();
      sums += at(random) + at(random >> 32);
      if constexpr (per_number == 4) sums += at(random >> 16) + at(random >> 48);
    }
    return sums;
  }

  constexpr std::uint64_t one() { return at(stream_.next()); }

 private:
  constexpr std::uint64_t at(std::uint64_t random) const { return cells_[random & mask_]; }

  ResampleStream stream_;
  const std::uint64_t* cells_;
  std::uint64_t mask_;
};

constexpr void add_lanes(std::uint64_t word, BitSums& sums) {
  for (unsigned lane = 0; lane < resample_lanes; ++lane)
    sums[lane] += (word >> (lane * lane_bits)) & 0x1F;
}

template <unsigned per_number>
constexpr BitSums sum_of_cells(ResampleStream stream, const std::uint64_t* cells,
                               std::uint64_t count, std::uint64_t size) {
  CellDraws<per_number> draws(stream, cells, count);
  BitSums sums{};
  while (sums[0] + draws_of_wide <= size) {
    std::uint64_t even = 0;
    std::uint64_t odd = 0;
    for (std::uint64_t round = 0; round < rounds_of_wide; ++round) {
      const std::uint64_t word = draws.lane_sums();
      even += word & even_lanes;
      odd += (word >> lane_bits) & even_lanes;
    }
    for (unsigned pair = 0; pair < resample_lanes / 2; ++pair) {
      sums[2 * pair] += (even >> (pair * 2 * lane_bits)) & 0x3FF;
      sums[2 * pair + 1] += (odd >> (pair * 2 * lane_bits)) & 0x3FF;
    }
  }
  while (sums[0] + draws_of_lane <= size) add_lanes(draws.lane_sums(), sums);
  while (sums[0] < size) add_lanes(draws.one(), sums);
  return sums;
}

/// One resample of `size` items in a table of `count` cells, the next power of two.
constexpr BitSums resample_bits(ResampleStream stream, const std::uint64_t* cells,
                                std::uint64_t count, std::uint64_t size) {
  return count <= cells_for_four_draws ? sum_of_cells<4>(stream, cells, count, size)
                                       : sum_of_cells<2>(stream, cells, count, size);
}

/// One resample of `count` units, each a row of integers. REQUIRES: no sum overflows.
constexpr RowSums resample_rows(ResampleStream stream, const RowSums* rows, std::uint64_t count) {
  RowSums sums{};
  UniformDraws draws(stream, count);
  for (std::uint64_t drawn = 0; drawn < count; ++drawn) {
    const RowSums& row = rows[draws.next()];
    for (std::size_t lane = 0; lane < resample_lanes; ++lane) sums[lane] += row[lane];
  }
  return sums;
}

}  // namespace gwageo
