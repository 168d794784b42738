// What a Llama model's config.json says, verified.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// The shape and constants of a Llama-architecture model, named as in Hugging Face's config.json.
/// A value. Every size is at least 1 and at most 2^24 (max_position_embeddings: 2^30).
struct LlamaConfig {
  std::size_t hidden_size = 0;
  std::size_t intermediate_size = 0;
  std::size_t num_hidden_layers = 0;
  std::size_t num_attention_heads = 0;
  std::size_t num_key_value_heads = 0;  ///< Divides num_attention_heads.
  std::size_t head_dim = 0;             ///< Even. hidden_size / num_attention_heads unless given.
  std::size_t vocab_size = 0;
  std::size_t max_position_embeddings = 0;
  float rms_norm_eps = 0;
  double rope_theta = 0;
  bool tie_word_embeddings = false;
  std::string torch_dtype;  ///< As safetensors names it, "BF16"; empty where the file has none.
};

inline constexpr std::int64_t llama_size_max = std::int64_t{1} << 24;
inline constexpr std::int64_t llama_positions_max = std::int64_t{1} << 30;
/// A size as a model's configuration gives it, and a positive number; nullptr: the key is missing.
/// The error says what is wrong, for the reader to say with which key of which file.
Result<std::size_t> read_size(const Json* value, std::int64_t most = llama_size_max);
Result<double> read_positive(const Json* value);

/// Reads the keys above from a parsed config.json; `file` is for messages. bad_input, naming the
/// file and the key, for a missing or senseless value, for another architecture, and for any key
/// that would change the computation in a way that is not implemented here (rope_scaling,
/// attention_bias, quantization_config, auto_map, ...).
Result<LlamaConfig> parse_llama_config(const Json& config, const std::string& file);

}  // namespace gwageo
