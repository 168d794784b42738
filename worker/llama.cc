#include "worker/llama.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "protocol/check.h"

namespace gwageo {
namespace {

// Buffers of a workspace.
enum Buffers : std::size_t { state, normed, queries, keys, values, mixed, gates, ups, turns, last };

tl::unexpected<Error> bad_model(std::string message) {
  return fail(ErrorKind::bad_input, std::move(message));
}

}  // namespace

float* Workspace::floats(std::size_t number, std::size_t count) {
  if (buffers_.size() <= number) buffers_.resize(number + 1);
  Buffer& buffer = buffers_[number];
  if (buffer.count < count) {
    buffer.floats = device_.allocate(count);
    buffer.count = count;
  }
  return buffer.floats.get();
}

// Takes tensors out of a model's files one by one, each of an expected shape.
struct Llama::Loader {
  Llama& model;
  Weights weights;
  std::map<std::string, std::size_t> where;  // Tensor to index of its file; erased when taken.

  Status open() {
    GWAGEO_CHECK(!weights.files.empty());
    for (std::size_t i = 0; i < weights.files.size(); ++i) {
      for (const auto& [name, unused] : weights.files[i]->tensors()) {
        const auto [at, is_new] = where.emplace(name, i);
        if (!is_new) {
          return bad_model("tensor \"" + name + "\" is both in " +
                           weights.files[at->second]->path().string() + " and in " +
                           weights.files[i]->path().string());
        }
      }
    }
    return check_type();
  }

  // Elsewhere `torch_dtype` only says how to hold the weights, and some of them may be kept wider.
  // But where none is of that type, either the numbers that are examined here are not those that
  // others would load, or one of the two files belongs to another model.
  Status check_type() const {
    const std::string& declared = model.config_.torch_dtype;
    if (declared.empty()) return {};
    for (const auto& file : weights.files) {
      for (const auto& [name, tensor] : file->tensors()) {
        if (tensor.dtype == declared) return {};
      }
    }
    const TensorFile& file = *weights.files.front();
    if (file.tensors().empty()) return bad_model(file.path().string() + ": holds no tensor");
    const auto& [name, tensor] = *file.tensors().begin();
    return bad_model(weights.described_by + ": torch_dtype says " + declared +
                     ", but no tensor is: \"" + name + "\" in " + file.path().string() + " is " +
                     tensor.dtype + "; make the two agree, or take torch_dtype out");
  }

  // `keys` names the config keys that the shape comes from.
  Result<std::vector<float>> take(const std::string& name, std::vector<std::uint64_t> shape,
                                  const std::string& keys) {
    const auto found = where.find(name);
    if (found == where.end()) {
      return bad_model(weights.place + ": tensor \"" + weights.files.front()->stored_name(name) +
                       "\" is missing from its weights");
    }
    TensorFile& file = *weights.files[found->second];
    const TensorEntry& tensor = file.tensors().at(name);
    if (tensor.shape != shape) {
      return bad_model(file.path().string() + ": tensor \"" + file.stored_name(name) +
                       "\" has shape " + to_text(tensor.shape) + ", but " + weights.described_by +
                       " says " + to_text(shape) + " (" + keys + ")");
    }
    where.erase(found);
    auto numbers = file.read(name);
    if (numbers) model.parameters_ += numbers->size();
    return numbers;
  }

  Status matrix(const std::string& name, std::size_t rows, std::size_t columns,
                const std::string& keys, std::unique_ptr<Matrix>& to) {
    GWAGEO_ASSIGN(numbers, take(name, {rows, columns}, keys));
    to = model.device_.make_matrix(rows, columns, numbers);
    return {};
  }

  Status vector(const std::string& name, DeviceFloats& to) {
    GWAGEO_ASSIGN(numbers, take(name, {model.config_.hidden_size}, "hidden_size"));
    to = model.device_.allocate(numbers.size());
    model.device_.upload(to.get(), numbers);
    return {};
  }

