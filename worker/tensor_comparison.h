// Two checkpoints, number by number: how many are the same, and how alike the rest are. What a
// later check of a model's provenance looks at; nothing here decides anything.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gwageo {

/// Sums over the pairs (a[i], b[i]). A value; the sums of a longer pair of tensors are those of its
/// parts, added in order.
struct TensorSums {
  std::uint64_t count = 0;
  std::uint64_t equal = 0;          ///< The same 32 bits.
  std::uint64_t equal_rounded = 0;  ///< The same 16 bits, each rounded to bfloat16.
  double a = 0;
  double b = 0;
  double a_squared = 0;
  double b_squared = 0;
  double product = 0;
  friend bool operator==(const TensorSums&, const TensorSums&) = default;
};
TensorSums& operator+=(TensorSums& sums, const TensorSums& more);

/// Numbers that are added up together. A tensor is cut into segments from its start; the sums of
/// segments are added in order.
inline constexpr std::size_t tensor_segment = 65536;
/// Accumulators of a segment: the pair at i goes to accumulator i mod 256, in order; then s[i] +=
/// s[i
/// + 128], s[i] += s[i + 64], ... s[i] += s[i + 1]. Squares and products of two floats are exact in
/// double precision, so each term is rounded once, when it is added.
inline constexpr std::size_t tensor_lanes = 256;

/// The sums of each segment: the definition, that another device is compared with.
/// REQUIRES: a.size() == b.size().
std::vector<TensorSums> segment_sums(std::span<const float> a, std::span<const float> b);

/// The nearest bfloat16's bits, ties to even; a NaN stays one.
std::uint16_t to_bfloat16(float value);

/// What the sums say. Source of the centred correlation's null: for independent tensors of d
/// numbers, r * sqrt(d - 1) is about N(0, 1) (Fisher, 1915, for large d); a bare cosine has no such
/// null, since it grows with the means.
struct TensorComparison {
  double equal_share = 0;
  double equal_rounded_share = 0;
  double cosine = 0;  ///< a.b / (|a| |b|); 0 when either is all zeros.
  double correlation =
      0;                  ///< The cosine of a - mean(a) and b - mean(b); 0 when either is constant.
  double z = 0;           ///< correlation * sqrt(count - 1).
  bool is_finite = true;  ///< False when a tensor holds a NaN or an infinity: the rest but the
                          ///< shares means nothing then.
};
/// REQUIRES: sums.count > 0.
TensorComparison compare_tensors(const TensorSums& sums);

}  // namespace gwageo
