// The openai engine against a server that misbehaves on demand.
#include "worker/openai_engine.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/temporary_folder.h"
#include "tests/worker/openai_server.h"
#include "tests/worker/test_clock.h"

namespace gwageo {
namespace {

using testing::Habits;
using testing::OpenAiServer;
using testing::Reply;
using testing::TestClock;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

struct OpenAi : ::testing::Test {
  Status load(const OpenAiServer& server, std::map<std::string, std::string> options = {}) {
    options.emplace("model", "words");
    options.emplace("connections", "4");
    return engine.load({"m", {}, "openai", server.url(), std::move(options)});
  }
  static Request generate(const std::string& prompt, std::vector<std::string> stop = {}) {
    Request request;
    request.prompt = prompt;
    request.stop = std::move(stop);
    request.tokens_max = 4;
    return request;
  }
  static Request likelihood(const std::string& context, const std::string& continuation) {
    Request request;
    request.kind = RequestKind::likelihood;
    request.prompt = context;
    request.continuation = continuation;
    return request;
  }
  static Request chat(std::vector<ChatMessage> messages) {
    Request request;
    request.kind = RequestKind::chat;
    request.messages = std::move(messages);
    return request;
  }
  void start(std::uint64_t token, Request request) {
    engine.start({token, "T", "i", 0, 0, std::move(request)});
  }
  // Works until so many have ended; the clock moves on whenever nothing happens.
  std::vector<Completion> finish(std::size_t count, Duration every = milliseconds(100)) {
    std::vector<Completion> all;
    for (int i = 0; i < 20000 && all.size() < count; ++i) {
      engine.wait(milliseconds(1));
      std::vector<Completion> some = engine.step();
      if (some.empty()) clock.now = clock.now + every;
      for (Completion& each : some) all.push_back(std::move(each));
    }
    EXPECT_EQ(all.size(), count);
    all.resize(count);
    return all;
  }
  Response answer(Request request) {
    start(1, std::move(request));
    return finish(1).front().response;
  }
  TestClock clock;
  OpenAiEngine engine{clock};
};

TEST_F(OpenAi, GeneratesAndChats) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  const Response text = answer(generate("Where?"));
  EXPECT_EQ(text.text, " Paris , which is");
  EXPECT_EQ(text.outcome, Outcome::truncated);
  const Response said = answer(chat({{"system", "Be kind."}, {"user", "Hello"}}));
  EXPECT_EQ(said.text, "You said: Hello");
  EXPECT_EQ(said.outcome, Outcome::answered);
  EXPECT_EQ(said.tokens, 3u);
}

TEST_F(OpenAi, CutsAtTheEarliestStopWhateverTheServerDoes) {
  OpenAiServer server(Habits{.stop = false});
  ASSERT_TRUE(load(server));
  const Response text = answer(generate("Where?", {"a", "b", "c", "d", " is", ","}));
  EXPECT_EQ(text.text, " P");
  EXPECT_EQ(text.outcome, Outcome::answered);
  EXPECT_HAS(server.asked().back().body, R"("stop":["a","b","c","d"])");
  EXPECT_EQ(answer(generate("Where?", {"zz", "zy", "zx", "zw", " is", ","})).text, " Paris ");
}

TEST_F(OpenAi, MapsTheWaysInWhichAnAnswerEnds) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  server.script("filtered", {{200, testing::completion("", "content_filter")}});
  server.script("odd", {{200, testing::completion("x", "abort")}});
  server.script("thought", {{200, testing::chat("null", "length")}});
  server.script("empty", {{200, testing::chat("", "length")}});
  server.script("silent", {{200, testing::chat("null", "stop")}});
  const Response filtered = answer(generate("filtered"));
  EXPECT_EQ(filtered.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(filtered.error, "content_filter");
  const Response odd = answer(generate("odd"));
  EXPECT_EQ(odd.outcome, Outcome::engine_failed);
  EXPECT_HAS(odd.error, "abort");
  for (const char* const prompt : {"thought", "empty"}) {
    const Response thought = answer(chat({{"user", prompt}}));
    EXPECT_EQ(thought.outcome, Outcome::truncated) << prompt;
    EXPECT_EQ(thought.text, "");
  }
  EXPECT_EQ(answer(chat({{"user", "silent"}})).outcome, Outcome::answered);
}

TEST_F(OpenAi, SaysWhichFieldIsMissing) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  server.script("no choices", {{200, "{}"}});
  server.script("no text", {{200, R"({"choices":[{"finish_reason":"stop"}]})"}});
  server.script("no reason", {{200, R"({"choices":[{"text":"x"}]})"}});
  server.script("no json", {{200, "<html>"}});
  for (const auto& [prompt, field] :
       std::map<std::string, std::string>{{"no choices", "choices[0]"},
                                          {"no text", "choices[0].text"},
                                          {"no reason", "choices[0].finish_reason"},
                                          {"no json", "malformed JSON at line 1, column 1"}}) {
    const Response response = answer(generate(prompt));
    EXPECT_EQ(response.outcome, Outcome::engine_failed) << prompt;
    EXPECT_HAS(response.error, field);
  }
}

