#include "worker/tokenizer_json.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/folders.h"
#include "tests/worker/tiny_tokenizer.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

using testing::tiny_tokenizer;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

std::string refusal_of_tokenizer(const Json& tokenizer) {
  const auto parts = parse_tokenizer_json(tokenizer, "tokenizer.json");
  return parts ? "accepted" : parts.error().message;
}

std::string tokenizer_with(const std::string& key, const std::string& json) {
  Json tokenizer = tiny_tokenizer();
  tokenizer[key] = Json::parse(json).value();
  return refusal_of_tokenizer(tokenizer);
}

std::string with_model(const std::string& key, const std::string& json) {
  Json tokenizer = tiny_tokenizer();
  tokenizer["model"][key] = Json::parse(json).value();
  return refusal_of_tokenizer(tokenizer);
}

TEST(TokenizerJson, RefusesByNameWhatItDoesNotKnow) {
  EXPECT_EQ(refusal_of_tokenizer(tiny_tokenizer()), "accepted");
  EXPECT_HAS(tokenizer_with("normalizer", R"({"type": "NFC"})"),
             "tokenizer.json: normalizer.type is NFC, which the builtin engine does not support");
  EXPECT_HAS(tokenizer_with("normalizer",
                            R"({"type": "Sequence", "normalizers": [{"type": "Lowercase"}]})"),
             "normalizer[0].type is Lowercase");
  EXPECT_HAS(tokenizer_with("pre_tokenizer", R"({"type": "Whitespace"})"),
             "pre_tokenizer.type is Whitespace");
  EXPECT_HAS(tokenizer_with("post_processor", R"({"type": "BertProcessing"})"),
             "post_processor.type is Bert");
  EXPECT_HAS(tokenizer_with("post_processor", R"({"type": "TemplateProcessing", "single": [
               {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "</s>"}}]})"),
             "post_processor[1] is a token after the text");
  EXPECT_HAS(tokenizer_with("decoder", R"({"type": "WordPiece"})"), "decoder.type is WordPiece");
  EXPECT_HAS(tokenizer_with("pre_tokenizer", R"({"type": "Split", "pattern": {"Regex": "a"},
               "behavior": "MergedWithNext"})"),
             "pre_tokenizer.behavior is MergedWithNext");
  EXPECT_HAS(with_model("type", "\"Unigram\""), "model.type is \"Unigram\"");
  EXPECT_HAS(with_model("dropout", "0.1"), "model.dropout is 0.1");
  EXPECT_HAS(with_model("end_of_word_suffix", "\"</w>\""), "model.end_of_word_suffix");
  EXPECT_HAS(tokenizer_with("added_tokens", R"([{"id": 1, "content": "x", "single_word": true}])"),
             "added_tokens[0].single_word is true");
}

TEST(TokenizerJson, SaysWhereSomethingIsWrong) {
  EXPECT_HAS(refusal_of_tokenizer(Json::array()), "not a JSON object");
  EXPECT_HAS(tokenizer_with("model", "null"), "model.type is missing");
  EXPECT_HAS(tokenizer_with("pre_tokenizer", R"({"type": "Split", "pattern": {"Regex": "(a"},
               "behavior": "Isolated"})"),
             "pre_tokenizer.pattern regex: ");
  EXPECT_HAS(tokenizer_with("normalizer", R"({"type": "Replace", "pattern": {"String": ""}})"),
             "normalizer.pattern must be {\"String\": a text}");
  EXPECT_HAS(tokenizer_with("pre_tokenizer", R"({"type": "Metaspace", "replacement": ""})"),
             "pre_tokenizer.replacement must not be empty");
  EXPECT_HAS(tokenizer_with("added_tokens", R"([{"id": -1, "content": "x"}])"),
             "added_tokens[0].id must be");
  EXPECT_HAS(tokenizer_with("added_tokens", R"([{"id": 1, "content": ""}])"),
             "added_tokens[0].content");
  EXPECT_HAS(with_model("vocab", R"({"a": 16777216})"), "model.vocab \"a\" must be a token");
  EXPECT_HAS(with_model("merges", R"(["a b", "a q"])"), "model.merges[1] names or makes a text");
  EXPECT_HAS(with_model("merges", R"(["a b c"])"), "model.merges[0] must be two texts");
  EXPECT_HAS(with_model("unk_token", "\"<none>\""), "model.unk_token is not in model.vocab");
}

