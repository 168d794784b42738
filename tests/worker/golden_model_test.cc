// A real trained model, as a GGUF file and as a folder, against results that another implementation
// computed in double precision: tokens, greedy text, logits and log-likelihoods.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>

#include "protocol/json.h"
#include "tests/folders.h"
#include "worker/builtin_engine.h"
#include "worker/model_files.h"
#include "worker/model_parts.h"

namespace gwageo {
namespace {

struct GoldenModel : ::testing::TestWithParam<const char*> {
  void SetUp() override {
    const auto shared = folders::shared_if_there();
    if (!shared) GTEST_SKIP() << "no shared folder with models/stories260K-gguf";
    const auto text = read_small_file(*shared / "models/stories260K-gguf/golden.json", 1 << 20);
    if (!text) GTEST_SKIP() << text.error().message;
    golden = Json::parse(*text).value();
    path = (*shared / "models" / GetParam()).string();
  }
  std::vector<Response> ask(const std::vector<Request>& requests) const {
    BuiltinEngine engine(EngineRoom{2});
    const Status loaded = engine.load({"stories", model_digest(path).value(), "builtin", path, {}});
    EXPECT_TRUE(loaded) << loaded.error().message;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      engine.start({i, "task", "item", 0, 0, requests[i]});
    }
    std::map<std::uint64_t, Response> done;
    while (loaded && done.size() < requests.size()) {
      for (Completion& each : engine.step()) done.emplace(each.token, std::move(each.response));
    }
    std::vector<Response> responses;
    for (auto& [token, response] : done) responses.push_back(std::move(response));
    return responses;
  }

  std::string path;
  Json golden;
};

std::vector<Token> tokens_of(const Json& list) {
  std::vector<Token> tokens;
  for (const Json& each : list.as_array()) tokens.push_back(static_cast<Token>(each.as_integer()));
  return tokens;
}

TEST_P(GoldenModel, DividesTextIntoTheSameTokens) {
  const auto parts = open_model(path, list_model_files(path).value());
  ASSERT_TRUE(parts) << parts.error().message;
  const Vocabulary& vocabulary = *parts->vocabulary;
  for (const Json& each : golden.find("generation")->as_array()) {
    EXPECT_EQ(vocabulary.encode(each.find("prompt")->as_string()).value(),
              tokens_of(*each.find("prompt_ids")));
    std::string text;
    for (const Token token : tokens_of(*each.find("greedy_ids"))) vocabulary.decode(token, text);
    EXPECT_EQ(text, each.find("text")->as_string());
  }
  for (const Json& each : golden.find("loglikelihood")->as_array()) {
    for (std::size_t i = 0; i < each.find("tokens")->as_array().size(); ++i) {
      const auto pair = vocabulary.encode_pair(
          each.find("context")->as_string(), each.find("continuations")->as_array()[i].as_string());
      EXPECT_EQ(static_cast<std::int64_t>(pair.value().continuation.size()),
                each.find("tokens")->as_array()[i].as_integer());
    }
  }
}

TEST_P(GoldenModel, ComputesTheSameLogits) {
  auto parts = open_model(path, list_model_files(path).value());
  ASSERT_TRUE(parts) << parts.error().message;
  const auto device = make_cpu_device();
  const auto model = Llama::load(parts->config, std::move(parts->weights), *device);
  ASSERT_TRUE(model) << model.error().message;
  Workspace workspace(*device);
  double worst = 0;
  for (const Json& each : golden.find("generation")->as_array()) {
    Cache cache;
    const std::vector<Token> prompt = tokens_of(*each.find("prompt_ids"));
    const Piece piece{&cache, prompt, 1};
    std::vector<float> logits(model->config().vocab_size);
    device->download(logits, model->forward({&piece, 1}, workspace));
    for (const Json& pair : each.find("first_top5")->as_array()) {
      const auto token = static_cast<std::size_t>(pair.as_array()[0].as_integer());
      const double wanted = pair.as_array()[1].as_double();
      worst = std::max(worst, std::abs(static_cast<double>(logits[token]) - wanted));
    }
  }
  EXPECT_LT(worst, 1e-3);
  std::cout << "worst difference of a logit: " << worst << "\n";
}

TEST_P(GoldenModel, WritesTheSameText) {
  std::vector<Request> requests;
  for (const Json& each : golden.find("generation")->as_array()) {
    Request request;
    request.prompt = each.find("prompt")->as_string();
    request.tokens_max = 64;
    requests.push_back(request);
  }
  const std::vector<Response> got = ask(requests);
  ASSERT_EQ(got.size(), requests.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const Json& wanted = golden.find("generation")->as_array()[i];
    EXPECT_EQ(got[i].text, wanted.find("text")->as_string());
    EXPECT_EQ(got[i].tokens, 64u);
  }
}

TEST_P(GoldenModel, ChoosesTheSameAnswers) {
  std::vector<Request> requests;
  for (const Json& each : golden.find("loglikelihood")->as_array()) {
    for (const Json& continuation : each.find("continuations")->as_array()) {
      Request request;
      request.kind = RequestKind::likelihood;
      request.prompt = each.find("context")->as_string();
      request.continuation = continuation.as_string();
      requests.push_back(request);
    }
  }
  const std::vector<Response> got = ask(requests);
  ASSERT_EQ(got.size(), requests.size());
  double worst = 0;
  std::size_t at = 0;
  for (const Json& each : golden.find("loglikelihood")->as_array()) {
    std::vector<double> sums;
    for (const Json& wanted : each.find("logprob")->as_array()) {
      sums.push_back(got[at++].log_probability);
      worst = std::max(worst, std::abs(sums.back() - wanted.as_double()));
    }
    EXPECT_EQ(std::ranges::max_element(sums) - sums.begin(), each.find("pred")->as_integer())
        << each.find("id")->as_string();
  }
  EXPECT_LT(worst, 1e-3);
  std::cout << "worst difference of a log-likelihood: " << worst << "\n";
}

INSTANTIATE_TEST_SUITE_P(Stories260K, GoldenModel,
                         ::testing::Values("stories260K-gguf/stories260K.gguf", "stories260K-hf"),
                         [](const auto& each) {
                           return std::string(each.param).ends_with(".gguf") ? "Gguf" : "Folder";
                         });

}  // namespace
}  // namespace gwageo
