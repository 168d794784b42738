// The inner loops of the CPU device, once for each instruction set.
//
// Speed without freedom: the vector lanes always run over *independent results* (sixteen outputs of
// a product, sixteen positions of attention), or over the sixteen accumulators of a sixteenfold sum
// (device.h). So 4, 8 and 16 lanes perform the same rounded operations on each number, and the
// width is chosen when the program runs. cpu_kernels.cc and device_cpu.cc must be compiled with
// -ffp-contract=off, or the compiler would fuse multiplications with additions where the processor
// can.
//
// Weights are stored in panels of sixteen rows, column by column: [rows / 16][columns][16], the
// last panel filled with zeros. A product walks one panel for several input rows at once, so a
// weight is loaded once for them all. A cache block is, for each layer and key-value head, sixteen
// keys stored [head_width][16] and sixteen values stored [16][head_width rounded up to 16].
#pragma once

#include <cstddef>

namespace gwageo {

/// Rows of a panel, positions of a cache block, accumulators of a sum.
inline constexpr std::size_t cpu_group = 16;
constexpr std::size_t cpu_round_up(std::size_t n) {
  return (n + cpu_group - 1) / cpu_group * cpu_group;
}

/// Attention of one query head over one key-value head.
struct CpuHead {
  const float* query;
  float* const* blocks;
  std::size_t head;       ///< Offset of the key-value head in a block, in floats.
  std::size_t positions;  ///< How many there are to attend to; not 0.
  std::size_t width;
  float* scores;  ///< Room for `positions`, rounded up.
  float* out;     ///< `width` floats.
};

/// The kernels of one instruction set, each as device.h defines the operation. Safe from any
/// thread.
struct CpuKernels {
  /// x is [rows, columns], out is [rows, width], `panels` the weights [width, columns] in panels.
  void (*multiply)(const float* x, std::size_t rows, const float* panels, std::size_t width,
                   std::size_t columns, float* out);
  void (*rms_norm)(const float* x, const float* weight, float epsilon, std::size_t width,
                   float* out);
  void (*gate)(float* gate, const float* up, std::size_t count);
  void (*attend)(const CpuHead& head);
  /// Sixteenfold sum of exp(x - top).
  float (*exponential_sum)(const float* x, std::size_t width, float top);
};

/// The kernels for vectors of 4, 8 or 16 floats, or with 0 the widest that this processor has;
/// nullptr when it lacks that width.
const CpuKernels* cpu_kernels(std::size_t lanes);

}  // namespace gwageo
