// The transformer against results computed elsewhere in double precision, and its loading against
// folders whose files contradict each other.
#include "worker/llama.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "protocol/json.h"
#include "tests/folders.h"
#include "tests/worker/tiny_model.h"
#include "worker/llama_config.h"
#include "worker/model_files.h"
#include "worker/model_parts.h"

namespace gwageo {
namespace {

using testing::TemporaryFolder;
using testing::TinyModel;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

Result<Llama> load_folder(const std::filesystem::path& folder, Device& device) {
  GWAGEO_ASSIGN(files, list_model_files(folder));
  GWAGEO_ASSIGN(parts, open_model(folder.string(), files));
  return Llama::load(parts.config, std::move(parts.weights), device);
}

// Feeds tokens to a cache and returns the logits of the last one.
std::vector<float> feed(const Llama& model, Device& device, Workspace& workspace, Cache& cache,
                        const std::vector<Token>& tokens) {
  const Piece piece{&cache, tokens, 1};
  const float* const logits = model.forward({&piece, 1}, workspace);
  std::vector<float> out(model.config().vocab_size);
  device.download(out, logits);
  return out;
}

std::vector<Token> listed_tokens(const Json& list) {
  std::vector<Token> tokens;
  for (const Json& each : list.as_array()) tokens.push_back(static_cast<Token>(each.as_integer()));
  return tokens;
}

Token best_of(const std::vector<float>& logits) {
  return static_cast<Token>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

TEST(Llama, AgreesWithTheGoldenResultsOfARealModel) {
  const auto shared = folders::shared_if_there();
  if (!shared) GTEST_SKIP() << "no shared folder with models/stories260K-hf";
  const auto text = read_small_file(*shared / "models/stories260K-gguf/golden.json", 1 << 20);
  if (!text) GTEST_SKIP() << text.error().message;
  const Json golden = Json::parse(*text).value();
  const auto device = make_cpu_device();
  const auto model = load_folder(*shared / "models/stories260K-hf", *device);
  ASSERT_TRUE(model) << model.error().message;
  double worst = 0;
  Workspace workspace(*device);
  for (const Json& each : golden.find("generation")->as_array()) {
    Cache cache;
    std::vector<float> logits =
        feed(*model, *device, workspace, cache, listed_tokens(*each.find("prompt_ids")));
    for (const Json& pair : each.find("first_top5")->as_array()) {
      const auto id = static_cast<std::size_t>(pair.as_array()[0].as_integer());
      const double error =
          std::abs(static_cast<double>(logits[id]) - pair.as_array()[1].as_double());
      worst = std::max(worst, error);
      EXPECT_LT(error, 1e-3) << "token " << id;
    }
    std::vector<Token> greedy;
    const std::vector<Token> wanted = listed_tokens(*each.find("greedy_ids"));
    while (greedy.size() < wanted.size()) {
      greedy.push_back(best_of(logits));
      logits = feed(*model, *device, workspace, cache, {greedy.back()});
    }
    EXPECT_EQ(greedy, wanted) << each.find("prompt")->as_string();
  }
  std::cout << "worst difference of a logit: " << worst << "\n";
}

std::string folder_load_error(const TemporaryFolder& folder) {
  const auto device = make_cpu_device();
  const auto model = load_folder(folder.path(), *device);
  return model ? "loaded" : model.error().message;
}

TEST(Llama, LoadsF32AndBf16TiedAndNot) {
  for (const bool tied : {true, false}) {
    for (const bool narrow : {true, false}) {
      const TemporaryFolder folder;
      TinyModel tiny;
      tiny.tied = tied;
      tiny.narrow = narrow;
      tiny.write(folder);
      const auto device = make_cpu_device();
      const auto model = load_folder(folder.path(), *device);
      ASSERT_TRUE(model) << model.error().message;
      EXPECT_EQ(model->parameters(), 261u * 24 * (tied ? 1 : 2) + 24 +
                                         2 * (2 * 24 + 24 * 24 * 2 + 12 * 24 * 2 + 37 * 24 * 3));
    }
  }
}

TEST(Llama, RefusesTensorsThatContradictTheConfig) {
  const auto with = [](auto change) {
    const TemporaryFolder folder;
    TinyModel tiny;
    tiny.write(folder);
    change(tiny);
    folder.write("config.json", tiny.config().dump());
    return folder_load_error(folder);
  };
  EXPECT_EQ(with([](TinyModel&) {}), "loaded");
  const std::string feed = with([](TinyModel& m) { m.feed = 38; });
  EXPECT_HAS(feed, "model.safetensors");
  EXPECT_HAS(feed, "\"model.layers.0.mlp.gate_proj.weight\" has shape [37, 24]");
  EXPECT_HAS(feed, "config.json says [38, 24] (intermediate_size, hidden_size)");
  EXPECT_HAS(with([](TinyModel& m) { m.vocabulary = 300; }), "vocab_size");
  EXPECT_HAS(with([](TinyModel& m) { m.key_value_heads = 4; }), "num_key_value_heads");
  EXPECT_HAS(with([](TinyModel& m) { m.head_width = 8; }), "head_dim");
  EXPECT_HAS(with([](TinyModel& m) { m.layers = 3; }), "\"model.layers.2.input_layernorm.weight\"");
  EXPECT_HAS(with([](TinyModel& m) { m.layers = 1 << 24; }), "is missing");
  EXPECT_HAS(with([](TinyModel& m) { m.layers = 1; }), "is no part of the model");
  EXPECT_HAS(with([](TinyModel& m) { m.tied = false; }), "\"lm_head.weight\" is missing");
}

TEST(Llama, RefusesATypeThatNoTensorHas) {
  const auto with = [](bool narrow, const char* key, const Json& value) {
    const TemporaryFolder folder;
    TinyModel tiny;
    tiny.narrow = narrow;
    tiny.write(folder);
    Json config = tiny.config();
    config[key] = value;
    folder.write("config.json", config.dump());
    return folder_load_error(folder);
  };
  EXPECT_EQ(with(false, "torch_dtype", "float32"), "loaded");
  EXPECT_EQ(with(true, "dtype", "bfloat16"), "loaded");
  EXPECT_EQ(with(true, "torch_dtype", nullptr), "loaded");
  EXPECT_EQ(with(true, "torch_dtype", "auto"), "loaded");
  const std::string wide = with(true, "torch_dtype", "float32");
  EXPECT_HAS(wide, "config.json: torch_dtype says F32, but no tensor is: \"model.embed_tokens");
  EXPECT_HAS(wide, "model.safetensors is BF16");
  EXPECT_HAS(with(false, "torch_dtype", "float16"), "torch_dtype says F16, but no tensor is");
  EXPECT_HAS(with(false, "dtype", "int8"), "dtype is \"int8\", but must be");
  EXPECT_HAS(with(false, "torch_dtype", 16), "torch_dtype is 16, but must be");
}

TEST(Llama, RefusesATensorInTwoFiles) {
  const TemporaryFolder folder;
  TinyModel{}.write(folder);
  std::filesystem::copy_file(folder.path() / "model.safetensors",
                             folder.path() / "more.safetensors");
  EXPECT_HAS(folder_load_error(folder), "is both in");
  std::filesystem::remove(folder.path() / "more.safetensors");
  std::filesystem::remove(folder.path() / "model.safetensors");
  EXPECT_HAS(folder_load_error(folder), folder.path().string() + ": no *.safetensors file");
}

std::string config_error(const std::string& key, Json value) {
  Json config = TinyModel{}.config();
  config[key] = std::move(value);
  const auto parsed = parse_llama_config(config, "config.json");
  return parsed ? "accepted" : parsed.error().message;
}

TEST(LlamaConfig, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(config_error("hidden_act", "silu"), "accepted");
  EXPECT_EQ(config_error("rope_scaling", nullptr), "accepted");
  EXPECT_EQ(config_error("attention_bias", false), "accepted");
  Json scaling;
  scaling["rope_type"] = "llama3";
  EXPECT_HAS(config_error("rope_scaling", scaling), "rope_scaling is {\"rope_type\":\"llama3\"}");
  EXPECT_HAS(config_error("auto_map", Json::object()), "auto_map");
  EXPECT_HAS(config_error("attention_bias", true), "attention_bias");
  EXPECT_HAS(config_error("hidden_act", "gelu"), "hidden_act must be \"silu\", but is \"gelu\"");
  EXPECT_HAS(config_error("model_type", "gpt2"), "model_type");
  EXPECT_HAS(config_error("hidden_size", 0), "hidden_size must be a whole number from 1");
  EXPECT_HAS(config_error("hidden_size", -64), "hidden_size");
  EXPECT_HAS(config_error("hidden_size", "64"), "hidden_size");
  EXPECT_HAS(config_error("vocab_size", nullptr), "vocab_size is missing");
  EXPECT_HAS(config_error("num_hidden_layers", std::int64_t{1} << 40), "num_hidden_layers");
  EXPECT_HAS(config_error("num_key_value_heads", 3), "does not divide");
  EXPECT_HAS(config_error("head_dim", 7), "head_dim must be even");
  EXPECT_HAS(config_error("rms_norm_eps", -1), "rms_norm_eps must be a positive number");
  EXPECT_HAS(config_error("tie_word_embeddings", 1), "tie_word_embeddings");
  EXPECT_HAS(parse_llama_config(Json::array(), "config.json").error().message, "not a JSON object");
}

TEST(LlamaConfig, DerivesTheHeadWidth) {
  Json config = TinyModel{}.config();
  config["head_dim"] = nullptr;
  EXPECT_EQ(parse_llama_config(config, "c").value().head_dim, 6u);
  config["num_attention_heads"] = 5;
  config["num_key_value_heads"] = 5;
  EXPECT_HAS(parse_llama_config(config, "c").error().message, "no multiple of num_attention_heads");
}

}  // namespace
}  // namespace gwageo
