#include "worker/cpu_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#if defined(__x86_64__)
#define GWAGEO_TARGET(name) __attribute__((target(name)))
#define GWAGEO_HAS(name) __builtin_cpu_supports(name)
#else
#define GWAGEO_TARGET(name)
#define GWAGEO_HAS(name) false
#endif
// Kernels are written once and inlined into one function per instruction set.
#define GWAGEO_INLINE inline __attribute__((always_inline))

namespace gwageo {
namespace {

constexpr std::size_t group = cpu_group;

typedef float Float4 __attribute__((vector_size(16)));
typedef float Float8 __attribute__((vector_size(32)));
typedef float Float16 __attribute__((vector_size(64)));
typedef std::int32_t Int4 __attribute__((vector_size(16)));
typedef std::int32_t Int8 __attribute__((vector_size(32)));
typedef std::int32_t Int16 __attribute__((vector_size(64)));

// Sixteen numbers as vectors of one width; `tile_rows` input rows of a product fit the registers.
struct Narrow {
  using Float = Float4;
  using Int = Int4;
  static constexpr int width = 4, parts = 4, tile_rows = 2;
};
struct Middle {
  using Float = Float8;
  using Int = Int8;
  static constexpr int width = 8, parts = 2, tile_rows = 4;
};
struct Wide {
  using Float = Float16;
  using Int = Int16;
  static constexpr int width = 16, parts = 1, tile_rows = 8;
};

template <class L>
struct Sixteen {
  typename L::Float part[L::parts];
};

template <class L>
GWAGEO_INLINE void load(Sixteen<L>& to, const float* from) {
#pragma GCC unroll 16
  for (int p = 0; p < L::parts; ++p) {
    std::memcpy(&to.part[p], from + p * L::width, sizeof to.part[p]);
  }
}
template <class L>
GWAGEO_INLINE void store(float* to, const Sixteen<L>& from) {
#pragma GCC unroll 16
  for (int p = 0; p < L::parts; ++p) {
    std::memcpy(to + p * L::width, &from.part[p], sizeof from.part[p]);
  }
}
template <class L>
GWAGEO_INLINE void fill(Sixteen<L>& to, float value) {
#pragma GCC unroll 16
  for (int p = 0; p < L::parts; ++p) to.part[p] = value - typename L::Float{};
}
// The first `count` (at most 16) of `from`, the rest `filler`.
template <class L>
GWAGEO_INLINE void load_some(Sixteen<L>& to, const float* from, std::size_t count, float filler) {
  if (count >= group) return load(to, from);
  float whole[group];
  for (std::size_t i = 0; i < group; ++i) whole[i] = i < count ? from[i] : filler;
  load(to, whole);
}
template <class L>
GWAGEO_INLINE void store_some(float* to, const Sixteen<L>& from, std::size_t count) {
  if (count >= group) return store(to, from);
  float whole[group];
  store(whole, from);
  for (std::size_t i = 0; i < count; ++i) to[i] = whole[i];
}

template <class L>
GWAGEO_INLINE float sum_of(const Sixteen<L>& sums) {
  float a[group];
  store(a, sums);
  for (std::size_t half = group / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) a[i] += a[i + half];
  }
  return a[0];
}
template <class L>
GWAGEO_INLINE float max_of(const Sixteen<L>& numbers) {
  float a[group];
  store(a, numbers);
  float most = a[0];
  for (const float v : a) most = v > most ? v : most;
  return most;
}

template <class L>
GWAGEO_INLINE void exponential(Sixteen<L>& x) {
  using Float = typename L::Float;
  using Int = typename L::Int;
  constexpr float magic = 12582912.0f;  // 1.5 * 2^23: adding it leaves the integer in the low bits.
  constexpr float log2_e = 1.44269504088896341f;
  constexpr float ln_2_high = 0.693359375f;
  constexpr float ln_2_low = -2.1219444005469057e-4f;
#pragma GCC unroll 16
  for (int p = 0; p < L::parts; ++p) {
    const Float given = x.part[p];
    const Float low = -87.0f - Float{};
    const Float high = 88.0f - Float{};
    Float v = given < low ? low : given;
    v = v > high ? high : v;
    const Float shifted = v * log2_e + magic;
    const Float n = shifted - magic;
    const Float r = (v - n * ln_2_high) - n * ln_2_low;
    Float t = r * (1.0f / 5040) + 1.0f / 720;
    t = t * r + 1.0f / 120;
    t = t * r + 1.0f / 24;
    t = t * r + 1.0f / 6;
    t = t * r + 0.5f;
    t = t * r + 1.0f;
    t = t * r + 1.0f;
    Int bits;
    Int exponent;
    std::memcpy(&bits, &t, sizeof bits);
    std::memcpy(&exponent, &shifted, sizeof exponent);
    bits += exponent << 23;
    std::memcpy(&t, &bits, sizeof t);
    x.part[p] = given == given ? t : given;
  }
}

template <class L, int Rows>
GWAGEO_INLINE void multiply_tile(const float* x, const float* panel, std::size_t columns,
                                 float* out, std::size_t out_width, std::size_t count) {
  Sixteen<L> sums[Rows] = {};
  for (std::size_t k = 0; k < columns; ++k) {
    Sixteen<L> w;
    load(w, panel + k * group);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const float v = x[static_cast<std::size_t>(r) * columns + k];
#pragma GCC unroll 16
      for (int p = 0; p < L::parts; ++p) sums[r].part[p] += v * w.part[p];
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    store_some(out + static_cast<std::size_t>(r) * out_width, sums[r], count);
  }
}

template <class L>
GWAGEO_INLINE void multiply_kernel(const float* x, std::size_t rows, const float* panels,
                                   std::size_t width, std::size_t columns, float* out) {
  for (std::size_t o = 0; o < width; o += group) {
    const float* panel = panels + o * columns;
    const std::size_t count = std::min(group, width - o);
    std::size_t r = 0;
    for (; r + L::tile_rows <= rows; r += L::tile_rows) {
      multiply_tile<L, L::tile_rows>(x + r * columns, panel, columns, out + r * width + o, width,
                                     count);
    }
    for (; r < rows; ++r) {
      multiply_tile<L, 1>(x + r * columns, panel, columns, out + r * width + o, width, count);
    }
  }
}

template <class L>
GWAGEO_INLINE void rms_norm_kernel(const float* x, const float* weight, float epsilon,
                                   std::size_t width, float* out) {
  Sixteen<L> sums = {};
  Sixteen<L> v;
  for (std::size_t i = 0; i < width; i += group) {
    load_some(v, x + i, width - i, 0.0f);
#pragma GCC unroll 16
    for (int p = 0; p < L::parts; ++p) sums.part[p] += v.part[p] * v.part[p];
  }
  const float mean = sum_of(sums) / static_cast<float>(width);
  const float scale = 1.0f / std::sqrt(mean + epsilon);
  for (std::size_t i = 0; i < width; ++i) out[i] = x[i] * scale * weight[i];
}

template <class L>
GWAGEO_INLINE void gate_kernel(float* gate, const float* up, std::size_t count) {
  Sixteen<L> g;
  Sixteen<L> u;
  for (std::size_t i = 0; i < count; i += group) {
    load_some(g, gate + i, count - i, 0.0f);
    load_some(u, up + i, count - i, 0.0f);
    Sixteen<L> e;
#pragma GCC unroll 16
    for (int p = 0; p < L::parts; ++p) e.part[p] = -g.part[p];
    exponential(e);
#pragma GCC unroll 16
    for (int p = 0; p < L::parts; ++p) g.part[p] = g.part[p] / (1.0f + e.part[p]) * u.part[p];
    store_some(gate + i, g, count - i);
  }
}

// Fills scores with exp(s - max), zero past the last position; returns their sum.
template <class L>
GWAGEO_INLINE float attention_weights(const CpuHead& view) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(view.width));
  Sixteen<L> most;
  fill(most, -std::numeric_limits<float>::infinity());
  for (std::size_t t = 0; t < view.positions; t += group) {
    const float* keys = view.blocks[t / group] + view.head;
    Sixteen<L> s = {};
    for (std::size_t d = 0; d < view.width; ++d) {
      Sixteen<L> k;
      load(k, keys + d * group);
#pragma GCC unroll 16
      for (int p = 0; p < L::parts; ++p) s.part[p] += view.query[d] * k.part[p];
    }
#pragma GCC unroll 16
    for (int p = 0; p < L::parts; ++p) s.part[p] = s.part[p] * scale;
    store(view.scores + t, s);
    load_some(s, view.scores + t, view.positions - t, -std::numeric_limits<float>::infinity());
#pragma GCC unroll 16
    for (int p = 0; p < L::parts; ++p) {
      most.part[p] = s.part[p] > most.part[p] ? s.part[p] : most.part[p];
    }
  }
  const float top = max_of(most);
  Sixteen<L> sums = {};
  for (std::size_t t = 0; t < view.positions; t += group) {
    Sixteen<L> e;
    load(e, view.scores + t);
#pragma GCC unroll 16
    for (int p = 0; p < L::parts; ++p) e.part[p] = e.part[p] - top;
    exponential(e);
    store(view.scores + t, e);
    load_some(e, view.scores + t, view.positions - t, 0.0f);
#pragma GCC unroll 16
    for (int p = 0; p < L::parts; ++p) sums.part[p] += e.part[p];
  }
  return sum_of(sums);
}