TEST_F(OpenAi, WaitsAsLongAsRetryAfterSays) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  server.script("busy", {{429, "{}", {"Retry-After: 7"}}, {200, testing::completion("ok")}});
  const Duration began = clock.now;
  EXPECT_EQ(answer(generate("busy")).text, "ok");
  EXPECT_GE(clock.now - began, seconds(7));
  EXPECT_LE(clock.now - began, seconds(100));  // The clock also runs while the server thinks.
  // A date: 1994-11-06T08:49:37Z is 784111777 seconds after 1970.
  clock.wall_now = {(std::int64_t{784111777} - 30) * 1000000};
  server.script("later", {{503, "", {"retry-after: Sun, 06 Nov 1994 08:49:37 GMT"}},
                          {200, testing::completion("ok")}});
  const Duration before = clock.now;
  EXPECT_EQ(answer(generate("later")).text, "ok");
  EXPECT_GE(clock.now - before, seconds(30));
  EXPECT_LE(clock.now - before, seconds(119));
}

std::string counted(const std::string& text, int tokens) {
  return R"({"choices":[{"index":0,"finish_reason":"stop","text":")" + text +
         R"("}],"usage":{"completion_tokens":)" + std::to_string(tokens) + "}}";
}

std::string uncounted(const std::string& text) {
  return R"({"choices":[{"index":0,"finish_reason":"stop","text":")" + text + R"("}]})";
}

TEST_F(OpenAi, AnAnswerLongerThanWasAskedIsNoScore) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  std::string words;
  for (int i = 0; i < 60; ++i) words += " n" + std::to_string(i);
  server.script("counted", {{200, counted(words, 60)}});
  server.script("uncounted", {{200, uncounted(words)}});
  server.script("miscounted", {{200, counted(words, 4)}});
  server.script("one word", {{200, uncounted(std::string(2000, 'x'))}});
  for (const auto& [prompt, said] : std::map<std::string, std::string>{
           {"counted", "60 tokens by the server's own count, 60 words, where 4 tokens were asked"},
           {"uncounted", "a text of 60 words and 230 bytes where 4 tokens were asked"},
           {"miscounted", "a text of 60 words and 230 bytes where 4 tokens were asked"},
           {"one word", "a text of 1 words and 2000 bytes where 4 tokens were asked"}}) {
    const Response longer = answer(generate("x " + prompt));
    EXPECT_EQ(longer.outcome, Outcome::refused_by_engine) << prompt;
    EXPECT_EQ(longer.error, "the server ignores max_tokens: " + said) << prompt;
  }
  // The token that ends a text may be counted; four words of a long token, too.
  server.script("ended", {{200, counted("a b c d", 5)}});
  server.script("short", {{200, uncounted(" n1 n2 n3 n4 n5 n6 n7 n8 n9")}});
  for (const char* const prompt : {"ended", "short"}) {
    EXPECT_EQ(answer(generate(prompt)).outcome, Outcome::answered) << prompt;
  }
}

std::string choice_at(const std::string& index, const std::string& text) {
  return R"({"index":)" + index + R"(,"finish_reason":"stop","text":")" + text + "\"}";
}

