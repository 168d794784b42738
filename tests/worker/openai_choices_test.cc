// The choices of a question in one exchange: the same answers as one by one, from an engine that
// compares both, or none of it.
#include "worker/openai_choices.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "tests/worker/openai_server.h"
#include "tests/worker/test_clock.h"
#include "worker/fast_path.h"
#include "worker/openai_engine.h"

namespace gwageo {
namespace {

using testing::Asked;
using testing::Habits;
using testing::OpenAiServer;
using testing::Reply;
using testing::TestClock;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

const Habits vllm{.tokenize = true, .token_ids = true, .chosen_tokens = true};
const Habits sglang{.tokenize = true, .native = true, .chosen_tokens = true};

struct Questions : ::testing::Test {
  Status load(const OpenAiServer& server, std::map<std::string, std::string> options = {}) {
    options.emplace("model", "words");
    options.emplace("connections", "4");
    engine = std::make_unique<OpenAiEngine>(clock, OwnServer{}, caught);
    return engine->load({"m", {}, "openai", server.url(), std::move(options)});
  }
  static Request likelihood(const std::string& context, const std::string& continuation) {
    Request request;
    request.kind = RequestKind::likelihood;
    request.prompt = context;
    request.continuation = continuation;
    return request;
  }
  // Asks `count` questions of these choices; the answers to the last of them.
  std::vector<Response> ask(int count, const std::vector<std::string>& choices) {
    std::vector<Response> last(choices.size());
    for (int i = 0; i < count; ++i) {
      const std::string item = std::to_string(next_item_++);
      for (std::uint32_t c = 0; c < choices.size(); ++c) {
        engine->start({c, "T", item, 0, c, likelihood("Question " + item + ": it is", choices[c])});
      }
      std::size_t ended = 0;
      for (int turn = 0; turn < 20000 && ended < choices.size(); ++turn) {
        engine->wait(milliseconds(1));
        std::vector<Completion> some = engine->step();
        if (some.empty()) clock.now = clock.now + milliseconds(100);
        for (Completion& each : some) last[each.token] = std::move(each.response);
        ended += some.size();
      }
      EXPECT_EQ(ended, choices.size());
    }
    return last;
  }
  // A server that is wrong in every answer by its fast way from the k-th on, for some k up to
  // `last`, has none of them handed in, whichever of those under way comes first.
  void expect_that_no_lie_is_handed_in(Habits habits, const std::string& fast, const char* way,
                                       const std::vector<std::string>& choices, int last) {
    std::atomic<bool> is_honest = true;
    std::atomic<int> left = 0;
    habits.is_honest = &is_honest;
    habits.latency_max = 1;
    habits.first = [&](const Asked& asked) -> std::optional<Reply> {
      if (asked.body.find(fast) != std::string::npos && --left == 0) is_honest = false;
      return std::nullopt;
    };
    const OpenAiServer server(habits);
    for (int k = 1; k <= last; k += 3) {
      is_honest = true;
      ASSERT_TRUE(load(server, {{"connections", "8"}}));
      left = k;
      for (const std::vector<Response>& given : ask_at_once(last, choices)) {
        for (std::size_t i = 0; i < choices.size(); ++i) {
          EXPECT_DOUBLE_EQ(given[i].log_probability, expected(choices[i])) << "from " << k;
        }
      }
      EXPECT_FALSE(engine->findings().find(way)->find("open")->as_bool()) << "from " << k;
    }
  }
  // Asks `count` questions at the same time; the answers to each of them.
  std::vector<std::vector<Response>> ask_at_once(std::size_t count,
                                                 const std::vector<std::string>& choices) {
    std::vector<std::vector<Response>> all(count, std::vector<Response>(choices.size()));
    for (std::size_t i = 0; i < count; ++i) {
      const std::string item = std::to_string(next_item_++);
      for (std::uint32_t c = 0; c < choices.size(); ++c) {
        engine->start({i * choices.size() + c, "T", item, 0, c,
                       likelihood("Question " + item + ": it is", choices[c])});
      }
    }
    std::size_t ended = 0;
    for (int turn = 0; turn < 20000 && ended < count * choices.size(); ++turn) {
      engine->wait(milliseconds(1));
      std::vector<Completion> some = engine->step();
      if (some.empty()) clock.now = clock.now + milliseconds(100);
      for (Completion& each : some) {
        all[each.token / choices.size()][each.token % choices.size()] = std::move(each.response);
      }
      ended += some.size();
    }
    EXPECT_EQ(ended, count * choices.size());
    return all;
  }
  static double expected(const std::string& word) {
    return testing::id_log_probability(testing::id_of(word));
  }
  Json state() const { return *engine->findings().find("questions_whole"); }
  TestClock clock;
  std::shared_ptr<CaughtWays> caught;
  std::unique_ptr<OpenAiEngine> engine;
  std::uint64_t next_item_ = 0;
};

constexpr int trusting = static_cast<int>(FastPath::compared_first);

TEST_F(Questions, AreAskedWholeOnceBothWaysAgreed) {
  for (const Habits& habits : {vllm, sglang}) {
    const OpenAiServer server(habits);
    ASSERT_TRUE(load(server));
    ask(trusting, {" A", " B", " Paris"});
    EXPECT_TRUE(state().find("open")->as_bool()) << state().dump();
    EXPECT_EQ(state().find("compared")->as_integer(), trusting);
    const auto scored = [&] {
      return server.count("\"echo\":true") + server.count("\"max_new_tokens\":0");
    };
    const std::size_t before = scored();
    const std::vector<Response> given = ask(1, {" A", " B", " Paris"});
    EXPECT_LE(scored() - before, 3u);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::string word = std::vector<std::string>{" A", " B", " Paris"}[i];
      EXPECT_EQ(given[i].outcome, Outcome::answered);
      EXPECT_DOUBLE_EQ(given[i].log_probability, expected(word));
      EXPECT_EQ(given[i].greedy, word == " Paris");
      EXPECT_EQ(given[i].tokens, 1u);
    }
    ask_at_once(100, {" A", " B"});
    EXPECT_LE(scored() - before, 3u + 100u * 2u / 8u);
    EXPECT_EQ(engine->take_remark(), "");
  }
}

TEST_F(Questions, AServerThatIsWrongAboutItIsAskedOneByOne) {
  for (Habits habits : {vllm, sglang}) {
    habits.chosen_off = 0.1;
    const OpenAiServer server(habits);
    ASSERT_TRUE(load(server));
    for (int i = 0; i < 3; ++i) {
      const std::vector<Response> given = ask(1, {" A", " B"});
      EXPECT_DOUBLE_EQ(given[0].log_probability, expected(" A"));
      EXPECT_DOUBLE_EQ(given[1].log_probability, expected(" B"));
    }
    EXPECT_HAS(state().find("closed_because")->as_string(), "the fast way gave log-probability");
    EXPECT_HAS(engine->take_remark(),
               "the choices of a question are asked one by one from here on");
    EXPECT_EQ(engine->take_remark(), "");
    const std::size_t asked =
        (server.count("logprob_token_ids") + server.count("token_ids_logprob"));
    ask(5, {" A", " B"});
    EXPECT_EQ((server.count("logprob_token_ids") + server.count("token_ids_logprob")), asked);
  }
}

// It was right as long as everything was asked both ways.
TEST_F(Questions, WhatAServerSaidByAWayThatIsCaughtIsAskedAgain) {
  std::atomic<bool> is_honest = true;
  Habits habits = vllm;
  habits.chosen_off = 0.5;
  habits.is_honest = &is_honest;
  const OpenAiServer server(habits);
  caught = std::make_shared<CaughtWays>();
  ASSERT_TRUE(load(server));
  ask(trusting, {" A", " B"});
  ASSERT_TRUE(state().find("open")->as_bool()) << state().dump();
  is_honest = false;
  for (const std::vector<Response>& given : ask_at_once(40, {" A", " B"})) {
    EXPECT_DOUBLE_EQ(given[0].log_probability, expected(" A"));
    EXPECT_DOUBLE_EQ(given[1].log_probability, expected(" B"));
  }
  EXPECT_FALSE(state().find("open")->as_bool());
  const std::string remark = engine->take_remark();
  EXPECT_HAS(remark, "the fast way gave log-probability");
  EXPECT_HAS(remark, "model m; ");
  EXPECT_HAS(remark, " answers that came so are asked again, and 0 were handed in before");
  // The next load of the model trusts it no more.
  is_honest = true;
  ASSERT_TRUE(load(server));
  EXPECT_FALSE(state().find("open")->as_bool());
  EXPECT_HAS(state().find("closed_because")->as_string(), "the fast way gave log-probability");
  const std::size_t asked = server.count("logprob_token_ids");
  ask(2, {" A", " B"});
  EXPECT_EQ(server.count("logprob_token_ids"), asked);
}

TEST_F(Questions, OfAServerThatTurnsWrongNoWrongAnswerIsHandedIn) {
  Habits habits = vllm;
  habits.chosen_off = 0.5;
  expect_that_no_lie_is_handed_in(habits, "logprob_token_ids", "questions_whole", {" A", " B"}, 60);
}

TEST_F(Questions, OfAServerThatTurnsWrongAboutContinuationsAloneNoneIsEither) {
  Habits native{.native = true};
  native.tail_off = 0.5;
  expect_that_no_lie_is_handed_in(native, "\"logprob_start_len\":3", "continuations_only", {" A"},
                                  60);
}

// Nobody has compared them: whoever takes the server's calls back gets them as well.
TEST_F(Questions, AnswersThatWaitAreTakenBackWithTheCalls) {
  OpenAiServer server(vllm);
  ASSERT_TRUE(load(server));
  ask(trusting, {" A", " B"});
  const Reply silence{200, "", {}, Reply::Manner::silence};
  server.script("\"echo\":true", {silence, silence});
  const std::size_t before = server.count("\"echo\":true");
  const auto start = [&](std::uint64_t first, const std::string& item) {
    for (std::uint32_t c = 0; c < 2; ++c) {
      engine->start({first + c, "T", item, 0, c,
                     likelihood("Question " + item + ": it is", c == 0 ? " A" : " B")});
    }
  };
  std::size_t ended = 0;
  start(1, "q");
  for (int turn = 0; turn < 20000 && server.count("\"echo\":true") < before + 2; ++turn) {
    engine->wait(milliseconds(1));
    ended += engine->step().size();
  }
  // It is being compared, and what comes meanwhile waits for that.
  start(3, "r");
  std::vector<Call> taken;
  for (int turn = 0; turn < 20000 && taken.empty(); ++turn) {
    engine->wait(milliseconds(1));
    ended += engine->step().size();
    taken = engine->take_waiting();
  }
  EXPECT_EQ(ended, 0u);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].token + taken[1].token, 7u);
  engine->cancel_all();
  EXPECT_EQ(engine->step().size(), 2u);
}