// The tokens that Hugging Face's own tokenizers give these texts.
TEST(TokenizerJson, DividesTextOnBytesAsTheFieldDoes) {
  const auto shared = folders::shared_if_there();
  if (!shared) GTEST_SKIP() << "no shared folder with models/olmo-tokenizer";
  const auto text = read_small_file(*shared / "models/olmo-tokenizer/tokenizer.json", 1 << 24);
  if (!text) GTEST_SKIP() << text.error().message;
  auto parts = parse_tokenizer_json(Json::parse(*text).value(), "tokenizer.json");
  ASSERT_TRUE(parts) << parts.error().message;
  const TextVocabulary vocabulary(std::move(*parts));
  const std::vector<std::pair<std::string, std::vector<Token>>> expected = {
      {"Hello world", {15496, 995}},
      {"I'll be there in 2024, won't you?\n\n  Yes",
       {40, 1183, 307, 612, 287, 48609, 11, 1839, 470, 345, 30, 628, 220, 3363}},
      {"국립중앙박물관", {166, 113, 255, 167, 99,  121, 168,   97,  239, 168,
                          243, 247, 167, 108, 243, 167, 45539, 166, 112, 222}},
      {"a<|endoftext|> b", {64, 50256, 275}},
  };
  for (const auto& [written, tokens] : expected) {
    EXPECT_EQ(vocabulary.encode_alone(written).value(), tokens) << written;
    std::string back;
    for (const Token token : tokens) vocabulary.decode(token, back);
    const std::size_t special = written.find("<|endoftext|>");
    EXPECT_EQ(back, special == std::string::npos ? written : "a b");
  }
}

// A few thousand damaged files: each is refused or divides a text, and nothing else happens.
TEST(TokenizerJson, SurvivesDamagedFiles) {
  const std::string whole = tiny_tokenizer().dump();
  const std::string bytewise =
      R"({"model": {"type": "BPE", "vocab": {"Ġ": 0, "a": 1, "Ġa": 2, "b": 3}, "merges": ["Ġ a"]},)"
      R"("pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern":)"
      R"({"Regex": "\\p{N}{1,3}|\\s+(?!\\S)|[a-z]+| "}, "behavior": "Isolated", "invert": false},)"
      R"({"type": "Digits", "individual_digits": true},)"
      R"({"type": "ByteLevel", "add_prefix_space": true, "use_regex": true}]},)"
      R"("decoder": {"type": "ByteLevel"}, "post_processor": {"type": "ByteLevel"}})";
  std::mt19937 bits(11);
  int accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string damaged = round % 2 == 0 ? whole : bytewise;
    for (auto i = bits() % 3; i < 3; ++i) {
      const std::size_t at = bits() % damaged.size();
      switch (bits() % 4) {
        case 0: damaged[at] = static_cast<char>(bits()); break;
        case 1: damaged.erase(at, bits() % 8); break;
        case 2: damaged.insert(at, damaged.substr(bits() % damaged.size(), bits() % 40)); break;
        default: damaged[at] = "{}[]\",:019"[bits() % 10];
      }
    }
    const auto json = Json::parse(damaged);
    if (!json) continue;
    auto parts = parse_tokenizer_json(*json, "damaged.json");
    if (!parts) {
      EXPECT_HAS(parts.error().message, "damaged.json: ");
      continue;
    }
    ++accepted;
    const TextVocabulary vocabulary(std::move(*parts));
    if (const auto tokens = vocabulary.encode("a ab  abc<s> 123 가\xff")) {
      std::string text;
      for (const Token token : *tokens) vocabulary.decode(token, text);
    }
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace gwageo