TEST_F(OpenAi, TakesTheChoiceThatWasAsked) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  const auto choices = [](const std::string& list) {
    return Reply{200, R"({"choices":[)" + list + "]}"};
  };
  server.script("swapped", {choices(choice_at("1", "WRONG") + "," + choice_at("0", "right"))});
  server.script("strange", {choices(choice_at("7", "WRONG"))});
  server.script("doubled", {choices(choice_at("0", "a") + "," + choice_at("0", "b"))});
  server.script("unnamed", {choices(choice_at("null", "a"))});
  EXPECT_EQ(answer(generate("swapped")).text, "right");
  EXPECT_EQ(answer(generate("unnamed")).text, "a");
  for (const char* const prompt : {"strange", "doubled"}) {
    const Response wrong = answer(generate(prompt));
    EXPECT_EQ(wrong.outcome, Outcome::engine_failed) << prompt;
    EXPECT_HAS(wrong.error, "choices[0]");
  }
}

std::string from_model(const std::string& model) {
  return R"({"model":")" + model + R"(","choices":[)" + choice_at("0", "a") + "]}";
}

TEST_F(OpenAi, AnAnswerOfAnotherModelIsNoScore) {
  Habits habits;
  habits.says_model = "words-2026";  // An alias, and always the same.
  OpenAiServer server(habits);
  ASSERT_TRUE(load(server));
  EXPECT_EQ(engine.findings().find("completions_model")->as_string(), "words-2026");
  server.script("another", {{200, from_model("words-2025")}});
  server.script("alike", {{200, from_model("words-2026")}});
  const Response another = answer(generate("another"));
  EXPECT_EQ(another.outcome, Outcome::engine_failed);
  EXPECT_HAS(another.error, "of model \"words-2025\"");
  EXPECT_HAS(another.error, "were of \"words-2026\"");
  EXPECT_EQ(answer(generate("alike")).outcome, Outcome::answered);
  std::string syllables = "x";
  for (int i = 0; i < 60; ++i) syllables += "가";
  server.script("long", {{200, from_model(syllables)}});
  EXPECT_TRUE(is_utf8(answer(generate("long")).error));
  server.script("France is Rome", {{200, from_model("words-2025")}});
  EXPECT_EQ(answer(likelihood("France is", " Rome")).outcome, Outcome::engine_failed);
}

TEST_F(OpenAi, HoldsEverythingBackWhileTheServerAsksForIt) {
  OpenAiServer server;
  ASSERT_TRUE(load(server, {{"connections", "1"}}));
  server.script("busy", {{429, "", {"Retry-After: 5"}}, {200, testing::completion("1")}});
  start(1, generate("busy"));
  start(2, generate("other"));
  const Duration began = clock.now;
  finish(2);
  EXPECT_GE(clock.now - began, seconds(5));
  EXPECT_EQ(server.count("busy"), 2u);
}

// concurrency_limit_test.cc says by how much.
TEST_F(OpenAi, AServerThatHasNoRoomForAllAnswersThemAll) {
  OpenAiServer server;
  ASSERT_TRUE(load(server, {{"connections", "16"}, {"connections_first", "4"}}));
  server.script("crowd", std::vector<Reply>(20, {429, "{}", {}}));
  for (std::uint64_t i = 0; i < 100; ++i) start(i, generate("crowd " + std::to_string(i)));
  finish(100);
  EXPECT_EQ(server.count("crowd"), 120u);
  EXPECT_FALSE(load(server, {{"connections", "4"}, {"connections_first", "5"}}));
}

// Each of the pool's tries has a third of it.
TEST_F(OpenAi, AnItemThatIsAlwaysPutOffEndsInTime) {
  OpenAiServer server;
  ASSERT_TRUE(load(server, {{"retries", "100"}}));
  server.script("never", std::vector<Reply>(200, {429, "{}", {"Retry-After: 86400"}}));
  start(1, generate("never"));
  const Duration began = clock.now;
  const Response never = finish(1, seconds(1)).front().response;
  EXPECT_EQ(never.outcome, Outcome::engine_failed);
  EXPECT_HAS(never.error, "429");
  EXPECT_GE(clock.now - began, seconds(100));
  EXPECT_LE(clock.now - began, seconds(200));  // The clock also runs while the server thinks.
  EXPECT_EQ(server.count("never"), 2u);
}

