#include "worker/builtin_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "protocol/digest.h"
#include "protocol/json.h"
#include "tests/folders.h"
#include "tests/worker/tiny_model.h"
#include "tests/worker/tiny_tokenizer.h"
#include "tests/worker/wrong_device.h"
#include "worker/byte_vocabulary.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

using testing::TemporaryFolder;
using testing::TinyModel;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

ModelSpec spec_of(const std::filesystem::path& path) {
  return {"tiny", model_digest(path).value(), "builtin", path.string(), {}};
}

Request generation(std::string prompt, std::uint32_t tokens_max = 16) {
  Request request;
  request.prompt = std::move(prompt);
  request.tokens_max = tokens_max;
  return request;
}

Request likelihood(std::string prompt, std::string continuation) {
  Request request;
  request.kind = RequestKind::likelihood;
  request.prompt = std::move(prompt);
  request.continuation = std::move(continuation);
  return request;
}

Request rolling(std::string text) {
  Request request;
  request.kind = RequestKind::rolling;
  request.continuation = std::move(text);
  return request;
}

// Starts all requests, then steps until every one has completed.
std::vector<Response> run_all(Engine& engine, const std::vector<Request>& requests) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    engine.start({i + 1, "task", "item", 0, 0, requests[i]});
  }
  std::map<std::uint64_t, Response> done;
  while (done.size() < requests.size()) {
    engine.wait(seconds(60));
    for (Completion& each : engine.step()) {
      EXPECT_TRUE(done.emplace(each.token, std::move(each.response)).second) << "completed twice";
    }
  }
  std::vector<Response> responses;
  for (auto& [token, response] : done) responses.push_back(std::move(response));
  return responses;
}

// Fails when it is told to.
class FailingDevice final : public testing::WrongDevice {
 public:
  explicit FailingDevice(const bool& has_failed) : WrongDevice(""), has_failed_(has_failed) {}
  Status status() override {
    return has_failed_ ? Status(fail(ErrorKind::unavailable, "the bus fell off")) : Status();
  }

 private:
  const bool& has_failed_;
};

struct Builtin : ::testing::Test {
  Builtin() { tiny.write(folder); }
  std::unique_ptr<BuiltinEngine> engine(const std::map<std::string, std::string>& options = {},
                                        unsigned threads = 1) {
    auto made = std::make_unique<BuiltinEngine>(EngineRoom{threads});
    ModelSpec spec = spec_of(folder.path());
    spec.options = options;
    const Status loaded = made->load(spec);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return made;
  }
  Response ask(const Request& request) { return run_all(*engine(), {request}).front(); }

  TinyModel tiny;
  TemporaryFolder folder;
};

// Requests of every kind and length; many begin alike.
std::vector<Request> mixed_requests() {
  std::vector<Request> requests;
  std::mt19937 bits(5);
  const auto text = [&](std::size_t length) {
    std::string out;
    for (std::size_t i = 0; i < length; ++i) out.push_back(static_cast<char>(' ' + bits() % 90));
    return out;
  };
  const std::string shared = text(40);
  for (int i = 0; i < 12; ++i) {
    const std::string prompt = (i % 3 == 0 ? "" : shared) + text(bits() % 50);
    for (int choice = 0; choice < 3; ++choice) {
      requests.push_back(likelihood(prompt, text(1 + bits() % 20)));
    }
    requests.push_back(generation(prompt, 1 + static_cast<std::uint32_t>(bits() % 20)));
  }
  requests.push_back(likelihood("", "x"));
  requests.push_back(generation(""));
  for (const std::size_t length : {1, 127, 128, 129, 300, 600}) {
    requests.push_back(rolling(shared + text(length)));
  }
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    Request sampled = generation(shared, 30);
    sampled.temperature = seed % 2 == 0 ? 0.8 : 1.5;
    sampled.top_p = seed % 3 == 0 ? 1 : 0.9;
    sampled.seed = seed;
    requests.push_back(sampled);
  }
  return requests;
}

