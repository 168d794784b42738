#include "worker/known_answer.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "protocol/check.h"
#include "worker/llama.h"

namespace gwageo {
namespace {

constexpr std::string_view recorded_hex =
    "00f931874f4c1abe582abbc5da79a20b36eaf88c428c6a1f9d10e44a1654624c";

constexpr LlamaConfig known_config() {
  LlamaConfig config;
  config.hidden_size = 96;
  config.intermediate_size = 200;
  config.num_hidden_layers = 3;
  config.num_attention_heads = 6;
  config.num_key_value_heads = 2;
  config.head_dim = 16;
  config.vocab_size = 307;
  config.max_position_embeddings = 256;
  config.rms_norm_eps = 1e-5f;
  config.rope_theta = 10000;
  return config;
}

/// The known model's weights, drawn when they are read.
class KnownTensors final : public TensorFile {
 public:
  KnownTensors() {
    const LlamaConfig c = known_config();
    const std::uint64_t query = c.num_attention_heads * c.head_dim;
    const std::uint64_t key = c.num_key_value_heads * c.head_dim;
    add("model.embed_tokens.weight", {c.vocab_size, c.hidden_size});
    for (std::size_t i = 0; i < c.num_hidden_layers; ++i) {
      const std::string layer = "model.layers." + std::to_string(i) + ".";
      add(layer + "input_layernorm.weight", {c.hidden_size});
      add(layer + "self_attn.q_proj.weight", {query, c.hidden_size});
      add(layer + "self_attn.k_proj.weight", {key, c.hidden_size});
      add(layer + "self_attn.v_proj.weight", {key, c.hidden_size});
      add(layer + "self_attn.o_proj.weight", {c.hidden_size, query});
      add(layer + "post_attention_layernorm.weight", {c.hidden_size});
      add(layer + "mlp.gate_proj.weight", {c.intermediate_size, c.hidden_size});
      add(layer + "mlp.up_proj.weight", {c.intermediate_size, c.hidden_size});
      add(layer + "mlp.down_proj.weight", {c.hidden_size, c.intermediate_size});
    }
    add("model.norm.weight", {c.hidden_size});
    add("lm_head.weight", {c.vocab_size, c.hidden_size});
  }

  const std::filesystem::path& path() const override { return path_; }
  const std::map<std::string, TensorEntry>& tensors() const override { return tensors_; }
  Result<std::vector<float>> read(const std::string& name) override {
    const TensorEntry& tensor = tensors_.at(name);
    std::uint64_t count = 1;
    for (const std::uint64_t size : tensor.shape) count *= size;
    // Norms begin near 1 elsewhere too; matrices keep the size of what they are applied to.
    const bool is_norm = tensor.shape.size() == 1;
    std::vector<float> numbers = known_numbers(count, tensor.begin, is_norm ? 0.5f : 0.25f);
    if (is_norm) std::ranges::for_each(numbers, [](float& x) { x += 1.0f; });
    return numbers;
  }

 private:
  void add(const std::string& name, std::vector<std::uint64_t> shape) {
    const std::uint64_t number = tensors_.size() + 100;  // What its numbers are drawn from.
    tensors_.emplace(name, TensorEntry{"F32", std::move(shape), number, number});
  }
  std::filesystem::path path_ = "the known model";
  std::map<std::string, TensorEntry> tensors_;
};

/// One sequence: its prompt, and the logits that came of it so far.
struct Line {
  std::vector<Token> prompt;
  Cache cache = {};
  std::vector<float> logits = {};
  Token next = 0;
};

std::vector<Line> lines() {
  std::vector<Line> out;
  for (const std::size_t length : {150u, 17u, 1u}) {
    Line line;
    for (std::size_t i = 0; i < length; ++i) {
      line.prompt.push_back(static_cast<Token>((i * i + 7 * length) % known_config().vocab_size));
    }
    out.push_back(std::move(line));
  }
  return out;
}

/// Feeds tokens to some lines in one pass; keeps all their logits and the most probable token.
void feed(const Llama& model, Device& device, Workspace& workspace, std::span<Line*> lines,
          std::span<const std::span<const Token>> tokens) {
  std::vector<Piece> pieces;
  std::size_t rows = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    pieces.push_back({&lines[i]->cache, tokens[i], tokens[i].size()});
    rows += tokens[i].size();
  }
  const std::size_t width = known_config().vocab_size;
  const float* const logits = model.forward(pieces, workspace);
  std::vector<TokenJudgement> judgements(rows);
  device.judge(logits, width, std::vector<std::uint32_t>(rows, no_target), judgements);
  std::vector<float> all(rows * width);
  device.download(all, logits);
  std::size_t row = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(row * width);
    row += tokens[i].size();
    lines[i]->logits.insert(lines[i]->logits.end(), from,
                            all.begin() + static_cast<std::ptrdiff_t>(row * width));
    lines[i]->next = judgements[row - 1].best;
  }
}

constexpr int continued_tokens = 6;

/// Prompts in two halves, then token by token, all lines of `together` in the same passes.
void run(const Llama& model, Device& device, std::vector<Line*> together) {
  Workspace workspace(device);
  for (const bool is_first : {true, false}) {
    std::vector<Line*> fed;
    std::vector<std::span<const Token>> tokens;
    for (Line* const line : together) {
      const std::span<const Token> prompt = line->prompt;
      const std::size_t half = prompt.size() / 2;
      const auto part = is_first ? prompt.first(half) : prompt.subspan(half);
      if (part.empty()) continue;
      fed.push_back(line);
      tokens.push_back(part);
    }
    if (!fed.empty()) feed(model, device, workspace, fed, tokens);
  }
  for (int i = 0; i < continued_tokens; ++i) {
    std::vector<Token> next;
    for (const Line* const line : together) next.push_back(line->next);
    std::vector<std::span<const Token>> tokens;
    for (const Token& token : next) tokens.push_back(std::span(&token, 1));
    feed(model, device, workspace, together, tokens);
  }
}

Digest digest_of(const std::vector<Line>& lines) {
  std::string bytes;
  for (const Line& line : lines) {
    for (const float logit : line.logits) {
      const auto bits = std::bit_cast<std::uint32_t>(logit);
      for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(bits >> shift));
    }
  }
  return sha256(bytes);
}

}  // namespace

Result<KnownAnswer> known_answer(Device& device) {
  Weights weights;
  weights.files.push_back(std::make_unique<KnownTensors>());
  weights.place = weights.described_by = "the known model";
  GWAGEO_ASSIGN(model, Llama::load(known_config(), std::move(weights), device));
  std::vector<Line> together = lines();
  run(model, device, {&together[0], &together[1], &together[2]});
  std::vector<Line> alone = lines();
  for (Line& line : alone) run(model, device, {&line});
  GWAGEO_TRY(device.status());
  KnownAnswer answer;
  answer.digest = digest_of(together);
  answer.same_when_alone = digest_of(alone) == answer.digest;
  for (const Line& line : together) answer.logits += line.logits.size();
  return answer;
}

const Digest& recorded_known_answer() {
  static const Digest digest = *from_hex(recorded_hex);
  return digest;
}

std::vector<float> known_numbers(std::size_t count, std::uint64_t seed, float scale) {
  std::vector<float> out;
  out.reserve(count);
  std::uint64_t state = seed * 0x9E3779B97F4A7C15;
  for (std::size_t i = 0; i < count; ++i) {
    state += 0x9E3779B97F4A7C15;
    std::uint64_t z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    z ^= z >> 31;
    out.push_back(scale * (static_cast<float>(z >> 40) / 8388608.0f - 1.0f));
  }
  return out;
}

}  // namespace gwageo