TEST_F(OpenAi, TriesAgainWhatMayGetBetter) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  using Manner = Reply::Manner;
  server.script("shaky", {{500, "oops"},
                          {502, ""},
                          {504, ""},
                          {200, testing::completion("half"), {}, Manner::half},
                          {200, "", {}, Manner::nothing},
                          {200, testing::completion("whole")}});
  EXPECT_EQ(answer(generate("shaky")).text, "whole");
  EXPECT_EQ(server.count("shaky"), 6u);
}

TEST_F(OpenAi, TriesAtMostSoOften) {
  OpenAiServer server;
  ASSERT_TRUE(load(server, {{"retries", "2"}}));
  server.script("down", std::vector<Reply>(9, {503, R"({"error":"warming up"})"}));
  const Response down = answer(generate("down"));
  EXPECT_EQ(down.outcome, Outcome::engine_failed);
  EXPECT_EQ(down.error, "the server answered with status 503: warming up (tried 3 times)");
  EXPECT_EQ(server.count("down"), 3u);
}

TEST_F(OpenAi, OneBadRequestSpoilsOneCall) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  server.script("\"500 of", {{400, R"({"error":{"message":"prompt is too odd"}})"}});
  constexpr std::uint64_t calls = 1000;
  for (std::uint64_t i = 0; i < calls; ++i) start(i, generate(std::to_string(i) + " of"));
  std::size_t good = 0;
  for (const Completion& each : finish(calls)) {
    if (each.token != 500) {
      good += each.response.outcome == Outcome::truncated ? 1 : 0;
      continue;
    }
    EXPECT_EQ(each.response.outcome, Outcome::refused_by_engine);
    EXPECT_EQ(each.response.error, "the server answered with status 400: prompt is too odd");
  }
  EXPECT_EQ(good, calls - 1);
  EXPECT_EQ(server.count("\"500 of"), 1u);
  EXPECT_LE(server.connections(), 6u);  // Kept and used again.
}

TEST_F(OpenAi, BoundsABody) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  server.script("large", {{200, std::string((16U << 20) + 1, ' ')}});
  const Response large = answer(generate("large"));
  EXPECT_EQ(large.outcome, Outcome::engine_failed);
  EXPECT_HAS(large.error, "more than 16777216 bytes");
  EXPECT_EQ(server.count("large"), 1u);
}

TEST_F(OpenAi, AServerThatDiesCostsWhatWasInFlight) {
  OpenAiServer server;
  ASSERT_TRUE(load(server, {{"retries", "1"}}));
  EXPECT_EQ(answer(generate("a")).outcome, Outcome::truncated);
  server.stop();
  const Response dead = answer(generate("b"));
  EXPECT_EQ(dead.outcome, Outcome::engine_failed);
  EXPECT_HAS(dead.error, "tried 2 times");
}

TEST_F(OpenAi, TimesOut) {
  OpenAiServer server;
  ASSERT_TRUE(load(server, {{"retries", "0"}, {"answer_seconds", "0.2"}}));
  server.script("silent", {{200, "", {}, Reply::Manner::silence}});
  EXPECT_EQ(answer(generate("silent")).outcome, Outcome::timed_out);
}

TEST_F(OpenAi, CancelsWhatRunsAndWhatWaits) {
  OpenAiServer server;
  ASSERT_TRUE(load(server, {{"connections", "1"}}));
  server.script("silent", {{200, "", {}, Reply::Manner::silence}});
  start(1, generate("silent"));
  start(2, generate("then"));
  engine.step();
  engine.cancel_all();
  engine.wait(seconds(3600));
  const auto cancelled = engine.step();
  ASSERT_EQ(cancelled.size(), 2u);
  for (const Completion& each : cancelled) EXPECT_EQ(each.response.outcome, Outcome::cancelled);
}

TEST_F(OpenAi, WakeEndsAWait) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  engine.wake();
  engine.wait(seconds(3600));
}

