#include "worker/llama_config.h"

#include <cmath>
#include <string_view>
#include <utility>

namespace gwageo {
namespace {

// Keys that change the computation. Absent, null, false and 0 all mean "not used".
constexpr std::string_view unsupported[] = {
    "auto_map",       "rope_scaling",        "rope_parameters",       "attention_bias",
    "mlp_bias",       "quantization_config", "partial_rotary_factor", "sliding_window",
    "layer_types",    "num_local_experts",   "embedding_multiplier",  "residual_multiplier",
    "logits_scaling", "attention_multiplier"};

// Reads keys of one document; the first failure is kept, and later reads give 0.
class Reader {
 public:
  Reader(const Json& config, const std::string& file) : config_(config), file_(file) {}

  void refuse(std::string_view key, const std::string& why) {
    if (status_) status_ = fail(ErrorKind::bad_input, file_ + ": " + std::string(key) + " " + why);
  }
  // The member, or nullptr when it is absent or null.
  const Json* find(std::string_view key) const {
    const Json* const value = config_.find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  std::size_t size(std::string_view key, std::int64_t most = llama_size_max) {
    const Result<std::size_t> size = read_size(find(key), most);
    if (!size) refuse(key, size.error().message);
    return size.value_or(0);
  }
  std::size_t size_or(std::string_view key, std::size_t otherwise) {
    return find(key) == nullptr ? otherwise : size(key);
  }
  double positive_or(std::string_view key, double otherwise) {
    const Json* const value = find(key);
    if (value == nullptr) return otherwise;
    const Result<double> number = read_positive(value);
    if (!number) refuse(key, number.error().message);
    return number.value_or(otherwise);
  }
  bool flag_or(std::string_view key, bool otherwise) {
    const Json* const value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_bool()) refuse(key, "must be true or false");
    return value->is_bool() && value->as_bool();
  }
  // What the weights were saved as. Newer writers call it `dtype`.
  std::string stored_type() {
    constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"float32", "F32"}, {"bfloat16", "BF16"}, {"float16", "F16"}, {"float64", "F64"}};
    const std::string_view key = find("torch_dtype") != nullptr ? "torch_dtype" : "dtype";
    const Json* const value = find(key);
    if (value == nullptr || *value == Json("auto")) return {};
    for (const auto& [name, stored] : names) {
      if (*value == Json(name)) return std::string(stored);
    }
    refuse(key, "is " + value->dump().substr(0, 200) +
                    ", but must be \"float32\", \"float16\" or \"bfloat16\", as the tensors are");
    return {};
  }
  void expect(std::string_view key, std::string_view wanted) {
    const Json* const value = find(key);
    if (value != nullptr && value->is_string() && value->as_string() == wanted) return;
    refuse(key, "must be \"" + std::string(wanted) + "\"" +
                    (value == nullptr ? ", but is missing" : ", but is " + value->dump()));
  }
  Status take_status() { return std::move(status_); }

 private:
  const Json& config_;
  const std::string& file_;
  Status status_;
};

void refuse_unsupported(Reader& reader) {
  for (const std::string_view key : unsupported) {
    const Json* const value = reader.find(key);
    if (value == nullptr || (value->is_bool() && !value->as_bool()) ||
        (value->is_number() && value->as_double() == 0)) {
      continue;
    }
    reader.refuse(
        key, "is " + value->dump().substr(0, 200) + ", which the builtin engine does not support");
  }
}

}  // namespace

Result<std::size_t> read_size(const Json* value, std::int64_t most) {
  if (value == nullptr) return fail(ErrorKind::bad_input, "is missing");
  if (!value->is_integer() || value->as_integer() < 1 || value->as_integer() > most) {
    return fail(ErrorKind::bad_input, "must be a whole number from 1 to " + std::to_string(most));
  }
  return static_cast<std::size_t>(value->as_integer());
}

Result<double> read_positive(const Json* value) {
  if (value == nullptr) return fail(ErrorKind::bad_input, "is missing");
  if (!value->is_number() || !(value->as_double() > 0) || !std::isfinite(value->as_double())) {
    return fail(ErrorKind::bad_input, "must be a positive number");
  }
  return value->as_double();
}

Result<LlamaConfig> parse_llama_config(const Json& config, const std::string& file) {
  if (!config.is_object()) return fail(ErrorKind::bad_input, file + ": not a JSON object");
  Reader reader(config, file);
  reader.expect("model_type", "llama");
  if (reader.find("hidden_act") != nullptr) reader.expect("hidden_act", "silu");
  refuse_unsupported(reader);
  LlamaConfig c;
  c.hidden_size = reader.size("hidden_size");
  c.intermediate_size = reader.size("intermediate_size");
  c.num_hidden_layers = reader.size("num_hidden_layers");
  c.num_attention_heads = reader.size("num_attention_heads");
  c.vocab_size = reader.size("vocab_size");
  c.max_position_embeddings = reader.size("max_position_embeddings", llama_positions_max);
  GWAGEO_TRY(reader.take_status());
  c.num_key_value_heads = reader.size_or("num_key_value_heads", c.num_attention_heads);
  c.head_dim = reader.size_or("head_dim", c.hidden_size / c.num_attention_heads);
  c.rms_norm_eps = static_cast<float>(reader.positive_or("rms_norm_eps", 1e-6));
  c.rope_theta = reader.positive_or("rope_theta", 10000.0);
  c.tie_word_embeddings = reader.flag_or("tie_word_embeddings", false);
  c.torch_dtype = reader.stored_type();
  GWAGEO_TRY(reader.take_status());
  if (reader.find("head_dim") == nullptr && c.hidden_size % c.num_attention_heads != 0) {
    reader.refuse("hidden_size", "is no multiple of num_attention_heads, and head_dim is missing");
  }
  if (c.head_dim % 2 != 0 || c.head_dim == 0) reader.refuse("head_dim", "must be even");
  if (c.num_attention_heads % c.num_key_value_heads != 0) {
    reader.refuse("num_key_value_heads", "does not divide num_attention_heads");
  }
  GWAGEO_TRY(reader.take_status());
  return c;
}

}  // namespace gwageo
