// llama.cpp itself through the engine `process`, on a model that the test writes: the same answers
// as the builtin engine, and what is left of it when it fails.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/engine/hosted_engine.h"
#include "tests/engine/node_llama.h"
#include "worker/builtin_engine.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

using testing::HostedEngine;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

/// What JSON carries of a text that is no UTF-8: its other bytes come as replacement characters.
std::string ascii_of(const std::string& text) {
  std::string ascii;
  for (const char c : text) {
    if (c > 0) ascii += c;
  }
  return ascii;
}

struct LlamaProcess : ::testing::Test {
  void SetUp() override {
    const std::string missing = testing::install_llama();
    if (!missing.empty()) GTEST_SKIP() << missing;
    host = std::make_unique<HostedEngine>(
        std::vector<std::string>{testing::llama_template("quiet_seconds: 1\n")});
  }
  Status load(std::map<std::string, std::string> options = {}) {
    options.emplace("template", "llama");
    return host->load(std::move(options));
  }
  static Request likelihood(const std::string& context, const std::string& continuation) {
    Request request;
    request.kind = RequestKind::likelihood;
    request.prompt = context;
    request.continuation = continuation;
    return request;
  }
  static Request generation(const std::string& prompt) {
    Request request;
    request.prompt = prompt;
    request.tokens_max = 24;
    return request;
  }
  static std::vector<Response> run(Engine& engine, const std::vector<Request>& requests) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      engine.start({i, "T", std::to_string(i), 0, 0, requests[i]});
    }
    std::vector<Response> responses(requests.size());
    for (std::size_t done = 0; done < requests.size();) {
      engine.wait(seconds(1));
      for (Completion& each : engine.step()) {
        responses[each.token] = std::move(each.response);
        ++done;
      }
    }
    return responses;
  }
  std::vector<Response> of_builtin(const std::vector<Request>& requests) const {
    BuiltinEngine engine;
    const Status loaded =
        engine.load({"m", *model_digest(host->model()), "builtin", host->model(), {}});
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
    return loaded ? run(engine, requests) : std::vector<Response>(requests.size());
  }
  std::unique_ptr<HostedEngine> host;
};

TEST_F(LlamaProcess, LogLikelihoodsAreTheBuiltinEngines) {
  const Status loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_HAS(host->engine().findings().find("process")->find("engine_version")->as_string(),
             "node-llama-cpp 3.");
  std::vector<Request> requests;
  for (const char* const context : {"The first question:", "1 + 1 =", "A", "To be or not to be,"}) {
    for (const char* const continuation : {" yes", " no", " 2", " that is the question"}) {
      requests.push_back(likelihood(context, continuation));
    }
  }
  const std::vector<Response> expected = of_builtin(requests);
  const std::vector<Response> given = run(host->engine(), requests);
  double worst = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    ASSERT_EQ(given[i].outcome, Outcome::answered) << given[i].error;
    ASSERT_EQ(expected[i].outcome, Outcome::answered) << expected[i].error;
    EXPECT_EQ(given[i].tokens, expected[i].tokens);
    EXPECT_EQ(given[i].greedy, expected[i].greedy);
    worst = std::max(worst, std::abs(given[i].log_probability - expected[i].log_probability));
  }
  std::printf("%zu sums, worst difference %.2e\n", requests.size(), worst);
  EXPECT_LE(worst, 1e-3);
}

TEST_F(LlamaProcess, GreedyTextsAreTheBuiltinEngines) {
  ASSERT_TRUE(load());
  std::vector<Request> requests;
  for (int i = 0; i < 12; ++i) requests.push_back(generation("question " + std::to_string(i)));
  const std::vector<Response> expected = of_builtin(requests);
  const std::vector<Response> given = run(host->engine(), requests);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    ASSERT_TRUE(is_scored(given[i].outcome)) << given[i].error;
    EXPECT_EQ(given[i].tokens, expected[i].tokens);
    EXPECT_EQ(ascii_of(given[i].text), ascii_of(expected[i].text)) << requests[i].prompt;
  }
}

