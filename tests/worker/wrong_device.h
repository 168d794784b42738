// A device that computes wrongly or fails, for tests of who has to notice.
#pragma once

#include <cmath>
#include <string>

#include "worker/device.h"

namespace gwageo::testing {

// A CPU device of which one operation is as wrong as a device may be: by one unit in the last
// place.
class WrongDevice : public Device {
 public:
  explicit WrongDevice(std::string wrong) : wrong_(std::move(wrong)) {}
  Status status() override {
    if (wrong_ == "status") return fail(ErrorKind::unavailable, "the bus fell off");
    return {};
  }
  DeviceFloats allocate(std::size_t count) override { return right_->allocate(count); }
  void release(float* floats) override { right_->release(floats); }
  void upload(float* to, std::span<const float> from) override { right_->upload(to, from); }
  void download(std::span<float> to, const float* from) override { right_->download(to, from); }
  std::unique_ptr<Matrix> make_matrix(std::size_t rows, std::size_t columns,
                                      std::span<const float> values) override {
    return right_->make_matrix(rows, columns, values);
  }
  std::size_t cache_block_floats(const AttentionShape& shape) const override {
    return right_->cache_block_floats(shape);
  }
  void embed(const Matrix& table, std::span<const std::uint32_t> tokens, float* out) override {
    right_->embed(table, tokens, out);
    spoil("embed", out);
  }
  void rms_norm(const float* x, const float* weight, float epsilon, std::size_t rows,
                std::size_t width, float* out) override {
    right_->rms_norm(x, weight, epsilon, rows, width, out);
    spoil("rms_norm", out);
  }
  void multiply(const float* x, std::size_t rows, const Matrix& weights, float* out) override {
    right_->multiply(x, rows, weights, out);
    if (rows > 8) spoil("multiply", out);
  }
  void rotation(std::span<const RowPlace> places, std::span<const double> frequencies,
                float* out) override {
    right_->rotation(places, frequencies, out);
    spoil("rotation", out);
  }
  void rotate(float* x, std::size_t rows, std::size_t heads, std::size_t head_width,
              const float* rotation) override {
    right_->rotate(x, rows, heads, head_width, rotation);
    spoil("rotate", x);
  }
  void keep(const float* keys, const float* values, std::span<const RowPlace> places,
            const AttentionShape& shape, std::size_t layer) override {
    right_->keep(keys, values, places, shape, layer);
  }
  void attend(const float* x, std::span<const RowPlace> places, const AttentionShape& shape,
              std::size_t layer, float* out) override {
    right_->attend(x, places, shape, layer, out);
    spoil("keep, attend", out);
  }
  void gate(float* gate, const float* up, std::size_t count) override {
    right_->gate(gate, up, count);
    spoil("gate", gate);
  }
  void add(float* x, const float* y, std::size_t count) override {
    right_->add(x, y, count);
    spoil("add", x);
  }
  void gather(const float* x, std::span<const std::uint32_t> rows, std::size_t width,
              float* out) override {
    right_->gather(x, rows, width, out);
    spoil("gather", out);
  }
  void judge(const float* logits, std::size_t width, std::span<const std::uint32_t> targets,
             std::span<TokenJudgement> out) override {
    right_->judge(logits, width, targets, out);
    if (wrong_ != "judge") return;
    for (TokenJudgement& each : out)
      each.log_probability = std::nextafter(each.log_probability, 1.0);
  }

 private:
  void spoil(const std::string& operation, float* first) {
    if (wrong_ == operation) *first = std::nextafter(*first, 2.0f);
  }
  std::string wrong_;
  std::unique_ptr<Device> right_ = make_cpu_device();
};

}  // namespace gwageo::testing
