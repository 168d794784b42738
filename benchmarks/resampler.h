// Resampling the items of one task, all models together: what a bootstrap of several models is made
// of. A resample is as many draws with replacement as there are units, each unit as likely as any
// other in every draw, so that the counts are exactly multinomial; a unit is an item, or a cluster
// of items that stand or fall together. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "benchmarks/bootstrap.h"
#include "benchmarks/pairing.h"

namespace gwageo {

/// Resamples of one stratum. Immutable: any thread. The figures of a resample depend on its stream
/// and the stratum alone, and are the same bits on every machine: counts and sums are integers.
class Resampler {
 public:
  virtual ~Resampler() = default;
  /// The figure of each model over one resample. REQUIRES: figures.size() is the number of models.
  virtual void draw(ResampleStream stream, std::span<double> figures) const = 0;
};

/// The fastest of the resamplers below that the stratum allows.
/// REQUIRES: 1 model or more, 1 to 2^31 - 1 items; the stratum outlives the resampler.
std::unique_ptr<Resampler> make_resampler(const Stratum& stratum);

/// For means of values that are 0 or 1, without clusters.
std::unique_ptr<Resampler> make_bit_resampler(const Stratum& stratum);
/// For means of any values.
std::unique_ptr<Resampler> make_sum_resampler(const Stratum& stratum);
/// For any aggregation.
std::unique_ptr<Resampler> make_count_resampler(const Stratum& stratum);

/// The kinds of the items of each unit of a stratum: its clusters, or else its items.
std::vector<std::vector<std::uint32_t>> units_of(const Stratum& stratum);

}  // namespace gwageo
