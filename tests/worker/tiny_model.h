// Small models with random weights, written in Hugging Face's layout: something real to load.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/json.h"
#include "tests/temporary_folder.h"

namespace gwageo::testing {

/// The bytes of a safetensors file from its header and its data.
std::string safetensors_bytes(const std::string& header, std::string_view data);

/// A model's shape. Odd sizes on purpose: nothing is a multiple of a vector.
struct TinyModel {
  std::size_t hidden = 24;
  std::size_t feed = 37;
  std::size_t layers = 2;
  std::size_t heads = 4;
  std::size_t key_value_heads = 2;
  std::size_t head_width = 6;
  std::size_t vocabulary = 261;
  std::size_t window = 128;
  bool tied = true;
  bool narrow = false;  ///< BF16 instead of F32.
  std::uint64_t seed = 1;

  Json config() const;
  std::vector<std::pair<std::string, std::vector<std::size_t>>> tensors() const;

  /// Writes config.json and model.safetensors.
  void write(const TemporaryFolder& folder) const;

 private:
  // Norm weights lie around 1, the others around 0.
  static float random(std::uint64_t& state, bool is_norm);
  void append(std::string& data, float value) const;
};

}  // namespace gwageo::testing