TEST_F(Builtin, AnswersDependOnTheRequestAlone) {
  const std::vector<Request> requests = mixed_requests();
  std::vector<Response> alone;
  for (const Request& each : requests) alone.push_back(ask(each));
  struct Setting {
    unsigned threads;
    const char* batch;
    const char* step_tokens;
    const char* shared_prefixes;
  };
  const std::vector<Setting> settings = {
      {1, "32", "512", "0"},  {1, "32", "512", "1"}, {1, "1", "512", "1"},  {1, "3", "7", "0"},
      {1, "5", "50", "1"},    {1, "32", "1", "1"},   {2, "32", "512", "1"}, {2, "7", "40", "0"},
      {3, "32", "100", "1"},  {3, "4", "16", "1"},   {4, "32", "512", "1"}, {4, "32", "33", "0"},
      {4, "100", "2000", "1"}};
  for (const Setting& setting : settings) {
    const auto many = engine({{"batch", setting.batch},
                              {"step_tokens", setting.step_tokens},
                              {"shared_prefixes", setting.shared_prefixes}},
                             setting.threads);
    for (const char* round : {"asked", "asked again"}) {
      const std::vector<Response> got = run_all(*many, requests);
      for (std::size_t i = 0; i < requests.size(); ++i) {
        // Bytes, so that not one bit of a probability may differ.
        ASSERT_EQ(encode(got[i]), encode(alone[i]))
            << "request " << i << " " << round << ", threads " << setting.threads << " batch "
            << setting.batch << " step_tokens " << setting.step_tokens << " shared_prefixes "
            << setting.shared_prefixes;
      }
    }
  }
}

TEST_F(Builtin, ProbabilitiesMultiplyAlongAText) {
  const Response whole = ask(likelihood("The sky ", "is blue"));
  const Response first = ask(likelihood("The sky ", "is "));
  const Response second = ask(likelihood("The sky is ", "blue"));
  EXPECT_EQ(whole.outcome, Outcome::answered);
  EXPECT_EQ(whole.tokens, 7u);
  EXPECT_DOUBLE_EQ(whole.log_probability, first.log_probability + second.log_probability);
  double total = 0;
  for (int byte = 0; byte < 256; ++byte) {
    total +=
        std::exp(ask(likelihood("ab", std::string(1, static_cast<char>(byte)))).log_probability);
  }
  EXPECT_LT(total, 1.0);
  EXPECT_GT(total, 0.9) << "the special tokens took the rest";
}

TEST_F(Builtin, ARollingLikelihoodBeginsWithTheBeginOfTextToken) {
  std::string text;
  for (int i = 0; i < 300; ++i) text.push_back(static_cast<char>('a' + i * 7 % 26));
  EXPECT_EQ(encode(ask(rolling("x"))), encode(ask(likelihood("", "x"))));
  const Response first = ask(rolling(text.substr(0, 128)));
  EXPECT_EQ(encode(first), encode(ask(likelihood("", text.substr(0, 128)))));
  const Response whole = ask(rolling(text));
  EXPECT_EQ(whole.outcome, Outcome::answered);
  EXPECT_EQ(whole.tokens, 300u);
  EXPECT_LT(whole.log_probability, first.log_probability);
  EXPECT_EQ(ask(rolling("")).outcome, Outcome::refused_by_engine);
}

TEST_F(Builtin, SamplesTheSameTextForTheSameSeed) {
  Request request = generation("Once upon", 40);
  request.temperature = 1.2;
  request.seed = 5;
  const std::string text = ask(request).text;
  EXPECT_EQ(ask(request).text, text);
  request.seed = 6;
  EXPECT_NE(ask(request).text, text);
  request.top_p = 1e-9;  // Only the most probable token is left.
  EXPECT_EQ(ask(request).text, ask(generation("Once upon", 40)).text);
}

TEST_F(Builtin, GreedyTextIsWhatLikelihoodCallsGreedy) {
  const Response text = ask(generation("Once upon", 8));
  ASSERT_EQ(text.outcome, Outcome::truncated);
  ASSERT_EQ(text.text.size(), 8u);
  EXPECT_TRUE(ask(likelihood("Once upon", text.text)).greedy);
  std::string other = text.text;
  other[5] = static_cast<char>(other[5] ^ 1);
  EXPECT_FALSE(ask(likelihood("Once upon", other)).greedy);
}

TEST_F(Builtin, StopsAtTheEarliestStopString) {
  const std::string full = ask(generation("Once upon", 12)).text;
  ASSERT_EQ(full.size(), 12u);
  Request request = generation("Once upon", 12);
  request.stop = {"never there", full.substr(6, 3), full.substr(4, 3), ""};
  const std::size_t earliest = std::min(full.find(request.stop[1]), full.find(request.stop[2]));
  const Response cut = ask(request);
  EXPECT_EQ(cut.outcome, Outcome::answered);
  EXPECT_EQ(cut.text, full.substr(0, earliest));
  EXPECT_LE(cut.tokens, 7u) << "nothing is computed beyond the stop string";
}