// The choices of a question at once, as llama.cpp itself computes them, against one by one.
TEST_F(LlamaProcess, AQuestionAskedWholeHasTheSameAnswers) {
  const Status loaded = load({{"habits", "token_ids"}});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(host->engine().findings().find("chosen_tokens")->as_string(), "logprob_token_ids");
  EXPECT_TRUE(host->engine().findings().find("batch_invariant")->is_bool());
  constexpr std::size_t questions = 48;
  const std::vector<std::string> choices = {"A", "B", "C", "D"};
  const auto answers = [&](bool whole) {
    std::vector<Response> all(questions * choices.size());
    std::size_t done = 0;
    for (std::size_t q = 0; q < questions; ++q) {
      for (std::size_t c = 0; c < choices.size(); ++c) {
        // A choice of another item each is a question of its own, and goes alone.
        const std::string item = std::to_string(whole ? q : q * choices.size() + c);
        host->engine().start({q * choices.size() + c, "T", item, 0, static_cast<std::uint32_t>(c),
                              likelihood("question " + std::to_string(q) + " is:", choices[c])});
      }
      // The first half is answered before the other is asked: by then the way is trusted.
      const bool is_half = q + 1 == questions / 2 || q + 1 == questions;
      while (is_half && done < (q + 1) * choices.size()) {
        host->engine().wait(seconds(1));
        for (Completion& each : host->engine().step()) {
          all[each.token] = std::move(each.response);
          ++done;
        }
      }
    }
    return all;
  };
  const std::vector<Response> alone = answers(false);
  const std::vector<Response> whole = answers(true);
  const Json state = *host->engine().findings().find("questions_whole");
  EXPECT_TRUE(state.find("open")->as_bool()) << state.dump();
  EXPECT_EQ(state.find("asked")->as_integer(), static_cast<std::int64_t>(questions));
  EXPECT_LT(state.find("compared")->as_integer(), static_cast<std::int64_t>(questions));
  double worst = 0;
  for (std::size_t i = 0; i < alone.size(); ++i) {
    ASSERT_EQ(whole[i].outcome, Outcome::answered) << whole[i].error;
    EXPECT_EQ(whole[i].tokens, 1u);
    EXPECT_EQ(whole[i].greedy, alone[i].greedy);
    worst = std::max(worst, std::abs(whole[i].log_probability - alone[i].log_probability));
  }
  std::printf("%zu choices, worst difference %.2e\n", alone.size(), worst);
  EXPECT_LE(worst, 1e-3);
}

TEST_F(LlamaProcess, OneThatIgnoresEchoIsRefusedForLogLikelihoodByName) {
  ASSERT_TRUE(load({{"habits", "ignore_echo"}}));
  EXPECT_TRUE(is_scored(host->answer(generation("question")).outcome));
  const Response refused = host->answer(likelihood("number", " one"));
  EXPECT_EQ(refused.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(refused.error, "the server ignores echo (llama.cpp does)");
}

TEST_F(LlamaProcess, WhatIsLongerThanItsContextIsRefused) {
  ASSERT_TRUE(load());
  const Response refused = host->answer(generation(std::string(600, 'x')));
  EXPECT_EQ(refused.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(refused.error, "the context has 512 tokens");
}

TEST_F(LlamaProcess, ASlowStartIsAwaited) {
  ASSERT_TRUE(load({{"habits", "slow=1500"}}));
  EXPECT_TRUE(is_scored(host->answer(generation("question")).outcome));
}

TEST_F(LlamaProcess, ACrashIsTold) {
  ASSERT_TRUE(load({{"habits", "crash_after=1"}}));
  host->start(1, "number 1");
  const Completion lost = host->finish(1).front();
  EXPECT_TRUE(lost.unreachable);
  EXPECT_HAS(lost.response.error, "crashed: it was ended by signal 11 (SIGSEGV)");
  host->unload();
  EXPECT_TRUE(host->is_empty_soon());
}

TEST_F(LlamaProcess, OutOfMemoryIsTold) {
  ASSERT_TRUE(load({{"habits", "memory_after=1"}}));
  host->start(1, "number 1");
  EXPECT_HAS(host->finish(1).front().response.error, "out_of_memory: it ran out of memory");
}

TEST_F(LlamaProcess, AHangIsEnded) {
  ASSERT_TRUE(load({{"habits", "hang_after=1"}}));
  host->start(1, "number 1");
  const Completion lost = host->finish(1).front();
  EXPECT_TRUE(lost.unreachable);
  EXPECT_HAS(lost.response.error, "it hangs, and was killed");
}

TEST_F(LlamaProcess, AnotherNameIsRefused) {
  const Status loaded = load({{"habits", "other_name"}});
  ASSERT_FALSE(loaded);
  EXPECT_HAS(loaded.error().message, "reports the model \"another-model\"");
}

}  // namespace
}  // namespace gwageo