  Status layer(const std::string& name, Layer& to) {
    const LlamaConfig& c = model.config_;
    const std::size_t hidden = c.hidden_size;
    const std::size_t feed = c.intermediate_size;
    const std::size_t query = c.num_attention_heads * c.head_dim;
    const std::size_t key = c.num_key_value_heads * c.head_dim;
    const std::string query_keys = "num_attention_heads, head_dim, hidden_size";
    const std::string key_keys = "num_key_value_heads, head_dim, hidden_size";
    const std::string feed_keys = "intermediate_size, hidden_size";
    const std::string attention = name + "self_attn.";
    GWAGEO_TRY(vector(name + "input_layernorm.weight", to.attention_norm));
    GWAGEO_TRY(matrix(attention + "q_proj.weight", query, hidden, query_keys, to.query));
    GWAGEO_TRY(matrix(attention + "k_proj.weight", key, hidden, key_keys, to.key));
    GWAGEO_TRY(matrix(attention + "v_proj.weight", key, hidden, key_keys, to.value));
    GWAGEO_TRY(matrix(attention + "o_proj.weight", hidden, query, query_keys, to.output));
    GWAGEO_TRY(vector(name + "post_attention_layernorm.weight", to.feed_norm));
    GWAGEO_TRY(matrix(name + "mlp.gate_proj.weight", feed, hidden, feed_keys, to.gate));
    GWAGEO_TRY(matrix(name + "mlp.up_proj.weight", feed, hidden, feed_keys, to.up));
    GWAGEO_TRY(matrix(name + "mlp.down_proj.weight", hidden, feed, feed_keys, to.down));
    return {};
  }

  Status model_tensors() {
    const LlamaConfig& c = model.config_;
    const std::string output_keys = "vocab_size, hidden_size";
    GWAGEO_TRY(matrix("model.embed_tokens.weight", c.vocab_size, c.hidden_size, output_keys,
                      model.embedding_));
    for (std::size_t i = 0; i < c.num_hidden_layers; ++i) {
      Layer made;
      GWAGEO_TRY(layer("model.layers." + std::to_string(i) + ".", made));
      GWAGEO_TRY(model.device_.status());  // Full? The rest need not be read.
      model.layers_.push_back(std::move(made));
    }
    GWAGEO_TRY(vector("model.norm.weight", model.norm_));
    if (!c.tie_word_embeddings) {
      GWAGEO_TRY(matrix("lm_head.weight", c.vocab_size, c.hidden_size, output_keys, model.output_));
    }
    for (const auto& [name, file] : where) {
      if (name.ends_with(".rotary_emb.inv_freq")) continue;  // Older files keep this constant.
      const TensorFile& holder = *weights.files[file];
      return bad_model(holder.path().string() + ": tensor \"" + holder.stored_name(name) +
                       "\" is no part of the model that " + weights.described_by + " describes");
    }
    return {};
  }
};

Llama::Llama(const LlamaConfig& config, Device& device)
    : config_(config),
      device_(device),
      shape_{config.num_hidden_layers, config.num_attention_heads, config.num_key_value_heads,
             config.head_dim} {
  for (std::size_t i = 0; i < config.head_dim / 2; ++i) {
    const double part = static_cast<double>(2 * i) / static_cast<double>(config.head_dim);
    frequencies_.push_back(std::pow(config.rope_theta, -part));
  }
}

Result<Llama> Llama::load(const LlamaConfig& config, Weights weights, Device& device) {
  Llama model(config, device);
  Loader loader{model, std::move(weights), {}};
  GWAGEO_TRY(loader.open());
  GWAGEO_TRY(loader.model_tensors());
  GWAGEO_TRY(device.status());
  return model;
}

// The rows of one forward pass: the tokens of all pieces, one after another.
struct Llama::Rows {
  std::vector<Token> tokens;
  std::vector<RowPlace> places;
  std::vector<std::uint32_t> wanted;        // Rows whose logits are asked for.
  std::vector<std::vector<float*>> blocks;  // Per piece; places point into these.

  std::size_t count() const { return tokens.size(); }

