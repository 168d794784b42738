// Means of 0 and 1, many models at a time: the table of packed scores that resample_loops.h draws
// from. Models beyond the eleventh are drawn again with the same numbers, eleven at a time.
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

class BitResampler final : public Resampler {
 public:
  explicit BitResampler(const Stratum& stratum) : size_(stratum.size) {
    const std::size_t models = stratum.observed.size();
    for (std::size_t from = 0; from < models; from += resample_models) {
      std::vector<std::uint64_t>& cells = tables_.emplace_back();
      cells.reserve(std::bit_ceil(size_));
      for (std::size_t kind = 0; kind < stratum.counts.size(); ++kind) {
        std::uint64_t word = 1;
        for (std::size_t m = from; m < std::min(models, from + resample_models); ++m) {
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
      const BitSums sums = resample_bits(stream, cells.data(), cells.size(), size_);
      for (std::size_t i = 1; i < resample_lanes && model < figures.size(); ++i, ++model) {
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
