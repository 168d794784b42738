// A tokenizer.json small enough to work out by hand: SentencePiece's spaces and bytes.
#pragma once

#include <string>

#include "protocol/json.h"
#include "worker/text_vocabulary.h"

namespace gwageo::testing {

/// Tokens 0 <unk>, 1 <s>, 2 </s>, 3 to 258 the bytes, then a few texts. `pretokenizes` says whether
/// spaces are marked by a pre-tokenizer, as newer files do, or by a normalizer.
inline Json tiny_tokenizer(bool pretokenizes = false) {
  Json vocab = Json::object();
  int next = 0;
  const auto add = [&](const std::string& text) { vocab[text] = next++; };
  for (const char* text : {"<unk>", "<s>", "</s>"}) add(text);
  for (unsigned byte = 0; byte < 256; ++byte) {
    add(byte_token_text(static_cast<std::uint8_t>(byte)));
  }
  for (const char* text : {"▁", "a", "b", "c", "ab", "bc", "▁a", "▁ab", "abc", "가", "▁abc", "x"}) {
    add(text);
  }
  Json merges = Json::array();
  for (const char* merge : {"a b", "b c", "▁ a", "▁ ab", "ab c"}) merges.push_back(merge);
  Json last;
  last.push_back("▁ab");
  last.push_back("c");
  merges.push_back(last);
  std::string text = R"({"added_tokens": [
      {"id": 1, "content": "<s>", "special": true, "normalized": false},
      {"id": 2, "content": "</s>", "special": true, "normalized": false}],
    "normalizer": {"type": "Sequence", "normalizers": [
      {"type": "Prepend", "prepend": "▁"},
      {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
    "pre_tokenizer": null,
    "post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
      "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
    "decoder": {"type": "Sequence", "decoders": [
      {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
      {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "start": 1}]}})";
  Json tokenizer = Json::parse(text).value();
  if (pretokenizes) {
    tokenizer["normalizer"] = nullptr;
    Json& step = tokenizer["pre_tokenizer"];
    step["type"] = "Metaspace";
    step["replacement"] = "▁";
    step["prepend_scheme"] = "first";
    step["split"] = false;
  }
  Json& model = tokenizer["model"];
  model["type"] = "BPE";
  model["unk_token"] = "<unk>";
  model["fuse_unk"] = true;
  model["byte_fallback"] = true;
  model["vocab"] = vocab;
  model["merges"] = merges;
  return tokenizer;
}

/// Tokens of `tiny_tokenizer`.
namespace tiny {
inline constexpr Token begin = 1, end = 2, byte_0 = 3, space = 259, a = 260, b = 261, c = 262,
                       ab = 263, bc = 264, space_a = 265, space_ab = 266, abc = 267, ga = 268,
                       space_abc = 269, x = 270;
inline constexpr std::size_t size = 271;
}  // namespace tiny

}  // namespace gwageo::testing