TEST_F(Questions, AServerThatCallsEachTheMostProbableIsFoundOut) {
  Habits habits = vllm;
  habits.chosen_greedy = true;
  const OpenAiServer server(habits);
  ASSERT_TRUE(load(server));
  for (int i = 0; i < trusting; ++i) {
    for (const Response& each : ask(1, {" A", " B"})) EXPECT_FALSE(each.greedy);
  }
  EXPECT_HAS(state().find("closed_because")->as_string(), "whether they were the most probable");
}

// Of a question some choices may have more tokens than one; they go alone, with the same answers.
TEST_F(Questions, ChoicesOfSeveralTokensGoAlone) {
  const OpenAiServer server(vllm);
  ASSERT_TRUE(load(server));
  ask(trusting, {" A", " B", " very C"});
  EXPECT_TRUE(state().find("open")->as_bool()) << state().dump();
  const std::vector<Response> given = ask(1, {" A", " very C", " B"});
  EXPECT_DOUBLE_EQ(given[0].log_probability, expected(" A"));
  EXPECT_DOUBLE_EQ(given[1].log_probability, expected(" very") + expected(" C"));
  EXPECT_EQ(given[1].tokens, 2u);
  EXPECT_DOUBLE_EQ(given[2].log_probability, expected(" B"));
}