// Sixteen * Chunks dimensions of the weighted sum of values, from dimension `from` on.
template <class L, int Chunks>
GWAGEO_INLINE void attention_values(const CpuHead& view, std::size_t from, float total) {
  const std::size_t stride = cpu_round_up(view.width);
  Sixteen<L> sums[Chunks] = {};
  for (std::size_t begin = 0; begin < view.positions; begin += group) {
    const float* values = view.blocks[begin / group] + view.head + view.width * group + from;
    const std::size_t end = std::min(group, view.positions - begin);
    for (std::size_t t = 0; t < end; ++t) {
      const float e = view.scores[begin + t];
#pragma GCC unroll 16
      for (int c = 0; c < Chunks; ++c) {
        Sixteen<L> v;
        load(v, values + t * stride + static_cast<std::size_t>(c) * group);
#pragma GCC unroll 16
        for (int p = 0; p < L::parts; ++p) sums[c].part[p] += e * v.part[p];
      }
    }
  }
#pragma GCC unroll 16
  for (int c = 0; c < Chunks; ++c) {
    const std::size_t at = from + static_cast<std::size_t>(c) * group;
#pragma GCC unroll 16
    for (int p = 0; p < L::parts; ++p) sums[c].part[p] = sums[c].part[p] / total;
    store_some(view.out + at, sums[c], view.width - at);
  }
}

