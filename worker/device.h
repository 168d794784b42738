// Device: the handful of operations that a Llama engine needs, over 32-bit floats in rows. The CPU
// device (device_cpu.cc) is the definition: each result below is one fixed sequence of IEEE 754
// single-precision operations, every multiplication and addition rounded by itself (no fused
// multiply-add). No result depends on how many rows share a call, on the number of threads, or on
// the processor's vector width. Another device is compared with it.
//
// Sums have one of two orders, named where they are used:
//   ascending    one accumulator that starts at +0 and takes the terms in index order;
//   sixteenfold  sixteen accumulators that start at +0; term i goes to accumulator i mod 16, in
//                index order; then a[i] += a[i + 8], a[i] += a[i + 4], += a[i + 2], += a[i + 1].
//
// The exponential is exp(x) = 2^n * t(r): n = round(x * log2 e) to even, r = (x - n * 355/512) -
// n * (ln 2 - 355/512), t the Taylor polynomial of degree 7 by Horner's rule; its remainder on
// |r| <= ln(2)/2 is below 6e-9. x is first brought into [-87, 88]; NaN stays NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "protocol/result.h"

namespace gwageo {

class Device;

/// Gives a device's memory back to it.
struct DeviceFree {
  Device* device = nullptr;
  void operator()(float* floats) const;
};
/// Floats in a device's memory; only that device reads and writes them. The device outlives them.
using DeviceFloats = std::unique_ptr<float[], DeviceFree>;

/// A weight matrix [rows, columns] as the device likes to store it. A resource, immutable, safe to
/// read from any thread.
class Matrix {
 public:
  virtual ~Matrix() = default;
  virtual std::size_t rows() const = 0;
  virtual std::size_t columns() const = 0;
};

/// The shape of attention in a model. `heads` is a multiple of `key_value_heads`; query head h
/// reads key-value head h / (heads / key_value_heads). `head_width` is even.
struct AttentionShape {
  std::size_t layers = 0;
  std::size_t heads = 0;
  std::size_t key_value_heads = 0;
  std::size_t head_width = 0;
};

/// Positions whose keys and values lie in one block of a cache.
inline constexpr std::size_t cache_block_positions = 16;

/// Where one row stands in its sequence, and the cache of that sequence: `blocks[i]` holds
/// positions 16 i to 16 i + 15 of all layers, in the device's own layout.
struct RowPlace {
  float* const* blocks = nullptr;
  std::uint32_t position = 0;
};

/// What a row of logits says: the most probable token (the lowest of equals) and, where a target
/// token was named, the natural logarithm of its probability.
struct TokenJudgement {
  std::uint32_t best = 0;
  double log_probability = 0;
  bool finite = true;  ///< False when a logit is NaN or infinite; the rest means nothing then.
};
inline constexpr std::uint32_t no_target = UINT32_MAX;

/// Thread rule: the operations may be called from several threads at once as long as no two write
/// the same floats. Pointers without a note are to device memory; row r of a buffer of width w
/// begins at r * w. An output may not overlap an input unless it is named as both.
class Device {
 public:
  virtual ~Device() = default;

  /// Whether all that was asked for so far has been done; the first failure stays. Operations on a
  /// device that failed do nothing and leave zeros or nothing in the program's memory, so a caller
  /// asks once, after a piece of work and before it believes what came of it. The CPU device does
  /// not fail.
  virtual Status status() { return {}; }

  /// Zeroed floats; null on a device that failed or has no room, which is a failure too.
  /// REQUIRES: count > 0.
  virtual DeviceFloats allocate(std::size_t count) = 0;
  virtual void release(float* floats) = 0;
  /// Copies from and to the program's memory.
  virtual void upload(float* to, std::span<const float> from) = 0;
  virtual void download(std::span<float> to, const float* from) = 0;

  /// A matrix from row-major values in the program's memory. REQUIRES: values.size() == rows *
  /// columns.
  virtual std::unique_ptr<Matrix> make_matrix(std::size_t rows, std::size_t columns,
                                              std::span<const float> values) = 0;
  /// Floats of one cache block for this shape.
  virtual std::size_t cache_block_floats(const AttentionShape& shape) const = 0;

  /// out[r] = table[tokens[r]]. REQUIRES: every token < table.rows().
  virtual void embed(const Matrix& table, std::span<const std::uint32_t> tokens, float* out) = 0;

  /// out = x / sqrt(mean(x^2) + epsilon) * weight, per row; the sum of squares is sixteenfold. out
  /// may be x. Source: Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019), as in
  /// Llama.
  virtual void rms_norm(const float* x, const float* weight, float epsilon, std::size_t rows,
                        std::size_t width, float* out) = 0;

  /// out[r][o] = sum over k of x[r][k] * weights[o][k], ascending. x is [rows, weights.columns()],
  /// out is [rows, weights.rows()].
  virtual void multiply(const float* x, std::size_t rows, const Matrix& weights, float* out) = 0;

  /// out[r] = cos(position * frequency) for each frequency, then the sines: [rows, 2 * n]. Computed
  /// in double precision, then rounded. `frequencies` is in the program's memory, radians a
  /// position.
  virtual void rotation(std::span<const RowPlace> places, std::span<const double> frequencies,
                        float* out) = 0;
  /// Turns the pair (x[i], x[i + w/2]) of every head of width w by angle i of its row, in place.
  /// Source: Su et al., "RoFormer" (2021), in the half-split layout of Hugging Face's Llama.
  virtual void rotate(float* x, std::size_t rows, std::size_t heads, std::size_t head_width,
                      const float* rotation) = 0;

  /// Writes each row's keys and values ([rows, key_value_heads * head_width]) into its cache.
  virtual void keep(const float* keys, const float* values, std::span<const RowPlace> places,
                    const AttentionShape& shape, std::size_t layer) = 0;
  /// Causal attention of each row over its cache, its own position included; x and out are [rows,
  /// heads * head_width]. Per head: s[t] = (ascending sum over d of q[d] k[t][d]) /
  /// sqrt(head_width) as a product with the rounded reciprocal; e[t] = exp(s[t] - max s); out[d] =
  /// (ascending sum over t of e[t] v[t][d]) / (sixteenfold sum of e).
  virtual void attend(const float* x, std::span<const RowPlace> places, const AttentionShape& shape,
                      std::size_t layer, float* out) = 0;

  /// gate = gate / (1 + exp(-gate)) * up, element by element. Source: Shazeer, "GLU Variants"
  /// (2020).
  virtual void gate(float* gate, const float* up, std::size_t count) = 0;
  /// x += y.
  virtual void add(float* x, const float* y, std::size_t count) = 0;
  /// out[i] = x[rows[i]]; `rows` is in the program's memory.
  virtual void gather(const float* x, std::span<const std::uint32_t> rows, std::size_t width,
                      float* out) = 0;

  /// Judges each row of logits [targets.size(), width]: log p = logit - max - ln(sixteenfold sum of
  /// exp(logit - max)), the subtractions and the logarithm in double precision. `targets` (or
  /// no_target) and `out` are in the program's memory.
  virtual void judge(const float* logits, std::size_t width, std::span<const std::uint32_t> targets,
                     std::span<TokenJudgement> out) = 0;
};

inline void DeviceFree::operator()(float* floats) const { device->release(floats); }

/// The CPU device. `lanes` is the vector width in floats to use: 4, 8, 16, or 0 for the widest that
/// this processor has; nullptr when the processor lacks it. The results are the same for each.
std::unique_ptr<Device> make_cpu_device(std::size_t lanes = 0);

}  // namespace gwageo