TEST_F(Questions, TasksOfLongChoicesAreLeftAlone) {
  const OpenAiServer server(vllm);
  ASSERT_TRUE(load(server));
  const std::size_t before = server.count("logprob_token_ids");
  ask(20, {" one two", " three four"});
  EXPECT_EQ(server.count("logprob_token_ids"), before);
  EXPECT_EQ(state().find("asked")->as_integer(), FastPath::unsuited_max);
  EXPECT_TRUE(state().find("open")->as_bool());
}

TEST_F(Questions, AreAskedApartWhenToldSo) {
  const OpenAiServer server(vllm);
  ASSERT_TRUE(load(server, {{"questions", "apart"}}));
  const std::size_t before = server.count("logprob_token_ids");
  ask(3, {" A", " B"});
  EXPECT_EQ(server.count("logprob_token_ids"), before);
  EXPECT_FALSE(state().find("open")->as_bool());
  EXPECT_FALSE(load(server, {{"questions", "sideways"}}));
}

// Whatever the server answers to a whole question, each choice has the answer of the slow path.
TEST_F(Questions, AnswersThatMissWhatWasAskedForCostTheFastPathOnly) {
  const std::string nothing = R"({"choices":[{"text":"","logprobs":{"top_logprobs":[{}]}}]})";
  for (const Reply& odd : {Reply{200, nothing}, Reply{200, "{}"}, Reply{200, "no JSON"},
                           Reply{400, R"({"error":{"message":"logprob_token_ids: what?"}})"}}) {
    OpenAiServer server(vllm);
    ASSERT_TRUE(load(server));
    server.script("logprob_token_ids", {odd});
    const std::vector<Response> given = ask(1, {" A", " B"});
    EXPECT_DOUBLE_EQ(given[0].log_probability, expected(" A"));
    EXPECT_DOUBLE_EQ(given[1].log_probability, expected(" B"));
    EXPECT_FALSE(state().find("open")->as_bool());
    EXPECT_NE(engine->take_remark(), "");
  }
}

