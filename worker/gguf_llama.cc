#include "worker/gguf_llama.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace gwageo {
namespace {

// Reads keys; the first failure is kept, and later reads give 0.
class KeyReader {
 public:
  explicit KeyReader(const GgufFile& file) : file_(file) {}

  void refuse(const std::string& key, const std::string& why) {
    if (!status_) return;
    status_ = fail(ErrorKind::bad_input, file_.path().string() + ": key \"" + key + "\" " + why);
  }
  const Json* find(const std::string& key) const {
    const auto found = file_.metadata().find(key);
    return found == file_.metadata().end() ? nullptr : &found->second;
  }
  std::size_t size(const std::string& key, std::int64_t most = llama_size_max) {
    const Result<std::size_t> size = read_size(find(key), most);
    if (!size) refuse(key, size.error().message);
    return size.value_or(0);
  }
  std::size_t size_or(const std::string& key, std::size_t otherwise) {
    return find(key) == nullptr ? otherwise : size(key);
  }
  double positive_or(const std::string& key, double otherwise) {
    const Json* const value = find(key);
    if (value == nullptr) return otherwise;
    const Result<double> number = read_positive(value);
    if (!number) refuse(key, number.error().message);
    return number.value_or(otherwise);
  }
  // A key that changes the computation: only this value of it is implemented.
  void expect(const std::string& key, const Json& only) {
    const Json* const value = find(key);
    if (value == nullptr || *value == only) return;
    if (value->is_number() && only.is_number() && value->as_double() == only.as_double()) return;
    refuse(key, "is something that the builtin engine does not support; only " + only.dump() +
                    " is, or no such key");
  }
  Status take_status() { return std::move(status_); }

 private:
  const GgufFile& file_;
  Status status_;
};

void expect_supported(KeyReader& reader, std::size_t head_dim) {
  reader.expect("llama.rope.scaling.type", "none");
  reader.expect("llama.rope.scaling.factor", 1);
  reader.expect("llama.rope.scale_linear", 1);
  reader.expect("llama.expert_count", 0);
  reader.expect("llama.logit_scale", 1);
  reader.expect("llama.embedding_scale", 1);
  reader.expect("llama.residual_scale", 1);
  reader.expect("llama.attention.scale", 1.0 / std::sqrt(static_cast<double>(head_dim)));
  reader.expect("llama.attention.sliding_window", 0);
  reader.expect("llama.attention.causal", true);
  reader.expect("llama.attention.value_length", head_dim);
  reader.expect("llama.rope.dimension_count", head_dim);
}

// What GGUF calls each tensor of a layer, by the names of Hugging Face.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> layer_names = {
    {{"input_layernorm.weight", "attn_norm.weight"},
     {"self_attn.q_proj.weight", "attn_q.weight"},
     {"self_attn.k_proj.weight", "attn_k.weight"},
     {"self_attn.v_proj.weight", "attn_v.weight"},
     {"self_attn.o_proj.weight", "attn_output.weight"},
     {"post_attention_layernorm.weight", "ffn_norm.weight"},
     {"mlp.gate_proj.weight", "ffn_gate.weight"},
     {"mlp.up_proj.weight", "ffn_up.weight"},
     {"mlp.down_proj.weight", "ffn_down.weight"}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> model_names = {
    {{"model.embed_tokens.weight", "token_embd.weight"},
     {"model.norm.weight", "output_norm.weight"},
     {"lm_head.weight", "output.weight"}}};
constexpr std::string_view our_layer = "model.layers.";
constexpr std::string_view their_layer = "blk.";
constexpr std::string_view unknown_mark = "gguf:";

// What GGUF calls the tensor "model.layers.3.mlp.up_proj.weight": "blk.3.ffn_up.weight".
std::string to_gguf(std::string_view name) {
  for (const auto& [ours, theirs] : model_names) {
    if (name == ours) return std::string(theirs);
  }
  const std::size_t dot = name.find('.', std::min(our_layer.size(), name.size()));
  if (!name.starts_with(our_layer) || dot == std::string_view::npos) return std::string(name);
  for (const auto& [ours, theirs] : layer_names) {
    if (name.substr(dot + 1) != ours) continue;
    std::string made(their_layer);
    made += name.substr(our_layer.size(), dot + 1 - our_layer.size());
    return made += theirs;
  }
  return std::string(name);
}

// The other way round; a name without a counterpart is marked, so that it passes for no other.
std::string from_gguf(std::string_view name) {
  for (const auto& [ours, theirs] : model_names) {
    if (name == theirs) return std::string(ours);
  }
  const std::size_t dot = name.find('.', std::min(their_layer.size(), name.size()));
  for (const auto& [ours, theirs] : layer_names) {
    if (!name.starts_with(their_layer) || dot == std::string_view::npos) break;
    if (name.substr(dot + 1) != theirs) continue;
    std::string made(our_layer);
    made += name.substr(their_layer.size(), dot + 1 - their_layer.size());
    return made += ours;
  }
  return std::string(unknown_mark) + std::string(name);
}

class GgufTensors final : public TensorFile {
 public:
  GgufTensors(GgufFile file, std::size_t head_dim) : file_(std::move(file)), head_dim_(head_dim) {
    for (const auto& [name, tensor] : file_.tensors()) tensors_.emplace(from_gguf(name), tensor);
  }
  const std::filesystem::path& path() const override { return file_.path(); }
  const std::map<std::string, TensorEntry>& tensors() const override { return tensors_; }
  std::string stored_name(const std::string& name) const override {
    return name.starts_with(unknown_mark) ? name.substr(unknown_mark.size()) : to_gguf(name);
  }
  Result<std::vector<float>> read(const std::string& name) override {
    GWAGEO_ASSIGN(numbers, file_.read(stored_name(name)));
    if (!name.ends_with(".q_proj.weight") && !name.ends_with(".k_proj.weight")) return numbers;
    return halves_apart(numbers, tensors_.at(name).shape);
  }

 private:
  Result<std::vector<float>> halves_apart(const std::vector<float>& from,
                                          const std::vector<std::uint64_t>& shape) const {
    if (shape.size() != 2 || shape[0] % head_dim_ != 0) return from;  // The loader refuses it.
    std::vector<float> to(from.size());
    const std::size_t columns = shape[1];
    for (std::size_t row = 0; row < shape[0]; ++row) {
      const std::size_t head = row / head_dim_ * head_dim_;
      const std::size_t place = row % head_dim_;
      const std::size_t target = head + place % 2 * (head_dim_ / 2) + place / 2;
      std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(row * columns), columns,
                  to.begin() + static_cast<std::ptrdiff_t>(target * columns));
    }
    return to;
  }

  GgufFile file_;
  std::size_t head_dim_;
  std::map<std::string, TensorEntry> tensors_;
};

}  // namespace

