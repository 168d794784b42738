// Whole models in GGUF: configuration and vocabulary from its keys, and the same answers as the
// same weights give in a folder.
#include <gtest/gtest.h>

#include <bit>
#include <functional>
#include <map>
#include <memory>

#include "protocol/json.h"
#include "tests/worker/gguf_bytes.h"
#include "tests/worker/tiny_model.h"
#include "tests/worker/tiny_tokenizer.h"
#include "worker/builtin_engine.h"
#include "worker/gguf_llama.h"
#include "worker/gguf_vocabulary.h"
#include "worker/model_files.h"
#include "worker/safetensors.h"

namespace gwageo {
namespace {

using testing::GgufBytes;
using testing::TemporaryFolder;
using testing::TinyModel;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

// Keys and their values, to be changed by a test before they are written.
using Keys = std::map<std::string, std::function<void(GgufBytes&)>>;

auto gguf_number(std::uint32_t value) {
  return [value](GgufBytes& file) { file.u32(GgufBytes::u32_type).u32(value); };
}
auto real(float value) {
  return [value](GgufBytes& f) {
    f.u32(GgufBytes::f32_type).u32(std::bit_cast<std::uint32_t>(value));
  };
}
auto text(const std::string& value) {
  return [value](GgufBytes& file) { file.u32(GgufBytes::text_type).text(value); };
}
auto texts(const std::vector<std::string>& values) {
  return [values](GgufBytes& file) {
    file.u32(GgufBytes::array_type).u32(GgufBytes::text_type).u64(values.size());
    for (const std::string& each : values) file.text(each);
  };
}
auto numbers(std::uint32_t type, const std::vector<std::uint32_t>& values) {
  return [type, values](GgufBytes& file) {
    file.u32(GgufBytes::array_type).u32(type).u64(values.size());
    for (const std::uint32_t each : values) file.u32(each);
  };
}

Keys llama_keys(const TinyModel& tiny) {
  const auto size = [](std::size_t n) { return gguf_number(static_cast<std::uint32_t>(n)); };
  return {{"general.architecture", text("llama")},
          {"llama.embedding_length", size(tiny.hidden)},
          {"llama.feed_forward_length", size(tiny.feed)},
          {"llama.block_count", size(tiny.layers)},
          {"llama.attention.head_count", size(tiny.heads)},
          {"llama.attention.head_count_kv", size(tiny.key_value_heads)},
          {"llama.rope.dimension_count", size(tiny.head_width)},
          {"llama.context_length", size(tiny.window)},
          {"llama.attention.layer_norm_rms_epsilon", real(1e-5f)},
          {"llama.rope.freq_base", real(10000)}};
}

// The vocabulary of tiny_tokenizer, its merges as scores.
void add_tiny_vocabulary(Keys& keys) {
  const Json tokenizer = testing::tiny_tokenizer();
  const std::map<std::string, float> scores = {{"ab", 0},   {"bc", -1},  {"▁a", -2},
                                               {"▁ab", -3}, {"abc", -4}, {"▁abc", -5}};
  std::vector<std::string> tokens;
  std::vector<std::uint32_t> bits;
  std::vector<std::uint32_t> types;
  for (const auto& [token, id] : tokenizer.find("model")->find("vocab")->as_object()) {
    const auto found = scores.find(token);
    const float score = found == scores.end() ? 0 : found->second;
    types.push_back(tokens.empty() ? 2 : tokens.size() < 3 ? 3 : tokens.size() < 259 ? 6 : 1);
    bits.push_back(std::bit_cast<std::uint32_t>(score));
    tokens.push_back(token);
  }
  keys["tokenizer.ggml.model"] = text("llama");
  keys["tokenizer.ggml.tokens"] = texts(tokens);
  keys["tokenizer.ggml.scores"] = numbers(GgufBytes::f32_type, bits);
  keys["tokenizer.ggml.token_type"] = numbers(GgufBytes::i32_type, types);
  keys["tokenizer.ggml.bos_token_id"] = gguf_number(1);
  keys["tokenizer.ggml.eos_token_id"] = gguf_number(2);
  keys["tokenizer.ggml.unknown_token_id"] = gguf_number(0);
}

void write_keys(GgufBytes& file, const Keys& keys) {
  for (const auto& [key, write] : keys) {
    file.text(key);
    write(file);
  }
}

// What GGUF calls the tensors of a layer, in the order of TinyModel.
constexpr const char* layer_names[] = {"attn_norm", "attn_q",   "attn_k", "attn_v",  "attn_output",
                                       "ffn_norm",  "ffn_gate", "ffn_up", "ffn_down"};

std::string gguf_name(const TinyModel& tiny, std::size_t index) {
  if (index == 0) return "token_embd.weight";
  if (index > 9 * tiny.layers) {
    return index == 9 * tiny.layers + 1 ? "output_norm.weight" : "output.weight";
  }
  return "blk." + std::to_string((index - 1) / 9) + "." + layer_names[(index - 1) % 9] + ".weight";
}

// Rows of a head in GGUF's order: row 2 i + j there is row j * w / 2 + i in the folder.
std::vector<float> neighbours(const std::vector<float>& from, std::size_t columns, std::size_t w) {
  std::vector<float> to;
  for (std::size_t row = 0; row * columns < from.size(); ++row) {
    const std::size_t source = row / w * w + row % 2 * (w / 2) + row % w / 2;
    const auto begin = from.begin() + static_cast<std::ptrdiff_t>(source * columns);
    to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(columns));
  }
  return to;
}

std::string write_gguf(const TinyModel& tiny, const Keys& keys, const TemporaryFolder& folder) {
  auto weights = SafetensorsFile::open(folder.path() / "model.safetensors").value();
  GgufBytes file;
  const auto tensors = tiny.tensors();
  file.header(3, tensors.size(), keys.size());
  write_keys(file, keys);
  GgufBytes data;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, shape] = tensors[i];
    std::vector<float> values = weights.read(name).value();
    if (name.ends_with("q_proj.weight") || name.ends_with("k_proj.weight")) {
      values = neighbours(values, shape[1], tiny.head_width);
    }
    file.tensor(gguf_name(tiny, i), {shape.rbegin(), shape.rend()}, 0, data.bytes().size());
    for (const float value : values) data.u32(std::bit_cast<std::uint32_t>(value));
    data.pad();
  }
  file.pad().raw(data.bytes());
  return folder.write("tiny.gguf", file.bytes());
}

