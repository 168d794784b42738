#include "worker/text_vocabulary.h"

#include <gtest/gtest.h>

#include "tests/worker/tiny_tokenizer.h"
#include "worker/tokenizer_json.h"
#include "worker/utf8_text.h"

namespace gwageo {
namespace {

namespace tiny = testing::tiny;
using testing::tiny_tokenizer;
using Tokens = std::vector<Token>;

VocabularyParts tiny_parts(bool pretokenizes = false) {
  VocabularyParts parts =
      parse_tokenizer_json(tiny_tokenizer(pretokenizes), "tokenizer.json").value();
  parts.begin_of_text = tiny::begin;
  parts.end_of_text = {tiny::end};
  return parts;
}

Tokens alone(const Vocabulary& vocabulary, std::string_view text) {
  return vocabulary.encode_alone(text).value();
}

TEST(MergeTable, JoinsTheLowestRankAndTheLeftmostFirst) {
  const MergeTable table({{1, 2, 1, 12}, {2, 3, 0, 23}, {1, 1, 2, 11}, {12, 3, 3, 123}});
  EXPECT_EQ(table.join(Tokens{1, 2, 3}), (Tokens{1, 23}));
  EXPECT_EQ(table.join(Tokens{1, 2, 2, 3}), (Tokens{12, 23}));
  EXPECT_EQ(table.join(Tokens{1, 1, 1}), (Tokens{11, 1}));
  EXPECT_EQ(table.join(Tokens{1, 1, 1, 1}), (Tokens{11, 11}));
  EXPECT_EQ(table.join(Tokens{}), Tokens{});
  EXPECT_EQ(table.join(Tokens{9}), Tokens{9});
}

TEST(MergeTable, ScoresDecideAsSentencePieceDoes) {
  const TokenTexts texts = {{"a", 0}, {"b", 1}, {"c", 2}, {"ab", 3}, {"bc", 4}, {"abc", 5}};
  const std::vector<float> better_left = {0, 0, 0, -1, -2, -3};
  const std::vector<float> better_right = {0, 0, 0, -2, -1, -3};
  const std::vector<float> equal = {0, 0, 0, -1, -1, -3};
  EXPECT_EQ(MergeTable(merges_of_scores(texts, better_left)).join(Tokens{0, 1, 2, 1, 2}),
            (Tokens{5, 4}));
  EXPECT_EQ(MergeTable(merges_of_scores(texts, better_right)).join(Tokens{0, 1, 1, 2}),
            (Tokens{3, 4}));
  // "aabc": both "ab" and "bc" are possible and as good; the leftmost wins.
  EXPECT_EQ(MergeTable(merges_of_scores(texts, equal)).join(Tokens{0, 0, 1, 2}), (Tokens{0, 5}));
}

TEST(TextVocabulary, MarksSpacesAndFallsBackToBytes) {
  const TextVocabulary vocabulary(tiny_parts());
  EXPECT_EQ(alone(vocabulary, "abc"), Tokens{tiny::space_abc});
  EXPECT_EQ(alone(vocabulary, "ab ab"), (Tokens{tiny::space_ab, tiny::space_ab}));
  EXPECT_EQ(alone(vocabulary, " a"), (Tokens{tiny::space, tiny::space_a}));
  EXPECT_EQ(alone(vocabulary, "가"), (Tokens{tiny::space, tiny::ga}));
  EXPECT_EQ(alone(vocabulary, "é"),
            (Tokens{tiny::space, tiny::byte_0 + 0xc3, tiny::byte_0 + 0xa9}));
  EXPECT_EQ(alone(vocabulary, "\xff"), (Tokens{tiny::space, tiny::byte_0 + 0xff})) << "no UTF-8";
  EXPECT_EQ(alone(vocabulary, ""), Tokens{});
  EXPECT_EQ(vocabulary.encode("").value(), Tokens{tiny::begin});
  EXPECT_EQ(vocabulary.encode("a").value(), (Tokens{tiny::begin, tiny::space_a}));
}

TEST(TextVocabulary, CutsOutAddedTokens) {
  const TextVocabulary normalized(tiny_parts());
  EXPECT_EQ(alone(normalized, "a</s>a"), (Tokens{tiny::space_a, tiny::end, tiny::space_a}));
  EXPECT_EQ(normalized.encode("<s>a").value(), (Tokens{tiny::begin, tiny::space_a}))
      << "no second one";
  // Newer files put the space before the request's first word only.
  const TextVocabulary first_only(tiny_parts(true));
  EXPECT_EQ(alone(first_only, "a</s>a"), (Tokens{tiny::space_a, tiny::end, tiny::a}));
  EXPECT_EQ(alone(first_only, " a"), Tokens{tiny::space_a});
  VocabularyParts parts = tiny_parts(true);
  parts.added.push_back({"<s><s>", 300, true, true, true});
  const TextVocabulary longest(std::move(parts));
  EXPECT_EQ(alone(longest, "a <s><s>\n a<s>"), (Tokens{tiny::space_a, 300, tiny::a, tiny::begin}));
}

TEST(TextVocabulary, UnknownCharactersJoinOrGo) {
  VocabularyParts parts = tiny_parts();
  parts.byte_fallback = false;
  EXPECT_EQ(alone(TextVocabulary(parts), "éüx"), (Tokens{tiny::space, 0, tiny::x}));
  parts.joins_unknown = false;
  EXPECT_EQ(alone(TextVocabulary(parts), "éüx"), (Tokens{tiny::space, 0, 0, tiny::x}));
  parts.unknown.reset();
  EXPECT_EQ(alone(TextVocabulary(parts), "éüx"), (Tokens{tiny::space, tiny::x}));
}

TEST(TextVocabulary, SaysEachTokenByItself) {
  VocabularyParts parts = tiny_parts();
  parts.added.push_back({"<note>", 280, false, false, false});
  const TextVocabulary vocabulary(std::move(parts));
  std::string text;
  for (const Token token :
       {tiny::begin, tiny::space_ab, Token{280}, tiny::byte_0 + 0xea, tiny::byte_0 + 0xb0,
        tiny::byte_0 + 0x80, tiny::ga, tiny::end, Token{100'000}}) {
    vocabulary.decode(token, text);
  }
  EXPECT_EQ(text, " ab<note>가가");
  EXPECT_TRUE(vocabulary.is_end_of_text(tiny::end));
  EXPECT_FALSE(vocabulary.is_end_of_text(tiny::begin));
}

TEST(TextVocabulary, DividesContextAndContinuationAsTheHarnessDoes) {
  const TextVocabulary vocabulary(tiny_parts());
  const auto pair = [&](std::string_view context, std::string_view continuation) {
    return vocabulary.encode_pair(context, continuation).value();
  };
  const auto expect = [&](const TokenPair& got, const Tokens& context, const Tokens& continuation) {
    EXPECT_EQ(got.context, context);
    EXPECT_EQ(got.continuation, continuation);
  };
  expect(pair("ab", " abc"), {tiny::begin, tiny::space_ab}, {tiny::space_abc});
  expect(pair("ab ", "abc"), {tiny::begin, tiny::space_ab}, {tiny::space_abc});
  expect(pair("ab\n\t ", "x"), {tiny::begin, tiny::space_ab},
         {tiny::byte_0 + '\n', tiny::byte_0 + '\t', tiny::space, tiny::x});
  // A token that spans the border counts as the context's.
  expect(pair("ab", "c"), {tiny::begin, tiny::space_ab}, {});
  expect(pair("", "ab"), {tiny::begin}, {tiny::space_ab});
  expect(pair("", "<s>ab"), {tiny::begin}, {tiny::space_ab});
  expect(pair("  ", "x"), {tiny::begin}, {tiny::space, tiny::space, tiny::space, tiny::x});
  VocabularyParts bare = tiny_parts();
  bare.prefix.clear();
  EXPECT_EQ(TextVocabulary(bare).encode_pair(" ", "x").value().context, Tokens{tiny::begin});
}

TEST(TextSteps, CutsAtPatternsAndWritesBytes) {
  const auto gpt2 = std::make_shared<const Regex>(Regex::compile_unicode(gpt2_pattern).value());
  EXPECT_EQ(cut("I'll go  on", {SplitStep{gpt2}}, true).value(),
            (std::vector<std::string>{"I", "'ll", " go", " ", " on"}));
  EXPECT_EQ(cut("a b", {SplitStep{gpt2, true}, BytesStep{}}, true).value(),
            (std::vector<std::string>{"a", "Ġb"}));
  EXPECT_EQ(cut("a", {PutSpaceStep{}, BytesStep{}}, true).value(), std::vector<std::string>{"Ġa"});
  using Prepend = MarkSpacesStep::Prepend;
  EXPECT_EQ(cut("a  b", {MarkSpacesStep{"▁", Prepend::always, true}}, false).value(),
            (std::vector<std::string>{"▁a", "▁", "▁b"}));
  EXPECT_EQ(cut("a b", {MarkSpacesStep{"▁", Prepend::first, false}}, false).value(),
            std::vector<std::string>{"a▁b"});
  EXPECT_FALSE(cut("\xff", {SplitStep{gpt2}}, true)) << "a pattern needs UTF-8";
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto raw = static_cast<std::uint8_t>(byte);
    EXPECT_EQ(bytes_of_characters(byte_character(raw)), std::string(1, static_cast<char>(raw)));
  }
  EXPECT_EQ(byte_character('\n'), "Ċ");
}

TEST(Utf8Text, FindsSpaceAndCharacters) {
  EXPECT_EQ(trailing_space("a\u3000\n "), 5u);
  EXPECT_EQ(trailing_space("a"), 0u);
  EXPECT_EQ(leading_space("\u00a0\x1f"
                          "a "),
            3u);
  EXPECT_EQ(leading_space(" \t"), 2u);
  EXPECT_EQ(character_bytes("가x"), 3u);
  EXPECT_EQ(character_bytes("\xea\xb0"), 1u);
  EXPECT_EQ(character_bytes("\xf0\x9f\x98\x80"), 4u);
}

}  // namespace
}  // namespace gwageo