TEST_F(Questions, AServerThatIsLostMeanwhileSaysNothingOfThem) {
  OpenAiServer server(vllm);
  ASSERT_TRUE(load(server, {{"retries", "0"}}));
  server.script("logprob_token_ids", {{503, "{}"}});
  const std::vector<Response> given = ask(1, {" A", " B"});
  EXPECT_DOUBLE_EQ(given[0].log_probability, expected(" A"));
  EXPECT_TRUE(state().find("open")->as_bool());
  ask(trusting, {" A", " B"});
  EXPECT_EQ(state().find("compared")->as_integer(), trusting);
}

// SGLang computes log-probabilities from a place of our choosing on: that is checked, too.
TEST_F(Questions, NumbersOfAContinuationAloneAreComparedWithThoseOfTheWhole) {
  const Habits native{.native = true};
  const OpenAiServer server(native);
  ASSERT_TRUE(load(server));
  const auto path = [&] { return *engine->findings().find("continuations_only"); };
  const std::size_t before = server.count("\"logprob_start_len\":0");
  ask(trusting, {" very A"});
  EXPECT_TRUE(path().find("open")->as_bool());
  EXPECT_EQ(path().find("compared")->as_integer(), trusting);
  EXPECT_GT(server.count("\"logprob_start_len\":0"), before);
  for (const auto& given : ask_at_once(20, {" very A"})) {
    EXPECT_DOUBLE_EQ(given[0].log_probability, expected(" very") + expected(" A"));
  }
  EXPECT_LT(path().find("compared")->as_integer(), trusting + 10);
}

TEST_F(Questions, AServerThatIsWrongAboutContinuationsAloneIsAskedForTheWhole) {
  Habits native{.native = true};
  native.tail_off = 0.5;
  const OpenAiServer server(native);
  ASSERT_TRUE(load(server));
  const std::vector<Response> given = ask(3, {" very A"});
  EXPECT_DOUBLE_EQ(given[0].log_probability, expected(" very") + expected(" A"));
  const Json path = *engine->findings().find("continuations_only");
  EXPECT_FALSE(path.find("open")->as_bool());
  EXPECT_HAS(engine->take_remark(), "whole prompts are scored from here on");
}

// A fast way that has no answer costs nobody one, and is not trusted for having been tried.
TEST_F(Questions, AServerThatHasNoNumbersOfContinuationsAloneIsAskedForTheWhole) {
  const Habits native{.native = true, .tail_missing = true};
  const OpenAiServer server(native);
  ASSERT_TRUE(load(server));
  for (int i = 0; i < trusting + 5; ++i) {
    const std::vector<Response> given = ask(1, {" very A"});
    EXPECT_EQ(given[0].outcome, Outcome::answered) << given[0].error;
    EXPECT_DOUBLE_EQ(given[0].log_probability, expected(" very") + expected(" A"));
  }
  EXPECT_FALSE(engine->findings().find("continuations_only")->find("open")->as_bool());
  EXPECT_HAS(engine->take_remark(), "had no answer");
}

TEST_F(Questions, AllOfOneAreCancelled) {
  OpenAiServer server(vllm);
  ASSERT_TRUE(load(server));
  server.script("Question 0", {{200, "", {}, Reply::Manner::silence}});
  for (std::uint32_t c = 0; c < 4; ++c) {
    engine->start({c, "T", "0", 0, c, likelihood("Question 0 is", " " + std::to_string(c))});
  }
  engine->step();
  engine->cancel_all();
  const auto cancelled = engine->step();
  ASSERT_EQ(cancelled.size(), 4u);
  for (const Completion& each : cancelled) EXPECT_EQ(each.response.outcome, Outcome::cancelled);
}

}  // namespace
}  // namespace gwageo