  Rows(const Llama& model, std::span<const Piece> pieces) : blocks(pieces.size()) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const Piece& piece = pieces[i];
      Cache& cache = *piece.cache;
      GWAGEO_CHECK(piece.logits <= piece.tokens.size());
      const std::size_t end = cache.positions + piece.tokens.size();
      GWAGEO_CHECK(end <= model.config_.max_position_embeddings);
      const std::size_t floats = model.device_.cache_block_floats(model.shape_);
      while (cache.blocks.size() * cache_block_positions < end) {
        cache.blocks.push_back(std::make_shared<DeviceFloats>(model.device_.allocate(floats)));
      }
      for (const CacheBlock& block : cache.blocks) blocks[i].push_back(block->get());
      for (std::size_t k = 0; k < piece.tokens.size(); ++k) {
        if (k + piece.logits >= piece.tokens.size()) {
          wanted.push_back(static_cast<std::uint32_t>(tokens.size()));
        }
        GWAGEO_CHECK(piece.tokens[k] < model.config_.vocab_size);
        tokens.push_back(piece.tokens[k]);
        places.push_back({blocks[i].data(), cache.positions++});
      }
    }
  }
};

const float* Llama::forward(std::span<const Piece> pieces, Workspace& w) const {
  const Rows rows(*this, pieces);
  const std::size_t hidden = config_.hidden_size;
  if (rows.count() == 0) return nullptr;
  float* const x = w.floats(state, rows.count() * hidden);
  device_.embed(*embedding_, rows.tokens, x);
  device_.rotation(rows.places, frequencies_, w.floats(turns, rows.count() * config_.head_dim));
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    attention(layers_[i], i, rows, w);
    feed_forward(layers_[i], rows, w);
  }
  const std::size_t wanted = rows.wanted.size();
  if (wanted == 0) return nullptr;
  float* const picked = w.floats(normed, wanted * hidden);
  device_.gather(x, rows.wanted, hidden, picked);
  device_.rms_norm(picked, norm_.get(), config_.rms_norm_eps, wanted, hidden, picked);
  float* const logits = w.floats(last, wanted * config_.vocab_size);
  device_.multiply(picked, wanted, output_ ? *output_ : *embedding_, logits);
  return logits;
}

void Llama::attention(const Layer& layer, std::size_t index, const Rows& rows, Workspace& w) const {
  const std::size_t n = rows.count();
  const std::size_t hidden = config_.hidden_size;
  const std::size_t query_width = shape_.heads * shape_.head_width;
  const std::size_t key_width = shape_.key_value_heads * shape_.head_width;
  float* const x = w.floats(state, n * hidden);
  float* const in = w.floats(normed, n * hidden);
  float* const q = w.floats(queries, n * query_width);
  float* const k = w.floats(keys, n * key_width);
  float* const v = w.floats(values, n * key_width);
  float* const out = w.floats(mixed, n * std::max(query_width, hidden));
  const float* const rotation = w.floats(turns, n * shape_.head_width);
  device_.rms_norm(x, layer.attention_norm.get(), config_.rms_norm_eps, n, hidden, in);
  device_.multiply(in, n, *layer.query, q);
  device_.multiply(in, n, *layer.key, k);
  device_.multiply(in, n, *layer.value, v);
  device_.rotate(q, n, shape_.heads, shape_.head_width, rotation);
  device_.rotate(k, n, shape_.key_value_heads, shape_.head_width, rotation);
  device_.keep(k, v, rows.places, shape_, index);
  device_.attend(q, rows.places, shape_, index, out);
  device_.multiply(out, n, *layer.output, in);
  device_.add(x, in, n * hidden);
}

void Llama::feed_forward(const Layer& layer, const Rows& rows, Workspace& w) const {
  const std::size_t n = rows.count();
  const std::size_t hidden = config_.hidden_size;
  const std::size_t feed = config_.intermediate_size;
  float* const x = w.floats(state, n * hidden);
  float* const in = w.floats(normed, n * hidden);
  float* const g = w.floats(gates, n * feed);
  float* const u = w.floats(ups, n * feed);
  device_.rms_norm(x, layer.feed_norm.get(), config_.rms_norm_eps, n, hidden, in);
  device_.multiply(in, n, *layer.gate, g);
  device_.multiply(in, n, *layer.up, u);
  device_.gate(g, u, n * feed);
  device_.multiply(g, n, *layer.down, in);
  device_.add(x, in, n * hidden);
}

}  // namespace gwageo