TEST_F(Builtin, RefusesWhatItCannotServe) {
  Request sampled = generation("a");
  sampled.temperature = -0.5;
  EXPECT_HAS(ask(sampled).error, "the temperature must be 0 or a positive number");
  sampled.temperature = 0.5;
  sampled.top_p = 0;
  EXPECT_HAS(ask(sampled).error, "top_p must be above 0 and at most 1");
  Request chat;
  chat.kind = RequestKind::chat;
  chat.messages = {{"user", "hello"}};
  EXPECT_EQ(ask(chat).outcome, Outcome::refused_by_engine);
  EXPECT_HAS(ask(chat).error, "knows no chat template");
  EXPECT_EQ(ask(likelihood("a", "")).outcome, Outcome::refused_by_engine);
  const Response none = ask(generation("a", 0));
  EXPECT_EQ(none.outcome, Outcome::truncated);
  EXPECT_EQ(none.text, "");
}

TEST_F(Builtin, KeepsTheLastOfALongContext) {
  const std::string letters(300, 'x');
  // window + 1 tokens are kept: 128 of the context and the continuation's one.
  const Response cut = ask(likelihood("start " + letters, "y"));
  EXPECT_EQ(encode(cut), encode(ask(likelihood(letters, "y"))));
  EXPECT_EQ(ask(likelihood("a", std::string(128, 'z'))).outcome, Outcome::answered);
  const Response long_one = ask(likelihood("a", std::string(129, 'z')));
  EXPECT_EQ(long_one.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(long_one.error, "129 tokens do not fit into a context of 128");
}

TEST_F(Builtin, KeepsTheLastOfALongPrompt) {
  const std::string letters(120, 'x');
  EXPECT_EQ(ask(generation("start " + letters, 8)).text, ask(generation(letters, 8)).text);
  EXPECT_EQ(ask(generation("start " + letters, 8)).tokens, 8u);
  // No room for tokens_max at all: the prompt is kept, and the text ends with the window.
  const Response filled = ask(generation(std::string(99, 'x'), 128));
  EXPECT_EQ(filled.outcome, Outcome::truncated);
  EXPECT_EQ(filled.tokens, 28u);
  EXPECT_EQ(ask(generation(std::string(126, 'x'), 1000)).tokens, 1u);
  EXPECT_EQ(ask(generation(std::string(127, 'x'), 1000)).outcome, Outcome::refused_by_engine);
}

TEST_F(Builtin, CancelsEverything) {
  const auto made = engine({{"batch", "2"}, {"step_tokens", "4"}});
  for (std::uint64_t i = 1; i <= 5; ++i) made->start({i, "t", "i", 0, 0, generation("hello", 50)});
  EXPECT_TRUE(made->step().empty());
  made->cancel_all();
  made->wait(seconds(60));
  const std::vector<Completion> cancelled = made->step();
  ASSERT_EQ(cancelled.size(), 5u);
  for (const Completion& each : cancelled) EXPECT_EQ(each.response.outcome, Outcome::cancelled);
  EXPECT_EQ(encode(run_all(*made, {generation("a")}).front()), encode(ask(generation("a"))));
}

TEST_F(Builtin, WakeEndsAWait) {
  const auto made = engine();
  made->wake();
  made->wait(seconds(3600));
  std::thread other([&] { made->wake(); });
  made->wait(seconds(3600));
  other.join();
}

std::string load_error(const ModelSpec& spec) {
  const Status loaded = BuiltinEngine().load(spec);
  return loaded ? "loaded" : loaded.error().message;
}

TEST_F(Builtin, VerifiesTheModelDigest) {
  ModelSpec spec = spec_of(folder.path());
  EXPECT_EQ(load_error(spec), "loaded");
  spec.digest.bytes[0] ^= 1;
  EXPECT_HAS(load_error(spec), to_hex(spec.digest));
  EXPECT_HAS(load_error(spec), folder.path().string());
}

TEST_F(Builtin, NamesWhatIsWrongWithAFolder) {
  const auto with = [&](const std::string& key, Json value) {
    Json config = tiny.config();
    config[key] = std::move(value);
    folder.write("config.json", config.dump());
    return load_error(spec_of(folder.path()));
  };
  EXPECT_HAS(with("gwageo_vocabulary", nullptr), "gwageo_vocabulary must be \"bytes\"");
  EXPECT_HAS(with("vocab_size", 258), "vocab_size must be at least 259");
  EXPECT_HAS(with("bos_token_id", 65), "bos_token_id must be a token from 256");
  EXPECT_HAS(with("eos_token_id", 261), "eos_token_id must be a token from 256 to 260");
  Json ends;
  ends.push_back(257);
  ends.push_back(258);
  EXPECT_EQ(with("eos_token_id", ends), "loaded");
  folder.write("config.json", "{\"a\": }");
  EXPECT_HAS(load_error(spec_of(folder.path())), "config.json: malformed JSON at line 1");
  std::filesystem::remove(folder.path() / "config.json");
  EXPECT_HAS(load_error(spec_of(folder.path())), "no config.json");
  ModelSpec spec = spec_of(folder.path());
  spec.options["batches"] = "3";
  EXPECT_HAS(load_error(spec), "unknown option \"batches\"; it takes batch");
  spec.options = {{"batch", "0"}};
  EXPECT_HAS(load_error(spec), "option batch=0 must be a whole number from 1");
}

TEST_F(Builtin, TakesItsVocabularyFromTokenizerJson) {
  namespace tiny_tokens = testing::tiny;
  Json config = tiny.config();
  std::erase_if(config.as_object(), [](const auto& m) { return m.first == "gwageo_vocabulary"; });
  config["bos_token_id"] = nullptr;
  config["eos_token_id"] = nullptr;
  const auto load = [&] {
    folder.write("config.json", config.dump());
    return load_error(spec_of(folder.path()));
  };
  EXPECT_HAS(load(), "no tokenizer.json, and config.json does not ask for the byte vocabulary");
  folder.write("tokenizer.json", testing::tiny_tokenizer().dump());
  EXPECT_HAS(load(), "config.json: eos_token_id is missing");
  folder.write("generation_config.json", "{\"eos_token_id\": [2, 3]}");
  EXPECT_HAS(load(), "tokenizer.json: \"ab\" is token 263, but the model has only 261 tokens");
  tiny.vocabulary = tiny_tokens::size;
  tiny.write(folder);
  config["vocab_size"] = tiny.vocabulary;
  EXPECT_EQ(load(), "loaded");
  EXPECT_EQ(ask(likelihood("a b", " abc")).tokens, 1u);
  EXPECT_EQ(ask(likelihood("a b ", "abc")).tokens, 1u) << "the space moves over";
  // What no token would be the continuation's is no answer.
  EXPECT_HAS(ask(likelihood("ab", "c")).error, "the continuation is empty");
  folder.write("tokenizer_config.json", "{\"bos_token\": \"<none>\"}");
  EXPECT_HAS(load(), "tokenizer_config.json: bos_token is \"<none>\", which is no token");
  folder.write("tokenizer_config.json",
               R"({"tokenizer_class": "LlamaTokenizer", "add_eos_token": true})");
  EXPECT_HAS(load(), "tokenizer_config.json: add_eos_token is true");
  folder.write("tokenizer.json", "{\"model\": ");
  EXPECT_HAS(load(), "tokenizer.json: malformed JSON at line 1");
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(Builtin, WeightsThatAreNotNumbersAreNotLoaded) {
  std::string bytes = bytes_of(folder.path() / "model.safetensors");
  bytes.replace(bytes.size() - 4, 4, "\xff\xff\xff\xff", 4);  // The last norm weight: a NaN.
  folder.write("model.safetensors", bytes);
  const std::string error = load_error(spec_of(folder.path()));
  EXPECT_HAS(error, "model.safetensors: tensor \"model.norm.weight\" at index [23] is no number");
}

TEST_F(Builtin, LogitsThatOverflowAreARefusal) {
  std::string bytes = bytes_of(folder.path() / "model.safetensors");
  const std::string_view largest("\xff\xff\x7f\x7f", 4);  // The last norm: the largest of floats.
  for (std::size_t i = 1; i <= tiny.hidden; ++i) bytes.replace(bytes.size() - 4 * i, 4, largest);
  folder.write("model.safetensors", bytes);
  const Response response = ask(generation("a"));
  EXPECT_EQ(response.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(response.error, "not finite");
  EXPECT_EQ(ask(likelihood("a", "b")).outcome, Outcome::refused_by_engine);
}

// Our own models against answers that another implementation computed (benchmarks/training).
TEST(BuiltinModels, AnswerAsExpected) {
  const std::filesystem::path models = folders::source() / "benchmarks/models";
  const auto text = read_small_file(models / "expected.json", 1 << 24);
  if (!text) GTEST_SKIP() << text.error().message;
  const Json expected = Json::parse(*text).value();
  double worst = 0;
  for (const auto& [name, tasks] : expected.find("models")->as_object()) {
    BuiltinEngine engine(EngineRoom{2});
    const Status loaded = engine.load(spec_of(models / name));
    ASSERT_TRUE(loaded) << loaded.error().message;
    for (const auto& [task, items] : tasks.as_object()) {
      for (const Json& item : items.as_array()) {
        const std::string& prompt = item.find("prompt")->as_string();
        const std::string place = name + " " + task + " " + item.find("item")->as_string();
        if (const Json* const wanted = item.find("text")) {
          const bool truncated = item.find("truncated")->as_bool();
          const std::size_t limit = truncated ? wanted->as_string().size() : 64;
          Request request = generation(prompt, static_cast<std::uint32_t>(limit));
          request.stop = {"\n"};
          const Response got = run_all(engine, {request}).front();
          EXPECT_EQ(got.text, wanted->as_string()) << place;
          EXPECT_EQ(got.outcome, truncated ? Outcome::truncated : Outcome::answered) << place;
          continue;
        }
        std::vector<Request> requests;
        for (const Json& each : item.find("continuations")->as_array()) {
          requests.push_back(likelihood(prompt, each.as_string()));
        }
        const std::vector<Response> got = run_all(engine, requests);
        for (std::size_t i = 0; i < got.size(); ++i) {
          const double wanted = item.find("log_probabilities")->as_array()[i].as_double();
          worst = std::max(worst, std::abs(got[i].log_probability - wanted));
          EXPECT_NEAR(got[i].log_probability, wanted, 1e-3) << place;
          EXPECT_EQ(got[i].greedy, item.find("greedy")->as_array()[i].as_bool()) << place;
        }
      }
    }
  }
  std::cout << "worst difference of a log-probability: " << worst << "\n";
}

TEST(ByteVocabulary, KeepsBytesAsTheyAre) {
  const auto made = make_byte_vocabulary(TinyModel{}.config(), "config.json");
  ASSERT_TRUE(made) << made.error().message;
  const Vocabulary& vocabulary = **made;
  const std::string text("\x00\x7f\x80\xff\n", 5);
  const std::vector<Token> tokens = vocabulary.encode_alone(text).value();
  EXPECT_EQ(tokens, (std::vector<Token>{0, 127, 128, 255, 10}));
  std::string back;
  for (const Token token : tokens) vocabulary.decode(token, back);
  vocabulary.decode(256, back);
  EXPECT_EQ(back, text);
  EXPECT_EQ(vocabulary.begin_of_text(), 256u);
  EXPECT_TRUE(vocabulary.is_end_of_text(257));
  EXPECT_FALSE(vocabulary.is_end_of_text(256));
}

TEST_F(Builtin, ADeviceThatFailsFailsItsCallsAndSaysWhy) {
  bool has_failed = false;
  BuiltinEngine engine({.make_device = [&](std::uint32_t slot) -> Result<SlotDevice> {
                          EXPECT_EQ(slot, 3u);
                          return SlotDevice{std::make_unique<FailingDevice>(has_failed), "GPU 3"};
                        },
                        .slot = 3});
  ASSERT_TRUE(engine.load(spec_of(folder.path())));
  EXPECT_EQ(engine.findings().dump(), R"({"device":"GPU 3"})");
  has_failed = true;
  for (std::uint64_t token = 1; token <= 3; ++token) {
    engine.start({token, "task", "item", 0, 0, generation("abc")});
  }
  const std::vector<Completion> done = engine.step();
  ASSERT_EQ(done.size(), 3u);
  for (const Completion& each : done) {
    EXPECT_EQ(each.response.outcome, Outcome::engine_failed);
    EXPECT_EQ(each.response.error, "the bus fell off");
    EXPECT_TRUE(each.unreachable);
  }
}

TEST_F(Builtin, ADeviceThatCannotBeMadeFailsTheLoad) {
  BuiltinEngine engine({.make_device = [](std::uint32_t) -> Result<SlotDevice> {
    return fail(ErrorKind::unavailable, "GPU 0 is gone");
  }});
  const Status loaded = engine.load(spec_of(folder.path()));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message, "GPU 0 is gone");
}

}  // namespace
}  // namespace gwageo
