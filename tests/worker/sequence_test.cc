// What a sequence feeds and what it makes of the judgements, without any model.
#include "worker/sequence.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "tests/worker/tiny_model.h"
#include "worker/byte_vocabulary.h"

namespace gwageo {
namespace {

using testing::TinyModel;

struct SequenceTest : ::testing::Test {
  std::unique_ptr<Vocabulary> vocabulary =
      make_byte_vocabulary(TinyModel{}.config(), "config.json").value();

  // Feeds everything ahead as one piece; `best` is what every judgement says.
  void feed(Sequence& sequence, std::uint32_t best, double log_probability = 0) {
    const Piece piece = sequence.piece(sequence.ahead().size());
    sequence.cache().positions += static_cast<std::uint32_t>(piece.tokens.size());
    sequence.absorb(std::vector<TokenJudgement>(piece.logits, {best, log_probability, true}));
  }
  static std::string text_of(std::span<const Token> tokens) {
    std::string text;
    for (const Token token : tokens) {
      text.push_back(token < 256 ? static_cast<char>(token) : token == 256 ? '^' : '?');
    }
    return text;
  }
};

TEST_F(SequenceTest, EndsAtTheEndToken) {
  Request request;
  request.prompt = "ab";
  request.tokens_max = 16;
  Sequence sequence(request, *vocabulary, 128);
  ASSERT_EQ(sequence.ahead().size(), 3u);
  EXPECT_EQ(sequence.unjudged_ahead(), 2u);
  EXPECT_EQ(sequence.targets(sequence.piece(3)), std::vector<std::uint32_t>{no_target});
  EXPECT_FALSE(sequence.next_draw());
  feed(sequence, 'x');
  feed(sequence, 258);  // Another special token: it has no bytes and ends nothing.
  feed(sequence, 'y');
  EXPECT_FALSE(sequence.finished());
  feed(sequence, 257);
  EXPECT_TRUE(sequence.finished());
  EXPECT_EQ(sequence.response().outcome, Outcome::answered);
  EXPECT_EQ(sequence.response().text, "xy");
  EXPECT_EQ(sequence.response().tokens, 4u);
}

TEST_F(SequenceTest, NumbersItsDraws) {
  Request request;
  request.prompt = "ab";
  request.temperature = 0.5;
  request.top_p = 0.75;
  request.seed = 9;
  Sequence sequence(request, *vocabulary, 128);
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto how = sequence.next_draw();
    ASSERT_TRUE(how);
    EXPECT_EQ(how->temperature, 0.5);
    EXPECT_EQ(how->top_p, 0.75);
    EXPECT_EQ(how->seed, 9u);
    EXPECT_EQ(how->index, i);
    feed(sequence, 'x');
  }
}

struct Window {
  std::string fed;
  std::string judged;
};

// Worked out by hand from lm-eval's rolling windows with one token of context, made disjoint.
TEST_F(SequenceTest, RollsOverDisjointWindows) {
  const std::map<std::string, std::vector<Window>> expected = {
      {"0", {{"^", "0"}}},
      {"0123", {{"^012", "0123"}}},
      {"01234", {{"^012", "0123"}, {"0123", "4"}}},
      {"01234567", {{"^012", "0123"}, {"3456", "4567"}}},
      {"0123456789", {{"^012", "0123"}, {"3456", "4567"}, {"5678", "89"}}},
  };
  for (const auto& [text, windows] : expected) {
    Request request;
    request.kind = RequestKind::rolling;
    request.continuation = text;
    Sequence sequence(request, *vocabulary, 4);
    for (const Window& window : windows) {
      ASSERT_FALSE(sequence.finished()) << text;
      EXPECT_EQ(sequence.cache().positions, 0u);
      const Piece piece = sequence.piece(sequence.ahead().size());
      EXPECT_EQ(text_of(piece.tokens), window.fed) << text;
      EXPECT_EQ(sequence.unjudged_ahead(), window.fed.size() - window.judged.size()) << text;
      EXPECT_EQ(text_of(sequence.targets(piece)), window.judged) << text;
      feed(sequence, 0, -0.5);
    }
    EXPECT_TRUE(sequence.finished()) << text;
    EXPECT_EQ(sequence.response().tokens, text.size());
    EXPECT_EQ(sequence.response().log_probability, -0.5 * static_cast<double>(text.size()));
    EXPECT_FALSE(sequence.response().greedy);
  }
}

}  // namespace
}  // namespace gwageo
