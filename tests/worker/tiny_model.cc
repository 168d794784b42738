#include "tests/worker/tiny_model.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>

#include "protocol/bytes.h"

namespace gwageo::testing {

std::string safetensors_bytes(const std::string& header, std::string_view data) {
  ByteWriter length;
  length.u64(header.size());
  return length.take() + header + std::string(data);
}

Json TinyModel::config() const {
  Json c;
  c["architectures"].push_back("LlamaForCausalLM");
  c["model_type"] = "llama";
  c["gwageo_vocabulary"] = "bytes";
  c["hidden_size"] = hidden;
  c["intermediate_size"] = feed;
  c["num_hidden_layers"] = layers;
  c["num_attention_heads"] = heads;
  c["num_key_value_heads"] = key_value_heads;
  c["head_dim"] = head_width;
  c["vocab_size"] = vocabulary;
  c["max_position_embeddings"] = window;
  c["rms_norm_eps"] = 1e-5;
  c["rope_theta"] = 10000.0;
  c["tie_word_embeddings"] = tied;
  c["bos_token_id"] = 256;
  c["eos_token_id"] = 257;
  return c;
}

std::vector<std::pair<std::string, std::vector<std::size_t>>> TinyModel::tensors() const {
  std::vector<std::pair<std::string, std::vector<std::size_t>>> all;
  const std::size_t query = heads * head_width;
  const std::size_t key = key_value_heads * head_width;
  all.push_back({"model.embed_tokens.weight", {vocabulary, hidden}});
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    all.push_back({layer + "input_layernorm.weight", {hidden}});
    all.push_back({layer + "self_attn.q_proj.weight", {query, hidden}});
    all.push_back({layer + "self_attn.k_proj.weight", {key, hidden}});
    all.push_back({layer + "self_attn.v_proj.weight", {key, hidden}});
    all.push_back({layer + "self_attn.o_proj.weight", {hidden, query}});
    all.push_back({layer + "post_attention_layernorm.weight", {hidden}});
    all.push_back({layer + "mlp.gate_proj.weight", {feed, hidden}});
    all.push_back({layer + "mlp.up_proj.weight", {feed, hidden}});
    all.push_back({layer + "mlp.down_proj.weight", {hidden, feed}});
  }
  all.push_back({"model.norm.weight", {hidden}});
  if (!tied) all.push_back({"lm_head.weight", {vocabulary, hidden}});
  return all;
}

void TinyModel::write(const TemporaryFolder& folder) const {
  folder.write("config.json", config().dump(2));
  Json header;
  std::string data;
  std::uint64_t state = seed;
  for (const auto& [name, shape] : tensors()) {
    std::size_t count = 1;
    const std::size_t begin = data.size();
    Json& tensor = header[name];
    tensor["dtype"] = narrow ? "BF16" : "F32";
    for (const std::size_t n : shape) {
      tensor["shape"].push_back(n);
      count *= n;
    }
    for (std::size_t i = 0; i < count; ++i) append(data, random(state, shape.size() == 1));
    tensor["data_offsets"].push_back(begin);
    tensor["data_offsets"].push_back(data.size());
  }
  folder.write("model.safetensors", safetensors_bytes(header.dump(), data));
}

float TinyModel::random(std::uint64_t& state, bool is_norm) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  const double unit = static_cast<double>(state >> 40) / static_cast<double>(1u << 24);
  return static_cast<float>(is_norm ? 0.5 + unit : (unit - 0.5) * 0.9);
}

void TinyModel::append(std::string& data, float value) const {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  ByteWriter writer;
  if (narrow) {
    writer.u8(static_cast<std::uint8_t>(bits >> 16));
    writer.u8(static_cast<std::uint8_t>(bits >> 24));
  } else {
    writer.u32(bits);
  }
  data += writer.bytes();
}

}  // namespace gwageo::testing
