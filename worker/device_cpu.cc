// The CPU device: with cpu_kernels.cc, the definition of every operation in device.h. Layouts of
// weights and cache blocks: cpu_kernels.h. Compiled with -ffp-contract=off.
#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "protocol/check.h"
#include "worker/cpu_kernels.h"
#include "worker/device.h"

namespace gwageo {
namespace {

constexpr std::size_t device_group = cpu_group;
static_assert(device_group == cache_block_positions);

class CpuMatrix final : public Matrix {
 public:
  CpuMatrix(std::size_t rows, std::size_t columns, std::span<const float> values)
      : rows_(rows), columns_(columns), panels_(cpu_round_up(rows) * columns) {
    for (std::size_t r = 0; r < rows; ++r) {
      float* panel = panels_.data() + r / device_group * device_group * columns + r % device_group;
      for (std::size_t c = 0; c < columns; ++c) panel[c * device_group] = values[r * columns + c];
    }
  }
  std::size_t rows() const override { return rows_; }
  std::size_t columns() const override { return columns_; }
  const float* panels() const { return panels_.data(); }

 private:
  std::size_t rows_;
  std::size_t columns_;
  std::vector<float> panels_;
};

class CpuDevice final : public Device {
 public:
  explicit CpuDevice(const CpuKernels& kernels) : kernels_(kernels) {}

  DeviceFloats allocate(std::size_t count) override {
    GWAGEO_CHECK(count > 0);
    constexpr std::align_val_t alignment{64};
    float* const floats = static_cast<float*>(::operator new[](count * sizeof(float), alignment));
    std::fill(floats, floats + count, 0.0f);
    return DeviceFloats(floats, DeviceFree{this});
  }
  void release(float* floats) override { ::operator delete[](floats, std::align_val_t{64}); }
  void upload(float* to, std::span<const float> from) override { std::ranges::copy(from, to); }
  void download(std::span<float> to, const float* from) override {
    std::copy(from, from + to.size(), to.begin());
  }
  std::unique_ptr<Matrix> make_matrix(std::size_t rows, std::size_t columns,
                                      std::span<const float> values) override {
    GWAGEO_CHECK(values.size() == rows * columns);
    return std::make_unique<CpuMatrix>(rows, columns, values);
  }
  std::size_t cache_block_floats(const AttentionShape& shape) const override {
    return shape.layers * shape.key_value_heads * head_floats(shape);
  }

