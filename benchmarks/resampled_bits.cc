// Means of 0 and 1, many models at a time. An item's scores are packed into one word, a lane of 5
// bits for each model, so that one addition counts the item for all of them:
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
// 2^16 cells. Models beyond the eleventh are drawn again with the same numbers, eleven at a time.
//
// Cost: 10,000 resamples of 14,000 items and 11 models take a tenth of a second.
#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "benchmarks/resampler.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr unsigned lane_bits = 5;
constexpr unsigned lanes = 12;  // Lane 0 and 11 models.
constexpr std::size_t models_per_word = lanes - 1;
constexpr std::uint64_t draws_of_lane = 28;   // A multiple of 2 and 4, below 2^5.
constexpr std::uint64_t rounds_of_wide = 36;  // 36 * 28 < 2^10
constexpr std::uint64_t draws_of_wide = draws_of_lane * rounds_of_wide;

using Lanes = std::array<std::uint64_t, lanes>;

/// 0000011111 in every lane of 10 bits.
constexpr std::uint64_t even_lanes =
    0x1F | (0x1FULL << 10) | (0x1FULL << 20) | (0x1FULL << 30) | (0x1FULL << 40) | (0x1FULL << 50);

/// Draws cells of one table. `per_number` draws share one number of the stream.
template <unsigned per_number>
class Draws {
 public:
  Draws(ResampleStream stream, const std::vector<std::uint64_t>& cells)
      : stream_(stream), cells_(cells.data()), mask_(cells.size() - 1) {}

  /// 28 draws, in lanes of 5 bits.
  std::uint64_t lane_sums() {
    std::uint64_t sums = 0;
    for (std::uint64_t number = 0; number < draws_of_lane / per_number; ++number) {
      const std::uint64_t random = stream_.next();
      sums += at(random) + at(random >> 32);
      if constexpr (per_number == 4) sums += at(random >> 16) + at(random >> 48);
    }
    return sums;
  }

  std::uint64_t one() { return at(stream_.next()); }

 private:
  std::uint64_t at(std::uint64_t random) const { return cells_[random & mask_]; }

  ResampleStream stream_;
  const std::uint64_t* cells_;
  std::uint64_t mask_;
};

void add_lanes(std::uint64_t word, Lanes& sums) {
  for (unsigned lane = 0; lane < lanes; ++lane) sums[lane] += (word >> (lane * lane_bits)) & 0x1F;
}

template <unsigned per_number>
Lanes resampled(ResampleStream stream, const std::vector<std::uint64_t>& cells,
                std::uint64_t size) {
  Draws<per_number> draws(stream, cells);
  Lanes sums{};
  while (sums[0] + draws_of_wide <= size) {
    std::uint64_t even = 0;
    std::uint64_t odd = 0;
    for (std::uint64_t round = 0; round < rounds_of_wide; ++round) {
      const std::uint64_t word = draws.lane_sums();
      even += word & even_lanes;
      odd += (word >> lane_bits) & even_lanes;
    }
    for (unsigned pair = 0; pair < lanes / 2; ++pair) {
      sums[2 * pair] += (even >> (pair * 2 * lane_bits)) & 0x3FF;
      sums[2 * pair + 1] += (odd >> (pair * 2 * lane_bits)) & 0x3FF;
    }
  }
  while (sums[0] + draws_of_lane <= size) add_lanes(draws.lane_sums(), sums);
  while (sums[0] < size) add_lanes(draws.one(), sums);
  return sums;
}

class BitResampler final : public Resampler {
 public:
  explicit BitResampler(const Stratum& stratum) : size_(stratum.size) {
    const std::size_t models = stratum.observed.size();
    for (std::size_t from = 0; from < models; from += models_per_word) {
      std::vector<std::uint64_t>& cells = tables_.emplace_back();
      cells.reserve(std::bit_ceil(size_));
      for (std::size_t kind = 0; kind < stratum.counts.size(); ++kind) {
        std::uint64_t word = 1;
        for (std::size_t m = from; m < std::min(models, from + models_per_word); ++m) {
          const double value = stratum.observed[m][kind].value;
          GWAGEO_CHECK(value == 0 || value == 1);
          if (value == 1) word |= 1ULL << (lane_bits * (m - from + 1));
        }
        cells.insert(cells.end(), stratum.counts[kind], word);
      }
      GWAGEO_CHECK(cells.size() == size_);
      cells.resize(std::bit_ceil(size_), 0);
    }
  }

  void draw(ResampleStream stream, std::span<double> figures) const override {
    std::size_t model = 0;
    for (const std::vector<std::uint64_t>& cells : tables_) {
      const Lanes sums = cells.size() <= (1U << 16) ? resampled<4>(stream, cells, size_)
                                                    : resampled<2>(stream, cells, size_);
      for (std::size_t i = 1; i < lanes && model < figures.size(); ++i, ++model) {
        figures[model] = static_cast<double>(sums[i]) / static_cast<double>(size_);
      }
    }
    GWAGEO_CHECK(model == figures.size());
  }

 private:
  std::uint64_t size_;
  std::vector<std::vector<std::uint64_t>> tables_;  ///< Each of eleven models.
};

}  // namespace

std::unique_ptr<Resampler> make_bit_resampler(const Stratum& stratum) {
  GWAGEO_CHECK(stratum.size > 0);
  GWAGEO_CHECK(stratum.size < (1ULL << 31));
  return std::make_unique<BitResampler>(stratum);
}

}  // namespace gwageo
