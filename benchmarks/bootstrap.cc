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

void bootstrap_figures(const Aggregation& aggregation, const Sample& sample, std::uint64_t seed,
                       std::uint64_t first, std::uint64_t last, std::span<double> out) {
  GWAGEO_CHECK(first <= last);
  GWAGEO_CHECK(out.size() == last - first);
  const std::vector<std::uint32_t> item_kinds = kinds_of_items(sample.counts);
  std::vector<std::uint64_t> counts(sample.kinds.size());
  for (std::uint64_t resample = first; resample < last; ++resample) {
    resample_kinds(ResampleStream(seed, resample, 0), item_kinds, counts);
    out[resample - first] = aggregation.value({sample.kinds, counts});
  }
}

double standard_deviation(std::span<const double> figures) {
  GWAGEO_CHECK(figures.size() >= 2);
  const auto size = static_cast<double>(figures.size());
  double sum = 0;
  for (const double figure : figures) sum += figure;
  const double mean = sum / size;
  double squares = 0;
  for (const double figure : figures) squares += (figure - mean) * (figure - mean);
  return std::sqrt(squares / (size - 1));
}

double bootstrap_standard_error(const Aggregation& aggregation, const Sample& sample,
                                std::uint64_t seed) {
  std::vector<double> figures(bootstrap_resamples);
  bootstrap_figures(aggregation, sample, seed, 0, bootstrap_resamples, figures);
  return standard_deviation(figures);
}

}  // namespace gwageo