  void embed(const Matrix& table, std::span<const std::uint32_t> tokens, float* out) override {
    const std::size_t width = table.columns();
    for (std::size_t r = 0; r < tokens.size(); ++r) {
      GWAGEO_CHECK(tokens[r] < table.rows());
      const float* panel = panels_of(table) + tokens[r] / device_group * device_group * width +
                           tokens[r] % device_group;
      for (std::size_t i = 0; i < width; ++i) out[r * width + i] = panel[i * device_group];
    }
  }
  void rms_norm(const float* x, const float* weight, float epsilon, std::size_t rows,
                std::size_t width, float* out) override {
    for (std::size_t r = 0; r < rows; ++r) {
      kernels_.rms_norm(x + r * width, weight, epsilon, width, out + r * width);
    }
  }
  void multiply(const float* x, std::size_t rows, const Matrix& weights, float* out) override {
    kernels_.multiply(x, rows, panels_of(weights), weights.rows(), weights.columns(), out);
  }
  void rotation(std::span<const RowPlace> places, std::span<const double> frequencies,
                float* out) override {
    const std::size_t n = frequencies.size();
    for (std::size_t r = 0; r < places.size(); ++r) {
      for (std::size_t i = 0; i < n; ++i) {
        const double angle = places[r].position * frequencies[i];
        out[r * 2 * n + i] = static_cast<float>(std::cos(angle));
        out[r * 2 * n + n + i] = static_cast<float>(std::sin(angle));
      }
    }
  }
  void rotate(float* x, std::size_t rows, std::size_t heads, std::size_t head_width,
              const float* rotation) override {
    const std::size_t half = head_width / 2;
    for (std::size_t r = 0; r < rows; ++r) {
      const float* cosines = rotation + r * head_width;
      const float* sines = cosines + half;
      for (std::size_t h = 0; h < heads; ++h) {
        float* const first = x + (r * heads + h) * head_width;
        float* const second = first + half;
        for (std::size_t i = 0; i < half; ++i) {
          const float a = first[i];
          const float b = second[i];
          first[i] = a * cosines[i] - b * sines[i];
          second[i] = b * cosines[i] + a * sines[i];
        }
      }
    }
  }
  void keep(const float* keys, const float* values, std::span<const RowPlace> places,
            const AttentionShape& shape, std::size_t layer) override {
    const std::size_t width = shape.head_width;
    for (const RowPlace& place : places) {
      float* const block = place.blocks[place.position / device_group];
      const std::size_t lane = place.position % device_group;
      for (std::size_t h = 0; h < shape.key_value_heads; ++h) {
        float* const head = block + head_offset(shape, layer, h);
        for (std::size_t d = 0; d < width; ++d) head[d * device_group + lane] = keys[d];
        std::copy(values, values + width, head + width * device_group + lane * cpu_round_up(width));
        keys += width;
        values += width;
      }
    }
  }
  void attend(const float* x, std::span<const RowPlace> places, const AttentionShape& shape,
              std::size_t layer, float* out) override {
    std::size_t longest = 0;
    for (const RowPlace& place : places)
      longest = std::max<std::size_t>(longest, place.position + 1);
    std::vector<float> scores(cpu_round_up(longest));
    const std::size_t sharing = shape.heads / shape.key_value_heads;
    for (const RowPlace& place : places) {
      for (std::size_t h = 0; h < shape.heads; ++h) {
        kernels_.attend({x, place.blocks, head_offset(shape, layer, h / sharing),
                         std::size_t{place.position} + 1, shape.head_width, scores.data(), out});
        x += shape.head_width;
        out += shape.head_width;
      }
    }
  }
  void gate(float* gate, const float* up, std::size_t count) override {
    kernels_.gate(gate, up, count);
  }
  void add(float* x, const float* y, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) x[i] += y[i];
  }
  void gather(const float* x, std::span<const std::uint32_t> rows, std::size_t width,
              float* out) override {
    for (const std::uint32_t row : rows) out = std::copy_n(x + row * width, width, out);
  }
  void judge(const float* logits, std::size_t width, std::span<const std::uint32_t> targets,
             std::span<TokenJudgement> out) override {
    for (std::size_t r = 0; r < targets.size(); ++r) {
      const float* const row = logits + r * width;
      TokenJudgement& judgement = out[r];
      judgement = TokenJudgement{};
      for (std::size_t i = 0; i < width; ++i) {
        if (!std::isfinite(row[i])) judgement.finite = false;
        if (row[i] > row[judgement.best]) judgement.best = static_cast<std::uint32_t>(i);
      }
      if (!judgement.finite || targets[r] == no_target) continue;
      GWAGEO_CHECK(targets[r] < width);
      const float top = row[judgement.best];
      const double sum = static_cast<double>(kernels_.exponential_sum(row, width, top));
      judgement.log_probability =
          static_cast<double>(row[targets[r]]) - static_cast<double>(top) - std::log(sum);
    }
  }

 private:
  static const float* panels_of(const Matrix& matrix) {
    return static_cast<const CpuMatrix&>(matrix).panels();
  }
  static std::size_t head_floats(const AttentionShape& shape) {
    return device_group * (shape.head_width + cpu_round_up(shape.head_width));
  }
  static std::size_t head_offset(const AttentionShape& shape, std::size_t layer, std::size_t head) {
    return (layer * shape.key_value_heads + head) * head_floats(shape);
  }
  const CpuKernels& kernels_;
};

}  // namespace

std::unique_ptr<Device> make_cpu_device(std::size_t lanes) {
  const CpuKernels* const kernels = cpu_kernels(lanes);
  if (kernels == nullptr) return nullptr;
  return std::make_unique<CpuDevice>(*kernels);
}

}  // namespace gwageo
