// Resampling works on kinds: items with equal observations are interchangeable, so a resample is
// the counts of its kinds, and a figure over 10,000 right-or-wrong items is computed from two
// counts.
#include "benchmarks/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "protocol/check.h"

namespace gwageo {

void resample_kinds(ResampleStream stream, std::span<const std::uint32_t> item_kinds,
                    std::span<std::uint64_t> counts) {
  const std::uint64_t size = item_kinds.size();
  GWAGEO_CHECK(size > 0);
  GWAGEO_CHECK(size < (1ULL << 32));
  std::fill(counts.begin(), counts.end(), 0);
  for (std::uint64_t drawn = 0; drawn < size; drawn += 2) {
    const std::uint64_t random = stream.next();
    ++counts[item_kinds[((random >> 32) * size) >> 32]];
    if (drawn + 1 < size) ++counts[item_kinds[((random & 0xFFFFFFFF) * size) >> 32]];
  }
}

std::vector<std::uint32_t> kinds_of_items(std::span<const std::uint64_t> counts) {
  std::vector<std::uint32_t> kinds;
  for (std::size_t kind = 0; kind < counts.size(); ++kind) {
    kinds.insert(kinds.end(), counts[kind], static_cast<std::uint32_t>(kind));
  }
  return kinds;
}

double bootstrap_standard_error(const Aggregation& aggregation, const Sample& sample,
                                std::uint64_t seed) {
  const std::vector<std::uint32_t> item_kinds = kinds_of_items(sample.counts);
  std::vector<std::uint64_t> counts(sample.kinds.size());
  std::vector<double> values;
  values.reserve(bootstrap_resamples);
  double sum = 0;
  for (std::uint32_t resample = 0; resample < bootstrap_resamples; ++resample) {
    resample_kinds(ResampleStream(seed, resample, 0), item_kinds, counts);
    values.push_back(aggregation.value({sample.kinds, counts}));
    sum += values.back();
  }
  const double mean = sum / bootstrap_resamples;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (bootstrap_resamples - 1));
}

}  // namespace gwageo
