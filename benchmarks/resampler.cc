#include "benchmarks/resampler.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo {
namespace {

/// Counts the kinds of a resample and lets the aggregation do the rest.
class CountResampler final : public Resampler {
 public:
  explicit CountResampler(const Stratum& stratum) : stratum_(stratum), units_(units_of(stratum)) {}

  void draw(ResampleStream stream, std::span<double> figures) const override {
    GWAGEO_CHECK(figures.size() == stratum_.observed.size());
    std::vector<std::uint64_t> counts(stratum_.counts.size(), 0);
    UniformDraws draws(stream, units_.size());
    for (std::size_t drawn = 0; drawn < units_.size(); ++drawn) {
      for (const std::uint32_t kind : units_[draws.next()]) ++counts[kind];
    }
    for (std::size_t m = 0; m < figures.size(); ++m) {
      figures[m] = stratum_.aggregation->value({stratum_.observed[m], counts});
    }
  }

 private:
  const Stratum& stratum_;
  std::vector<std::vector<std::uint32_t>> units_;
};

bool is_all_bits(const Stratum& stratum) {
  return std::all_of(stratum.observed.begin(), stratum.observed.end(), [](const auto& kinds) {
    return std::all_of(kinds.begin(), kinds.end(),
                       [](const Observation& kind) { return kind.value == 0 || kind.value == 1; });
  });
}

}  // namespace

std::vector<std::vector<std::uint32_t>> units_of(const Stratum& stratum) {
  if (!stratum.clusters.empty()) return stratum.clusters;
  std::vector<std::vector<std::uint32_t>> items;
  items.reserve(stratum.size);
  for (const std::uint32_t kind : kinds_of_items(stratum.counts)) items.push_back({kind});
  return items;
}

std::unique_ptr<Resampler> make_count_resampler(const Stratum& stratum) {
  return std::make_unique<CountResampler>(stratum);
}

std::unique_ptr<Resampler> make_resampler(const Stratum& stratum) {
  GWAGEO_CHECK(stratum.size > 0);
  GWAGEO_CHECK(stratum.size < (1ULL << 31));
  if (!stratum.aggregation->is_mean()) return make_count_resampler(stratum);
  const bool is_plain = stratum.clusters.empty() && is_all_bits(stratum);
  return is_plain ? make_bit_resampler(stratum) : make_sum_resampler(stratum);
}

}  // namespace gwageo
