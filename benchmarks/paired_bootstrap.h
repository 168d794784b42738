// The bootstrap of several models on the same items: tasks are resampled apart, items (or clusters
// of items) with all their models together. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "benchmarks/pairing.h"
#include "benchmarks/resampler.h"
#include "benchmarks/statistics.h"

namespace gwageo {

/// Totals of every model over resamples. Immutable: any thread, so that ranges of resamples can be
/// drawn side by side; a resample is the same bits whoever draws it.
class PairedBootstrap {
 public:
  /// REQUIRES: 1 item or more in every stratum; the pairing outlives this.
  explicit PairedBootstrap(const Pairing& pairing);
  std::size_t models() const { return models_; }
  std::size_t axes() const { return axes_; }
  /// Resamples [first, last): `out` gets the totals of all models for one after another.
  /// REQUIRES: out.size() is (last - first) * models().
  void totals(std::uint64_t seed, std::uint64_t first, std::uint64_t last,
              std::span<double> out) const;
  /// The same resamples, each axis' part of the totals by itself: for one resample after another,
  /// and in it for one axis after another, those of all models.
  /// REQUIRES: out.size() is (last - first) * axes() * models().
  void totals_by_axis(std::uint64_t seed, std::uint64_t first, std::uint64_t last,
                      std::span<double> out) const;

 private:
  void add_up(std::uint64_t seed, std::uint64_t first, std::uint64_t last, std::size_t axes,
              std::span<double> out) const;
  struct Part {
    double share = 0;
    std::size_t axis = 0;
    std::unique_ptr<Resampler> resampler;
  };
  std::vector<Part> parts_;
  std::size_t models_;
  std::size_t axes_;
};

/// The percentile interval of figures over resamples (Efron and Tibshirani 1993, chapter 13):
/// leaves out `tail` of them at each end, rounded outwards. REQUIRES: not empty, none is NaN.
Interval percentile_interval(std::vector<double> figures, double tail);

/// Of each resample, model 0's total over the best of the other models' totals, the best chosen
/// anew. Nothing where the best total of some resample is 0. REQUIRES: 2 models or more.
std::optional<std::vector<double>> ratios_to_best(std::span<const double> totals,
                                                  std::size_t models);

}  // namespace gwageo