std::vector<std::string> answers(const std::string& path) {
  BuiltinEngine engine;
  const Status loaded = engine.load({"tiny", model_digest(path).value(), "builtin", path, {}});
  EXPECT_TRUE(loaded) << loaded.error().message;
  Request generation;
  generation.prompt = "a abc";
  generation.tokens_max = 20;
  Request likelihood;
  likelihood.kind = RequestKind::likelihood;
  likelihood.prompt = "b 가 ";
  likelihood.continuation = "abc x";
  engine.start({1, "t", "i", 0, 0, generation});
  engine.start({2, "t", "i", 0, 0, likelihood});
  std::map<std::uint64_t, std::string> done;
  while (loaded && done.size() < 2) {
    for (const Completion& each : engine.step()) done[each.token] = encode(each.response);
  }
  return {done[1], done[2]};
}

TEST(GgufModel, AnswersAsTheSameWeightsInAFolder) {
  for (const bool tied : {true, false}) {
    const TemporaryFolder folder;
    TinyModel tiny;
    tiny.tied = tied;
    tiny.vocabulary = testing::tiny::size;
    tiny.write(folder);
    Json config = tiny.config();
    std::erase_if(config.as_object(), [](const auto& m) { return m.first == "gwageo_vocabulary"; });
    config["bos_token_id"] = 1;
    config["eos_token_id"] = 2;
    folder.write("config.json", config.dump());
    folder.write("tokenizer.json", testing::tiny_tokenizer().dump());
    Keys keys = llama_keys(tiny);
    add_tiny_vocabulary(keys);
    const std::string path = write_gguf(tiny, keys, folder);
    EXPECT_EQ(answers(path), answers(folder.path().string()));
  }
}

std::string refusal_of_model(const std::string& key, const std::function<void(GgufBytes&)>& value) {
  const TemporaryFolder folder;
  TinyModel tiny;
  tiny.vocabulary = testing::tiny::size;
  tiny.write(folder);
  Keys keys = llama_keys(tiny);
  add_tiny_vocabulary(keys);
  if (value) {
    keys[key] = value;
  } else {
    keys.erase(key);
  }
  const std::string path = write_gguf(tiny, keys, folder);
  const Status loaded =
      BuiltinEngine().load({"tiny", model_digest(path).value(), "builtin", path, {}});
  return loaded ? "loaded" : loaded.error().message;
}