Result<LlamaConfig> gguf_config(const GgufFile& file) {
  KeyReader reader(file);
  const Json* const architecture = reader.find("general.architecture");
  if (architecture == nullptr || *architecture != Json("llama")) {
    reader.refuse("general.architecture", "must be \"llama\"");
  }
  LlamaConfig c;
  c.hidden_size = reader.size("llama.embedding_length");
  c.intermediate_size = reader.size("llama.feed_forward_length");
  c.num_hidden_layers = reader.size("llama.block_count");
  c.num_attention_heads = reader.size("llama.attention.head_count");
  c.max_position_embeddings = reader.size("llama.context_length", llama_positions_max);
  GWAGEO_TRY(reader.take_status());
  c.num_key_value_heads = reader.size_or("llama.attention.head_count_kv", c.num_attention_heads);
  c.head_dim = reader.size_or("llama.attention.key_length", c.hidden_size / c.num_attention_heads);
  c.rms_norm_eps =
      static_cast<float>(reader.positive_or("llama.attention.layer_norm_rms_epsilon", 1e-5));
  c.rope_theta = reader.positive_or("llama.rope.freq_base", 10000.0);
  // The embedding says best how many tokens there are; the vocabulary may be padded.
  const auto embedding = file.tensors().find("token_embd.weight");
  if (embedding == file.tensors().end() || embedding->second.shape.empty()) {
    return fail(ErrorKind::bad_input,
                file.path().string() + ": tensor \"token_embd.weight\" is missing");
  }
  c.vocab_size = reader.size_or("llama.vocab_size", embedding->second.shape.front());
  c.tie_word_embeddings = !file.tensors().contains("output.weight");
  GWAGEO_TRY(reader.take_status());
  if (c.vocab_size == 0 || c.vocab_size > static_cast<std::size_t>(llama_size_max)) {
    return fail(ErrorKind::bad_input, file.path().string() +
                                          ": tensor \"token_embd.weight\" must have from 1 to " +
                                          std::to_string(llama_size_max) + " rows");
  }
  if (c.head_dim == 0 || c.head_dim % 2 != 0) {
    reader.refuse("llama.attention.key_length",
                  "must be even, and is where not given "
                  "embedding_length / head_count");
  }
  if (c.num_attention_heads % c.num_key_value_heads != 0) {
    reader.refuse("llama.attention.head_count_kv", "does not divide head_count");
  }
  expect_supported(reader, c.head_dim);
  GWAGEO_TRY(reader.take_status());
  return c;
}

Weights gguf_weights(GgufFile file, const LlamaConfig& config) {
  Weights weights;
  weights.place = file.path().string();
  weights.described_by = "its header";
  weights.files.push_back(std::make_unique<GgufTensors>(std::move(file), config.head_dim));
  return weights;
}

}  // namespace gwageo
