// What the openai engine finds out about servers of different habits, and what it refuses to ask
// them.
#include "worker/openai_probe.h"

#include <gtest/gtest.h>

#include "tests/worker/openai_server.h"
#include "tests/worker/test_clock.h"
#include "worker/openai_engine.h"

namespace gwageo {
namespace {

using testing::Habits;
using testing::OpenAiServer;
using testing::Reply;
using testing::TestClock;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

struct OpenAiProbe : ::testing::Test {
  static ModelSpec spec(const OpenAiServer& server, std::map<std::string, std::string> options) {
    options.emplace("model", "words");
    options.emplace("retries", "0");
    return {"m", {}, "openai", server.url(), std::move(options)};
  }
  Json findings(Habits habits, std::map<std::string, std::string> options = {}) {
    const OpenAiServer server(habits);
    OpenAiEngine engine(clock);
    const Status loaded = engine.load(spec(server, std::move(options)));
    EXPECT_TRUE(loaded) << loaded.error().message;
    return engine.findings();
  }
  static std::string scoring(const Json& findings) { return findings.find("scoring")->as_string(); }
  static std::string refusal(const Json& findings) {
    const Json* const found = findings.find("refused")->find("likelihood");
    return found == nullptr ? "" : found->as_string();
  }
  std::string load_error(Habits habits, std::map<std::string, std::string> options = {}) {
    const OpenAiServer server(habits);
    OpenAiEngine engine(clock);
    const Status loaded = engine.load(spec(server, std::move(options)));
    return loaded ? "" : loaded.error().message;
  }
  Response answer(const OpenAiServer& server, Request request,
                  std::map<std::string, std::string> options = {}) {
    OpenAiEngine engine(clock);
    const Status loaded = engine.load(spec(server, std::move(options)));
    EXPECT_TRUE(loaded) << loaded.error().message;
    engine.start({1, "T", "i", 0, 0, std::move(request)});
    for (int i = 0; i < 1000; ++i) {
      const auto ended = engine.step();
      if (!ended.empty()) return ended.front().response;
      engine.wait(milliseconds(10));
    }
    return {};
  }
  static Request likelihood(const std::string& context, const std::string& continuation) {
    Request request;
    request.kind = context.empty() ? RequestKind::rolling : RequestKind::likelihood;
    request.prompt = context;
    request.continuation = continuation;
    return request;
  }
  TestClock clock;
};

TEST_F(OpenAiProbe, FillsTheTable) {
  EXPECT_EQ(
      findings({}).dump(),
      R"({"completions":true,"chat":true,"scoring":"echo_of_text","echo":true,)"
      R"("first_token_scored":false,"zero_tokens":true,"text_offsets":true,)"
      R"("tokenize":false,"native":false,"prompt_logprobs":false,"seed":true,"stop":true,"top":2,)"
      R"("window":null,"prefix_token":null,"repeat_difference":0.0,)"
      R"("batch_invariant":true,"batch_difference":0.0,"chosen_tokens":"none",)"
      R"("completions_model":null,"chat_model":null,"refused":{},)"
      R"("questions_whole":{"open":false,"closed_because":"","asked":0,"compared":0},)"
      R"("continuations_only":{"open":false,"closed_because":"","asked":0,"compared":0}})");
}

TEST_F(OpenAiProbe, SeesWhatIsMissing) {
  const Json found = findings({.zero_tokens = false,
                               .first_null = false,
                               .offsets = false,
                               .seed = false,
                               .stop = false,
                               .logprobs_max = 1,
                               .window = 512});
  for (const char* const field : {"zero_tokens", "text_offsets", "seed", "stop"}) {
    EXPECT_FALSE(found.find(field)->as_bool()) << field;
  }
  EXPECT_TRUE(found.find("first_token_scored")->as_bool());
  EXPECT_EQ(found.find("top")->as_integer(), 1);
  EXPECT_EQ(found.find("window")->as_integer(), 512);
  EXPECT_EQ(scoring(found), "echo_of_text");
}

TEST_F(OpenAiProbe, RefusesAServerThatIgnoresEcho) {
  const OpenAiServer server(Habits{.echo = false});
  const Response refused = answer(server, likelihood("Where is", " Paris"));
  EXPECT_EQ(refused.outcome, Outcome::refused_by_engine);
  EXPECT_EQ(refused.error,
            "the server ignores echo (llama.cpp does), and has neither prompt_logprobs (vLLM) nor "
            "/generate (SGLang): log-likelihood tasks cannot be asked there");
  Request request;
  request.prompt = "Where?";
  EXPECT_TRUE(is_scored(answer(server, request).outcome));
}

TEST_F(OpenAiProbe, ChoosesTheMostExactWay) {
  EXPECT_EQ(scoring(findings({.tokenize = true, .token_ids = true})), "echo_of_token_ids");
  EXPECT_EQ(scoring(findings({.echo = false, .tokenize = true, .prompt_logprobs = true})),
            "prompt_logprobs");
  for (const bool tokenize : {false, true}) {
    const Json native = findings({.tokenize = tokenize, .token_ids = tokenize, .native = true});
    EXPECT_EQ(scoring(native), "native");
    EXPECT_EQ(native.find("prefix_token")->as_integer(), 1);
  }
  const Json found = findings({.tokenize = true});
  EXPECT_EQ(scoring(found), "echo_of_text");
  EXPECT_EQ(found.find("prefix_token")->as_integer(), 1);
}

TEST_F(OpenAiProbe, RefusesAnOrderingThatNoWorkingModelGives) {
  EXPECT_HAS(refusal(findings({.at_chance = true})), "not those of a working model");
  EXPECT_HAS(refusal(findings({}, {{"ordering", "Where is| banana| Paris"}})), "\" Paris\" -0.25");
}

// Whatever is said about the ordering.
TEST_F(OpenAiProbe, RefusesSumsThatAreTheSameForUnlikeTexts) {
  for (const char* const ordering : {"", "Where is| it now| it"}) {
    EXPECT_HAS(refusal(findings({.at_chance = true}, {{"ordering", ordering}})),
               "unlike texts have the same, -4.0000 a token: log-likelihood tasks cannot be asked");
  }
  EXPECT_EQ(refusal(findings({}, {{"ordering", ""}})), "");
}

TEST_F(OpenAiProbe, RefusesTextsOfAServerThatIgnoresTheLimit) {
  const Json found = findings({.max_tokens = false});
  EXPECT_EQ(found.find("refused")->find("generate")->as_string(),
            "the server ignores max_tokens: 60 tokens by the server's own count, 60 words, where 8 "
            "tokens were asked at /completions: "
            "generation tasks cannot be asked there");
  EXPECT_EQ(refusal(found), "");
  EXPECT_EQ(found.find("refused")->find("chat"), nullptr);
  const OpenAiServer server(Habits{.max_tokens = false});
  Request request;
  request.prompt = "Where?";
  EXPECT_EQ(answer(server, request).outcome, Outcome::refused_by_engine);
  EXPECT_TRUE(is_scored(answer(server, likelihood("Where is", " Paris")).outcome));
}

// What is scripted comes first: the sum that is asked alone, then those amid others.
Reply paris_with(const std::string& number) {
  return {200, R"({"choices":[{"text":"","logprobs":{)"
               R"("tokens":["The"," capital"," of"," France"," is"," Paris"],)"
               R"("token_logprobs":[null,-1,-1,-1,-1,)" +
                   number +
                   R"(],"top_logprobs":[null,{"x":-1},{"x":-1},{"x":-1},{"x":-1},{"x":-1}]}}]})"};
}

TEST_F(OpenAiProbe, RefusesSumsThatChange) {
  const auto refusal_after = [&](std::vector<Reply> replies) {
    OpenAiServer server;
    server.script(R"("prompt":"The capital of France is Paris")", std::move(replies));
    OpenAiEngine engine(clock);
    EXPECT_TRUE(engine.load(spec(server, {})));
    return refusal(engine.findings());
  };
  EXPECT_HAS(refusal_after({paris_with("-0.25"), paris_with("-3")}),
             "two sums of log-probabilities, -3.0000 and -0.2500");
  EXPECT_HAS(refusal_after({paris_with("-3")}), "-3.0000 alone and -0.2500 amid others");
}

TEST_F(OpenAiProbe, SeesWhetherCompanyChangesAnything) {
  OpenAiServer server;
  server.script(R"("prompt":"The capital of France is Paris")", {paris_with("-0.25000001")});
  OpenAiEngine engine(clock);
  ASSERT_TRUE(engine.load(spec(server, {})));
  EXPECT_FALSE(engine.findings().find("batch_invariant")->as_bool());
  EXPECT_NEAR(engine.findings().find("batch_difference")->as_double(), 1e-8, 1e-12);
  EXPECT_EQ(scoring(engine.findings()), "echo_of_text");
  EXPECT_TRUE(findings({.echo = false}).find("batch_invariant")->as_bool());
  EXPECT_TRUE(findings({.completions = false}).find("batch_invariant")->is_null());
  EXPECT_TRUE(findings({}, {{"connections", "1"}}).find("batch_invariant")->is_null());
}

// A later probe that happens to agree changes nothing.
TEST_F(OpenAiProbe, KeepsWhatWasRefusedWhenTheModelWasAdded) {
  std::map<std::string, std::string> options;
  pin_refusals(findings({.chat = false, .at_chance = true}), options);
  ASSERT_EQ(options.size(), 2u);
  EXPECT_HAS(options.at("refused_chat"), "/chat/completions: the server answered with status 404");
  EXPECT_HAS(options.at("refused_likelihood"), "unlike texts have the same");
  const OpenAiServer server;
  const Response refused = answer(server, likelihood("Where is", " Paris"), options);
  EXPECT_EQ(refused.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(refused.error, "unlike texts have the same");
  EXPECT_HAS(refused.error, "gwageo model correct");
  Request chat;
  chat.kind = RequestKind::chat;
  chat.messages = {{"user", "Hello"}};
  EXPECT_EQ(answer(server, chat, options).outcome, Outcome::refused_by_engine);
  for (const auto& [key, why] : options) EXPECT_TRUE(is_access_option(key)) << key;
  // What stands there already stays.
  const std::map<std::string, std::string> before = options;
  pin_refusals(findings({}, options), options);
  EXPECT_EQ(options, before);
}

TEST_F(OpenAiProbe, KnowsHowToAskForChosenTokens) {
  const auto way = [&](Habits habits) {
    return findings(std::move(habits)).find("chosen_tokens")->as_string();
  };
  EXPECT_EQ(way({.tokenize = true, .token_ids = true}), "none");
  EXPECT_EQ(way({.tokenize = true, .token_ids = true, .chosen_tokens = true}), "logprob_token_ids");
  EXPECT_EQ(way({.tokenize = true, .native = true, .chosen_tokens = true}), "token_ids_logprob");
  EXPECT_EQ(way({.native = true, .chosen_tokens = true}), "none");
}

TEST_F(OpenAiProbe, KnowsServersOfOneRoute) {
  const Json chat_only = findings({.completions = false});
  EXPECT_HAS(refusal(chat_only), "/completions: the server answered with status 404: not found");
  EXPECT_FALSE(chat_only.find("completions")->as_bool());
  const Json no_chat = findings({.chat = false});
  EXPECT_HAS(no_chat.find("refused")->find("chat")->as_string(), "/chat/completions");
  EXPECT_HAS(load_error({.completions = false, .chat = false}), "/chat/completions: the server");
}

TEST_F(OpenAiProbe, RefusesToLoadWhatIsNotThere) {
  EXPECT_HAS(load_error({}, {{"model", "other"}}), "serves no model \"other\"; it serves: words");
  OpenAiServer server;
  server.script("", std::vector<Reply>(20, {401, R"({"error":"no key"})"}));
  OpenAiEngine engine(clock);
  const Status refused = engine.load(spec(server, {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::not_allowed);
  EXPECT_HAS(refused.error().message, "token_file");
  server.stop();
  OpenAiEngine second(clock);
  const Status unreachable = second.load(spec(server, {}));
  ASSERT_FALSE(unreachable);
  EXPECT_EQ(unreachable.error().kind, ErrorKind::unavailable);
  EXPECT_HAS(unreachable.error().message, server.url());
}

// Away at the exchange of that number; `found` is what the probe makes of it.
struct Absence {
  HttpAnswer answer;
  std::size_t at = 0;
  bool was_met = false;
  std::optional<ErrorKind> found = {};
  std::size_t rounds = 0;  // In which the probe asked.
};

void probe(const OpenAiServer& server, const Clock& clock, Absence& absence) {
  HttpClient http(clock, {});
  std::size_t asked = 0;
  const AskServer ask = [&](const std::vector<ServerRequest>& requests) {
    ++absence.rounds;
    std::vector<HttpAnswer> all;
    for (const ServerRequest& each : requests) {
      http.start({0, each.url, each.body, seconds(5)});
      std::vector<HttpAnswer> answers = http.step();
      for (; answers.empty(); answers = http.step()) http.wait(milliseconds(10));
      const bool is_met = asked++ == absence.at;
      absence.was_met = absence.was_met || is_met;
      all.push_back(is_met ? absence.answer : answers.front());
    }
    return all;
  };
  OpenAiOptions options;
  options.url = server.url();
  options.root = server.url().substr(0, server.url().size() - 3);
  options.model = "words";
  const Result<OpenAiCapabilities> result = probe_server(options, ask);
  if (!result) absence.found = result.error().kind;
}

TEST_F(OpenAiProbe, TakesAServerThatIsAwayForNoServerThatLacksSomething) {
  const OpenAiServer server(Habits{.tokenize = true, .token_ids = true});
  for (const HttpEnd end : {HttpEnd::not_reached, HttpEnd::timed_out}) {
    Absence absence;
    absence.answer.end = end;
    for (;; ++absence.at) {
      absence.was_met = false;
      probe(server, clock, absence);
      if (!absence.was_met) break;
      EXPECT_EQ(absence.found, ErrorKind::unavailable) << absence.at;
      absence.found.reset();
    }
    EXPECT_GT(absence.at, 10U);
    EXPECT_FALSE(absence.found);
  }
}

// A distant server keeps a worker waiting for each.
TEST_F(OpenAiProbe, AsksInFewRounds) {
  const auto rounds = [&](const Habits& habits) {
    const OpenAiServer server(habits);
    Absence never;
    never.at = 1000;
    probe(server, clock, never);
    EXPECT_FALSE(never.found);
    return never.rounds;
  };
  EXPECT_EQ(rounds({.echo = false}), 4u);
  EXPECT_EQ(rounds({}), 5u);
  EXPECT_EQ(rounds({.tokenize = true, .token_ids = true}), 9u);
  EXPECT_EQ(rounds({.native = true}), 9u);
}

TEST_F(OpenAiProbe, TakesAServerThatIsBusyForNoServerThatLacksSomething) {
  for (const int status : {429, 502, 503, 504}) {
    for (const char* const part : {"stop", "20260717", "echo"}) {
      OpenAiServer server;
      server.script(part, {{status, R"({"error": "Loading model"})"}});
      OpenAiEngine engine(clock);
      const Status refused = engine.load(spec(server, {}));
      ASSERT_FALSE(refused) << status << " " << part;
      EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
      EXPECT_HAS(refused.error().message, "/completions: the server answered with status");
    }
  }
  // What is at a route of its own may be missing behind a gateway, which says so in its own way.
  OpenAiServer server;
  server.script("add_special_tokens", {{503, ""}});
  OpenAiEngine engine(clock);
  EXPECT_TRUE(engine.load(spec(server, {})));
}

// Time that passes by being looked at, so that no pause takes long.
class HastyClock final : public Clock {
 public:
  Duration monotonic() const override { return now_ = now_ + seconds(1); }
  WallTime wall() const override { return {}; }

 private:
  mutable Duration now_;
};

TEST_F(OpenAiProbe, WaitsForAServerAsAnItemDoes) {
  const HastyClock hasty;
  for (const char* const retries : {"3", "4"}) {
    OpenAiServer server;
    const Reply loading{503, R"({"error": "Loading model"})", {"Retry-After: 0"}};
    server.script(R"("prompt":"The capital of France is","max_tokens":8,"temperature":0.0})",
                  std::vector<Reply>(4, loading));
    OpenAiEngine engine(hasty);
    const bool is_loaded = engine.load(spec(server, {{"retries", retries}})).has_value();
    EXPECT_EQ(is_loaded, std::string(retries) == "4");
  }
}

TEST_F(OpenAiProbe, RefusesSenselessOptions) {
  const auto error = [&](std::map<std::string, std::string> options, std::string url) {
    options.emplace("model", "words");
    OpenAiEngine engine(clock);
    const Status loaded = engine.load({"m", {}, "openai", std::move(url), std::move(options)});
    return loaded ? std::string() : loaded.error().message;
  };
  const std::string url = "http://127.0.0.1:1/v1";
  EXPECT_HAS(error({}, ""), "URL");
  EXPECT_HAS(error({}, "ftp://x/v1"), "URL");
  EXPECT_HAS(error({}, "http://me:secret@x/v1"), "token_file");
  EXPECT_EQ(error({}, "http://me:secret@x/v1").find("secret"), std::string::npos);
  EXPECT_HAS(error({}, "http://x/v1?a=b"), "no query");
  EXPECT_HAS(error({{"model", ""}}, url), "model=NAME");
  EXPECT_HAS(error({{"speed", "1"}}, url), "speed");
  EXPECT_HAS(error({{"connections", "0"}}, url), "connections=0");
  EXPECT_HAS(error({{"limit_field", "max"}}, url), "max_completion_tokens");
  EXPECT_HAS(error({{"ordering", "a|b"}}, url), "CONTEXT|MORE|LESS");
  EXPECT_HAS(error({{"extra", "[]"}}, url), "JSON object");
  EXPECT_HAS(error({{"extra", "{\"seed\": 1}"}}, url), "\"seed\" is set by the request");
  EXPECT_HAS(error({{"token_file", "/nowhere/token"}}, url), "/nowhere/token");
  EXPECT_HAS(error({{"token_environment", "NO_SUCH_VARIABLE"}}, url), "NO_SUCH_VARIABLE");
  EXPECT_HAS(error({{"token_file", "a"}, {"token_environment", "B"}}, url), "exclude");
}

// ---- scores over the wire ----

TEST_F(OpenAiProbe, ScoresByTextAndByTokens) {
  const double two =
      testing::word_log_probability(" very") + testing::word_log_probability(" Paris");
  const OpenAiServer by_text;
  const Response texts = answer(by_text, likelihood("It is ", "very Paris"));
  EXPECT_EQ(texts.outcome, Outcome::answered) << texts.error;
  EXPECT_DOUBLE_EQ(texts.log_probability, two);
  EXPECT_EQ(texts.tokens, 2u);
  EXPECT_FALSE(texts.greedy);
  const Response greedy = answer(by_text, likelihood("It is", " Paris"));
  EXPECT_TRUE(greedy.greedy);
  const OpenAiServer with_beginning(Habits{.begins_with_token = true});
  const Response same = answer(with_beginning, likelihood("It is", " very Paris"));
  EXPECT_DOUBLE_EQ(same.log_probability, two) << same.error;
  const double by_ids = testing::id_log_probability(testing::id_of(" very")) +
                        testing::id_log_probability(testing::id_of(" Paris"));
  for (const Habits& habits : {Habits{.tokenize = true, .token_ids = true},
                               Habits{.echo = false, .tokenize = true, .prompt_logprobs = true},
                               Habits{.echo = false, .tokenize = true, .native = true},
                               Habits{.echo = false, .native = true}}) {
    const OpenAiServer server(habits);
    const Response ids = answer(server, likelihood("It is ", "very Paris"));
    EXPECT_EQ(ids.outcome, Outcome::answered) << ids.error;
    EXPECT_DOUBLE_EQ(ids.log_probability, by_ids);
    EXPECT_EQ(ids.tokens, 2u);
    EXPECT_TRUE(answer(server, likelihood("It is", " Paris")).greedy);
  }
}

TEST_F(OpenAiProbe, RollsOverWindows) {
  std::string text;
  double sum = 0;
  for (int i = 0; i < 20; ++i) {
    const std::string word = " w" + std::to_string(i);
    text += word;
    sum += testing::id_log_probability(testing::id_of(word));
  }
  for (const Habits& habits : {Habits{.tokenize = true, .token_ids = true, .window = 8},
                               Habits{.native = true, .window = 8}}) {
    const OpenAiServer rolling(habits);
    const Response rolled = answer(rolling, likelihood("", text));
    EXPECT_EQ(rolled.outcome, Outcome::answered) << rolled.error;
    EXPECT_NEAR(rolled.log_probability, sum, 1e-9);
    EXPECT_EQ(rolled.tokens, 20u);
  }
  const OpenAiServer server(Habits{.tokenize = true, .token_ids = true, .window = 8});
  // A prompt is at most 7 tokens long: each window has one token of context and six that count.
  const Response longer = answer(server, likelihood("a b c d e f", " g h"));
  EXPECT_EQ(longer.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(longer.error, "have 8 tokens");
}

TEST_F(OpenAiProbe, AnEmptyContextNeedsAPrefix) {
  const OpenAiServer server;
  const Response refused = answer(server, likelihood("", "Paris is"));
  EXPECT_EQ(refused.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(refused.error, "option prefix");
  const Response given = answer(server, likelihood("", " Paris is"), {{"prefix", "<s>"}});
  EXPECT_EQ(given.tokens, 2u) << given.error;
  const OpenAiServer scores_first(Habits{.first_null = false});
  EXPECT_EQ(answer(scores_first, likelihood("", "Paris is")).tokens, 2u);
}

}  // namespace
}  // namespace gwageo