TEST(GgufModel, NamesTheKeyThatIsWrong) {
  EXPECT_EQ(refusal_of_model("llama.rope.scaling.type", text("none")), "loaded");
  EXPECT_HAS(refusal_of_model("general.architecture", text("gpt2")),
             "tiny.gguf: key \"general.architecture\" must be \"llama\"");
  EXPECT_HAS(refusal_of_model("llama.block_count", nullptr),
             "key \"llama.block_count\" is missing");
  EXPECT_HAS(refusal_of_model("llama.block_count", gguf_number(3)),
             "tiny.gguf: tensor \"blk.2.attn_norm.weight\" is missing");
  EXPECT_HAS(refusal_of_model("llama.block_count", gguf_number(1)),
             "tensor \"blk.1.attn_norm.weight\" is no part of the model that its header describes");
  EXPECT_HAS(refusal_of_model("llama.feed_forward_length", gguf_number(38)),
             "tensor \"blk.0.ffn_gate.weight\" has shape [37, 24], but its header says [38, 24]");
  EXPECT_HAS(refusal_of_model("llama.attention.head_count_kv", gguf_number(3)),
             "does not divide head_count");
  EXPECT_HAS(refusal_of_model("llama.rope.scaling.type", text("yarn")),
             "does not support; only \"none\"");
  EXPECT_HAS(refusal_of_model("llama.expert_count", gguf_number(8)), "key \"llama.expert_count\"");
  EXPECT_HAS(refusal_of_model("llama.rope.dimension_count", gguf_number(4)), "only 6 is");
  EXPECT_HAS(refusal_of_model("llama.rope.freq_base", real(-1)), "must be a positive number");
  EXPECT_HAS(refusal_of_model("tokenizer.ggml.model", text("bert")),
             "must be \"llama\" or \"gpt2\"");
  EXPECT_HAS(refusal_of_model("tokenizer.ggml.tokens", texts({"a"})),
             "has 271 entries for 1 tokens");
  EXPECT_HAS(refusal_of_model("tokenizer.ggml.scores", numbers(GgufBytes::f32_type, {0})),
             "key \"tokenizer.ggml.scores\" has 1 entries for 271 tokens");
  EXPECT_HAS(refusal_of_model("tokenizer.ggml.eos_token_id", gguf_number(271)),
             "must be a token below 271");
  EXPECT_HAS(refusal_of_model("tokenizer.ggml.eos_token_id", nullptr), "is missing");
  EXPECT_HAS(refusal_of_model("tokenizer.ggml.bos_token_id", nullptr), "texts shall begin with it");
}

TEST(GgufModel, ReadsByteLevelVocabularies) {
  const TemporaryFolder folder;
  const auto vocabulary = [&](const Keys& more) -> Result<std::unique_ptr<Vocabulary>> {
    Keys keys = {{"tokenizer.ggml.model", text("gpt2")},
                 {"tokenizer.ggml.pre", text("gpt-2")},
                 {"tokenizer.ggml.tokens", texts({"a", "Ġ", "Ġa", "1", "11", "<|end|>"})},
                 {"tokenizer.ggml.token_type", numbers(GgufBytes::i32_type, {1, 1, 1, 1, 1, 3})},
                 {"tokenizer.ggml.merges", texts({"Ġ a", "1 1"})},
                 {"tokenizer.ggml.eos_token_id", gguf_number(5)}};
    for (const auto& [key, value] : more) keys[key] = value;
    GgufBytes file;
    file.header(3, 0, keys.size());
    write_keys(file, keys);
    GWAGEO_ASSIGN(opened, GgufFile::open(folder.write("v.gguf", file.bytes())));
    return gguf_vocabulary(opened, 6);
  };
  const auto encode = [&](const Keys& more, std::string_view written) {
    const auto made = vocabulary(more);
    EXPECT_TRUE(made) << made.error().message;
    return (*made)->encode(written).value();
  };
  using Tokens = std::vector<Token>;
  EXPECT_EQ(encode({}, "a a<|end|> 11"), (Tokens{0, 2, 5, 1, 4}));
  EXPECT_EQ(encode({{"tokenizer.ggml.pre", text("smollm")}}, "11"), (Tokens{3, 3}));
  EXPECT_EQ(encode({{"tokenizer.ggml.pre", text("llama-bpe")},
                    {"tokenizer.ggml.bos_token_id", gguf_number(5)}},
                   "a"),
            (Tokens{5, 0}));
  EXPECT_HAS(vocabulary({{"tokenizer.ggml.pre", text("tekken")}}).error().message,
             "key \"tokenizer.ggml.pre\" is \"tekken\"; known are gpt-2, olmo, llama-bpe");
  EXPECT_HAS(vocabulary({{"tokenizer.ggml.merges", texts({"a b"})}}).error().message,
             "key \"tokenizer.ggml.merges\" [0] names or makes a text");
}

}  // namespace
}  // namespace gwageo
