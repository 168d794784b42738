#include "tests/engine/seeded_gguf.h"

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "tests/worker/gguf_bytes.h"

namespace gwageo::testing {
namespace {

constexpr std::uint32_t width = 64;
constexpr std::uint32_t layers = 2;
constexpr std::uint32_t hidden = 128;
constexpr std::uint32_t heads = 4;
constexpr std::uint32_t heads_of_keys = 2;
constexpr std::uint32_t context = 512;
constexpr std::uint32_t head_width = width / heads;

struct Token {
  std::string text;
  std::uint32_t type;  // 1 normal, 2 unknown, 3 control, 6 byte.
};

std::vector<Token> vocabulary() {
  std::vector<Token> tokens = {{"<unk>", 2}, {"<s>", 3}, {"</s>", 3}};
  constexpr char digits[] = "0123456789ABCDEF";
  for (int i = 0; i < 256; ++i) {
    tokens.push_back({std::string("<0x") + digits[i / 16] + digits[i % 16] + ">", 6});
  }
  for (char c = ' '; c < '\x7f'; ++c) {
    tokens.push_back({c == ' ' ? "\xe2\x96\x81" : std::string(1, c), 1});
  }
  return tokens;
}

struct Tensor {
  std::string name;
  std::vector<std::uint64_t> shape;  // Innermost first.
  double scale;                      // Uniform below it either way; 0: all ones.
  std::uint64_t size() const {
    std::uint64_t all = 1;
    for (const std::uint64_t each : shape) all *= each;
    return all;
  }
};

std::vector<Tensor> tensors(std::uint64_t words) {
  const double scale = std::sqrt(3.0 / width);
  constexpr std::uint64_t keys = head_width * heads_of_keys;
  std::vector<Tensor> all = {{"token_embd.weight", {width, words}, 1.0},
                             {"output_norm.weight", {width}, 0},
                             {"output.weight", {width, words}, 2.5 * scale}};
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    all.push_back({block + "attn_norm.weight", {width}, 0});
    all.push_back({block + "attn_q.weight", {width, width}, scale});
    all.push_back({block + "attn_k.weight", {width, keys}, scale});
    all.push_back({block + "attn_v.weight", {width, keys}, scale});
    all.push_back({block + "attn_output.weight", {width, width}, scale});
    all.push_back({block + "ffn_norm.weight", {width}, 0});
    all.push_back({block + "ffn_gate.weight", {width, hidden}, scale});
    all.push_back({block + "ffn_down.weight", {hidden, width}, std::sqrt(3.0 / hidden)});
    all.push_back({block + "ffn_up.weight", {width, hidden}, scale});
  }
  return all;
}

void add_keys(GgufBytes& out, const std::vector<Token>& tokens, std::uint64_t seed) {
  const auto number = [&out](const char* name, std::uint32_t value) {
    out.key(std::string("llama.") + name, GgufBytes::u32_type).u32(value);
  };
  const auto list = [&](const char* name, std::uint32_t type) -> GgufBytes& {
    return out.key(std::string("tokenizer.ggml.") + name, GgufBytes::array_type)
        .u32(type)
        .u64(tokens.size());
  };
  out.key("general.architecture", GgufBytes::text_type).text("llama");
  out.key("general.name", GgufBytes::text_type).text("seeded-" + std::to_string(seed));
  out.key("general.file_type", GgufBytes::u32_type).u32(0);
  number("context_length", context);
  number("embedding_length", width);
  number("block_count", layers);
  number("feed_forward_length", hidden);
  number("rope.dimension_count", head_width);
  number("attention.head_count", heads);
  number("attention.head_count_kv", heads_of_keys);
  number("vocab_size", static_cast<std::uint32_t>(tokens.size()));
  out.key("llama.attention.layer_norm_rms_epsilon", GgufBytes::f32_type)
      .u32(std::bit_cast<std::uint32_t>(1e-5F));
  out.key("tokenizer.ggml.model", GgufBytes::text_type).text("llama");
  list("tokens", GgufBytes::text_type);
  for (const Token& token : tokens) out.text(token.text);
  list("scores", GgufBytes::f32_type);
  for (std::size_t i = 0; i < tokens.size(); ++i) out.u32(0);
  list("token_type", GgufBytes::i32_type);
  for (const Token& token : tokens) out.u32(token.type);
  out.key("tokenizer.ggml.unknown_token_id", GgufBytes::u32_type).u32(0);
  out.key("tokenizer.ggml.bos_token_id", GgufBytes::u32_type).u32(1);
  out.key("tokenizer.ggml.eos_token_id", GgufBytes::u32_type).u32(2);
  out.key("tokenizer.ggml.add_bos_token", GgufBytes::flag_type).raw(std::string(1, '\1'));
  out.key("tokenizer.ggml.add_eos_token", GgufBytes::flag_type).raw(std::string(1, '\0'));
}

constexpr std::uint64_t keys_written = 21;

}  // namespace

std::string seeded_gguf(std::uint64_t seed) {
  const std::vector<Token> tokens = vocabulary();
  const std::vector<Tensor> all = tensors(tokens.size());
  GgufBytes out;
  out.header(3, all.size(), keys_written);
  add_keys(out, tokens, seed);
  std::uint64_t offset = 0;
  for (const Tensor& tensor : all) {
    out.tensor(tensor.name, tensor.shape, 0, offset);
    offset += (tensor.size() * 4 + 31) / 32 * 32;
  }
  out.pad();
  std::mt19937_64 random(seed);
  for (const Tensor& tensor : all) {
    for (std::uint64_t i = 0; i < tensor.size(); ++i) {
      const double drawn = static_cast<double>(random() >> 11) * 0x1p-52 - 1;  // [-1, 1)
      const double value = tensor.scale > 0 ? drawn * tensor.scale : 1;
      out.u32(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
    }
    out.pad();
  }
  return out.bytes();
}

}  // namespace gwageo::testing
