// Llama: the forward pass of a Llama-architecture transformer on a Device. RMSNorm before attention
// and before the feed-forward part, grouped-query attention with rotary positions, SwiGLU, logits
// from an output matrix or from the embedding itself. Source: Touvron et al., "LLaMA" (2023), with
// the tensor names and layouts of Hugging Face.
//
// A forward pass takes pieces of many sequences at once; every row's result depends on the tokens
// of its own sequence only, to the last bit, whatever else is in the call (device.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "protocol/result.h"
#include "worker/device.h"
#include "worker/llama_config.h"
#include "worker/tensor_file.h"
#include "worker/vocabulary.h"

namespace gwageo {

/// One cache block in a device's memory. Shared because sequences that begin alike read the same
/// blocks; a shared block is complete and no longer written.
using CacheBlock = std::shared_ptr<DeviceFloats>;

/// The keys and values of one sequence so far. One owner.
struct Cache {
  std::uint32_t positions = 0;  ///< How many are filled.
  std::vector<CacheBlock> blocks;
};

/// The next tokens of one sequence. Logits are wanted for the last `logits` of them.
struct Piece {
  Cache* cache = nullptr;
  std::span<const Token> tokens;
  std::size_t logits = 0;
};

/// Memory of a forward pass, kept from call to call. One thread.
class Workspace {
 public:
  explicit Workspace(Device& device) : device_(device) {}
  /// The buffer of that number, at least `count` floats; what it held is lost when it grows.
  float* floats(std::size_t number, std::size_t count);

 private:
  struct Buffer {
    DeviceFloats floats;
    std::size_t count = 0;
  };
  Device& device_;
  std::vector<Buffer> buffers_;
};

/// A loaded model. Immutable: `forward` may run on several threads at once with distinct workspaces
/// and caches.
class Llama {
 public:
  /// Reads all weights onto `device`, which outlives the model. bad_input, naming file and tensor,
  /// when a tensor is missing, unknown, twice there, or contradicts `config`; the device's error
  /// where it fails or has no room.
  static Result<Llama> load(const LlamaConfig& config, Weights weights, Device& device);

  const LlamaConfig& config() const { return config_; }
  /// Numbers in all weight tensors.
  std::uint64_t parameters() const { return parameters_; }
  /// Bytes of one cache block.
  std::size_t cache_block_bytes() const {
    return device_.cache_block_floats(shape_) * sizeof(float);
  }

  /// Feeds each piece, extending its cache. Returns the logits [rows, vocab_size], in device
  /// memory, valid until the workspace's next use: the wanted rows of the first piece, then of the
  /// next. REQUIRES: distinct caches; tokens < vocab_size; no position reaches
  /// max_position_embeddings.
  const float* forward(std::span<const Piece> pieces, Workspace& workspace) const;

 private:
  struct Layer {
    DeviceFloats attention_norm, feed_norm;
    std::unique_ptr<Matrix> query, key, value, output, gate, up, down;
  };
  struct Loader;
  struct Rows;
  Llama(const LlamaConfig& config, Device& device);
  void attention(const Layer& layer, std::size_t index, const Rows& rows, Workspace& w) const;
  void feed_forward(const Layer& layer, const Rows& rows, Workspace& w) const;

  LlamaConfig config_;
  Device& device_;
  AttentionShape shape_;
  std::vector<double> frequencies_;  // Radians a position, for each pair of a head.
  std::unique_ptr<Matrix> embedding_;
  std::vector<Layer> layers_;
  DeviceFloats norm_;
  std::unique_ptr<Matrix> output_;  // Null when the embedding is used.
  std::uint64_t parameters_ = 0;
};

}  // namespace gwageo