TEST_F(OpenAi, KeepsTheTokenToItself) {
  const std::string token = "sk-secret/token";
  const testing::TemporaryFolder folder;
  const std::string file = folder.write("token", token + "\n");
  OpenAiServer server;
  ASSERT_TRUE(load(server, {{"token_file", file}, {"retries", "0"}}));
  EXPECT_HAS(server.asked().front().head, "Authorization: Bearer " + token);
  server.script("one", {{401, R"({"error":{"message":"bad key sk-secret\/token !"}})"}});
  server.script("two", {{500, "Authorization: Bearer " + token}});
  server.script("three", {{200, testing::completion("x", token)}});
  const Response one = answer(generate("one"));
  EXPECT_EQ(one.error, "the server answered with status 401: bad key [token] !");
  EXPECT_EQ(one.outcome, Outcome::refused_by_engine);
  for (const char* const prompt : {"two", "three"}) {
    const Response response = answer(generate(prompt));
    EXPECT_EQ(response.error.find("secret"), std::string::npos) << response.error;
    EXPECT_HAS(response.error, "[token]");
  }
  EXPECT_EQ(engine.findings().dump().find("secret"), std::string::npos);
  ::setenv("OPENAI_TEST_TOKEN", token.c_str(), 1);
  OpenAiServer other;
  OpenAiEngine second(clock);
  ASSERT_TRUE(second.load({"m",
                           {},
                           "openai",
                           other.url(),
                           {{"model", "words"}, {"token_environment", "OPENAI_TEST_TOKEN"}}}));
  EXPECT_HAS(other.asked().front().head, "Authorization: Bearer " + token);
}

TEST_F(OpenAi, AsksForNoRedirect) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  server.script("moved", {{302, "", {"Location: http://127.0.0.1:1/"}}});
  const Response moved = answer(generate("moved"));
  EXPECT_EQ(moved.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(moved.error, "302");
}

TEST_F(OpenAi, SendsWhatReasoningModelsWant) {
  OpenAiServer server;
  ASSERT_TRUE(load(server, {{"limit_field", "max_completion_tokens"},
                            {"temperature", "omitted"},
                            {"stop_strings", "0"},
                            {"extra", R"({"reasoning_effort": "low"})"}}));
  Request request = chat({{"user", "Hello"}});
  request.stop = {"said"};
  EXPECT_EQ(answer(request).text, "You ");
  const std::string body = server.asked().back().body;
  EXPECT_EQ(body, R"({"model":"words","messages":[{"role":"user","content":"Hello"}],)"
                  R"("max_completion_tokens":256,"reasoning_effort":"low"})");
}

TEST_F(OpenAi, ContinuesAnAssistantOnlyAsItIsTold) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  const Request request = chat({{"user", "Hello"}, {"assistant", "The answer is"}});
  const Response refused = answer(request);
  EXPECT_EQ(refused.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(refused.error, "assistant_prefix");
  OpenAiEngine second(clock);
  ASSERT_TRUE(second.load({"m",
                           {},
                           "openai",
                           server.url(),
                           {{"model", "words"}, {"assistant_prefix", "continue_final_message"}}}));
  second.start({1, "T", "i", 0, 0, request});
  for (int i = 0; i < 1000 && second.step().empty(); ++i) second.wait(milliseconds(10));
  EXPECT_HAS(server.asked().back().body, R"("continue_final_message":true)");
}

TEST_F(OpenAi, HedgesWhatTakesTooLong) {
  OpenAiServer server;
  ASSERT_TRUE(load(server, {{"hedge_seconds", "2"}}));
  const Reply silence{200, "", {}, Reply::Manner::silence};
  server.script("slow", {silence, {200, testing::completion("second")}});
  EXPECT_EQ(answer(generate("slow")).text, "second");
  EXPECT_GE(clock.now, seconds(2));
  EXPECT_EQ(server.count("slow"), 2u);
  // What is drawn is not: the shorter of two answers would come first.
  server.script("drawn", {silence});
  Request drawn = generate("drawn");
  drawn.temperature = 1;
  start(7, drawn);
  for (int i = 0; i < 50; ++i) {
    engine.wait(milliseconds(1));
    EXPECT_TRUE(engine.step().empty());
    clock.now = clock.now + seconds(1);
  }
  EXPECT_EQ(server.count("drawn"), 1u);
}

TEST_F(OpenAi, HedgesNothingUnlessTold) {
  OpenAiServer server;
  ASSERT_TRUE(load(server));
  server.script("slow", {{200, "", {}, Reply::Manner::silence}});
  start(1, generate("slow"));
  for (int i = 0; i < 50; ++i) {
    engine.wait(milliseconds(1));
    engine.step();
    clock.now = clock.now + seconds(1);
  }
  EXPECT_EQ(server.count("slow"), 1u);
}

}  // namespace
}  // namespace gwageo