template <class L>
GWAGEO_INLINE void attend_kernel(const CpuHead& view) {
  const float total = attention_weights<L>(view);
  std::size_t d = 0;
  for (; d + group < view.width; d += 2 * group) attention_values<L, 2>(view, d, total);
  if (d < view.width) attention_values<L, 1>(view, d, total);
}

// Sixteenfold sum of exp(x - top).
template <class L>
GWAGEO_INLINE float exponential_sum_kernel(const float* x, std::size_t width, float top) {
  Sixteen<L> sums = {};
  Sixteen<L> e;
  for (std::size_t i = 0; i < width; i += group) {
    load_some(e, x + i, width - i, top);
#pragma GCC unroll 16
    for (int p = 0; p < L::parts; ++p) e.part[p] = e.part[p] - top;
    exponential(e);
    if (width - i < group) {
      float whole[group];
      store(whole, e);
      load_some(e, whole, width - i, 0.0f);
    }
#pragma GCC unroll 16
    for (int p = 0; p < L::parts; ++p) sums.part[p] += e.part[p];
  }
  return sum_of(sums);
}

#define GWAGEO_KERNELS(name, lanes, target)                                             \
  target void multiply_##name(const float* x, std::size_t rows, const float* panels,    \
                              std::size_t width, std::size_t columns, float* out) {     \
    multiply_kernel<lanes>(x, rows, panels, width, columns, out);                       \
  }                                                                                     \
  target void rms_norm_##name(const float* x, const float* weight, float epsilon,       \
                              std::size_t width, float* out) {                          \
    rms_norm_kernel<lanes>(x, weight, epsilon, width, out);                             \
  }                                                                                     \
  target void gate_##name(float* gate, const float* up, std::size_t count) {            \
    gate_kernel<lanes>(gate, up, count);                                                \
  }                                                                                     \
  target void attend_##name(const CpuHead& view) { attend_kernel<lanes>(view); }        \
  target float exponential_sum_##name(const float* x, std::size_t width, float top) {   \
    return exponential_sum_kernel<lanes>(x, width, top);                                \
  }                                                                                     \
  constexpr CpuKernels kernels_##name = {multiply_##name, rms_norm_##name, gate_##name, \
                                         attend_##name, exponential_sum_##name};

GWAGEO_KERNELS(narrow, Narrow, )
GWAGEO_KERNELS(middle, Middle, GWAGEO_TARGET("avx2"))
GWAGEO_KERNELS(wide, Wide, GWAGEO_TARGET("avx512f,avx512dq"))

}  // namespace

const CpuKernels* cpu_kernels(std::size_t lanes) {
  const bool has_wide = GWAGEO_HAS("avx512f") && GWAGEO_HAS("avx512dq");
  const bool has_middle = GWAGEO_HAS("avx2");
  if (lanes == 0) lanes = has_wide ? 16 : has_middle ? 8 : 4;
  if (lanes == 16 && has_wide) return &kernels_wide;
  if (lanes == 8 && has_middle) return &kernels_middle;
  if (lanes == 4) return &kernels_narrow;
  return nullptr;
}

}  // namespace gwageo
