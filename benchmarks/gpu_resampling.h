// Resampling on a GPU: what the device module offers to statistics. The loops are those of
// resample_loops.h, so the sums are the same integers as the processor's.
#pragma once

#include <cstdint>
#include <span>

#include "benchmarks/resample_loops.h"
#include "protocol/result.h"

namespace gwageo {

/// Resamples [first, last) of one stratum.
struct ResampleRange {
  std::uint64_t seed = 0;
  std::uint64_t stratum = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// One thread at a time. Every function fails as `unavailable`, with the reason, when the GPU
/// cannot do it; `out` is worth nothing then.
class GpuResampling {
 public:
  virtual ~GpuResampling() = default;
  /// out[i] = resample_bits of resample first + i. REQUIRES: cells.size() is a power of two and at
  /// least `size`, of which so many are not empty; out.size() is last - first.
  virtual Status bits(int gpu, std::span<const std::uint64_t> cells, std::uint64_t size,
                      const ResampleRange& range, std::span<BitSums> out) = 0;
  /// out[i] = resample_rows of resample first + i. REQUIRES: rows are not empty; out.size() is last
  /// - first.
  virtual Status rows(int gpu, std::span<const RowSums> rows, const ResampleRange& range,
                      std::span<RowSums> out) = 0;
};

/// What the device module exports under the name gpu_resampling_symbol: the one object there is.
extern "C" using GpuResamplingEntry = GpuResampling * ();
inline constexpr char gpu_resampling_symbol[] = "gwageo_gpu_resampling";

}  // namespace gwageo
