#include "benchmarks/paired_bootstrap.h"

#include <algorithm>
#include <cmath>

#include "protocol/check.h"

namespace gwageo {

PairedBootstrap::PairedBootstrap(const Pairing& pairing) {
  GWAGEO_CHECK(!pairing.strata.empty());
  models_ = pairing.strata[0].observed.size();
  axes_ = pairing.axes();
  for (const Stratum& stratum : pairing.strata) {
    GWAGEO_CHECK(stratum.observed.size() == models_);
    parts_.push_back({stratum.share, stratum.axis, make_resampler(stratum)});
  }
}

void PairedBootstrap::totals(std::uint64_t seed, std::uint64_t first, std::uint64_t last,
                             std::span<double> out) const {
  add_up(seed, first, last, 1, out);
}

void PairedBootstrap::totals_by_axis(std::uint64_t seed, std::uint64_t first, std::uint64_t last,
                                     std::span<double> out) const {
  add_up(seed, first, last, axes_, out);
}

void PairedBootstrap::add_up(std::uint64_t seed, std::uint64_t first, std::uint64_t last,
                             std::size_t axes, std::span<double> out) const {
  GWAGEO_CHECK(first <= last);
  GWAGEO_CHECK(out.size() == (last - first) * axes * models_);
  std::fill(out.begin(), out.end(), 0.0);
  std::vector<double> figures(models_);
  for (std::uint64_t resample = first; resample < last; ++resample) {
    for (std::size_t s = 0; s < parts_.size(); ++s) {
      const std::size_t axis = axes == 1 ? 0 : parts_[s].axis;
      const std::span<double> totals =
          out.subspan(((resample - first) * axes + axis) * models_, models_);
      parts_[s].resampler->draw(ResampleStream(seed, resample, s), figures);
      for (std::size_t m = 0; m < models_; ++m) totals[m] += parts_[s].share * figures[m];
    }
  }
}

Interval percentile_interval(std::vector<double> figures, double tail) {
  GWAGEO_CHECK(!figures.empty());
  // The k-th smallest of B, counted from 1: k = tail (B + 1).
  const auto size = static_cast<double>(figures.size());
  const double exact = std::floor(tail * (size + 1) + 1e-9);
  const auto k = static_cast<std::ptrdiff_t>(std::clamp(exact, 1.0, std::max(1.0, size / 2)));
  std::nth_element(figures.begin(), figures.begin() + (k - 1), figures.end());
  const double low = figures[static_cast<std::size_t>(k - 1)];
  std::nth_element(figures.begin(), figures.end() - k, figures.end());
  return {low, *(figures.end() - k)};
}

std::optional<std::vector<double>> ratios_to_best(std::span<const double> totals,
                                                  std::size_t models) {
  GWAGEO_CHECK(models >= 2);
  std::vector<double> ratios;
  ratios.reserve(totals.size() / models);
  for (std::size_t at = 0; at < totals.size(); at += models) {
    const std::span<const double> row = totals.subspan(at, models);
    const double best = *std::max_element(row.begin() + 1, row.end());
    if (!(best > 0)) return std::nullopt;
    ratios.push_back(row[0] / best);
  }
  return ratios;
}

}  // namespace gwageo
