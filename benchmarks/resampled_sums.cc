// Means of any values. Every value is held as a multiple of a power of two, 2^-48 for 14,000 scores
// in [0, 1], so that the sums are integers and the order of adding is no matter; the power is the
// smallest whose sums cannot overflow. A unit is a row of numbers: how many items it has, and the
// sum of their values for each model. The mean of a resample is the sum over the number of items
// drawn, which varies only where clusters differ in size.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "benchmarks/resampler.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr int sum_bits = 62;

using SumsRow = RowSums;
using Units = std::vector<std::vector<std::uint32_t>>;

/// The largest power of two by which every value can be multiplied.
int scale_of(const Stratum& stratum, const Units& units) {
  double most = 0;
  for (const std::vector<Observation>& observed : stratum.observed) {
    for (const std::vector<std::uint32_t>& unit : units) {
      double sum = 0;
      for (const std::uint32_t kind : unit) sum += std::fabs(observed[kind].value);
      most = std::max(most, sum);
    }
  }
  GWAGEO_CHECK(std::isfinite(most));
  return most > 0
             ? sum_bits - 1 - std::ilogb(most) - std::ilogb(2.0 * static_cast<double>(units.size()))
             : 0;
}

class SumResampler final : public Resampler {
 public:
  explicit SumResampler(const Stratum& stratum) : models_(stratum.observed.size()) {
    const Units units = units_of(stratum);
    scale_ = scale_of(stratum, units);
    for (std::size_t from = 0; from < models_; from += resample_models) {
      std::vector<SumsRow>& rows = tables_.emplace_back();
      rows.reserve(units.size());
      for (const std::vector<std::uint32_t>& unit : units) rows.push_back(row(stratum, unit, from));
    }
  }

  void draw(ResampleStream stream, std::span<double> figures) const override {
    GWAGEO_CHECK(figures.size() == models_);
    std::size_t model = 0;
    for (const std::vector<SumsRow>& rows : tables_) {
      const SumsRow sums = resample_rows(stream, rows.data(), rows.size());
      const auto items = static_cast<double>(sums[0]);
      for (std::size_t i = 1; i < resample_lanes && model < models_; ++i, ++model) {
        figures[model] = std::ldexp(static_cast<double>(sums[i]), -scale_) / items;
      }
    }
  }

 private:
  SumsRow row(const Stratum& stratum, const std::vector<std::uint32_t>& unit,
              std::size_t from) const {
    SumsRow out{};
    out[0] = static_cast<std::int64_t>(unit.size());
    for (std::size_t m = from; m < std::min(models_, from + resample_models); ++m) {
      for (const std::uint32_t kind : unit) {
        out[m - from + 1] += std::llround(std::ldexp(stratum.observed[m][kind].value, scale_));
      }
    }
    return out;
  }

  std::size_t models_;
  int scale_ = 0;                             ///< A value is held in units of 2^-scale.
  std::vector<std::vector<SumsRow>> tables_;  ///< Each of eleven models.
};

}  // namespace

std::unique_ptr<Resampler> make_sum_resampler(const Stratum& stratum) {
  return std::make_unique<SumResampler>(stratum);
}

}  // namespace gwageo
