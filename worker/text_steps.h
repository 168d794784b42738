// What a tokenizer does to a text before byte pairs grow: rewriting it, then cutting it into words.
//
// Both are lists of small steps, named as Hugging Face's tokenizer.json names them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/regex.h"
#include "protocol/result.h"

namespace gwageo {

/// Puts `text` before a text that is not empty.
struct PrependStep {
  std::string text;
};
/// Replaces every `from`, which is not empty.
struct ReplaceStep {
  std::string from;
  std::string to;
};
using RewriteStep = std::variant<PrependStep, ReplaceStep>;

/// Cuts at the matches of a pattern; what lies between them are words too, unless `only_matches`.
struct SplitStep {
  std::shared_ptr<const Regex> pattern;  // Shared because a list of steps is a value.
  bool only_matches = false;
};
/// Writes `mark` for each space, puts one before the first word of a text, and cuts before each.
struct MarkSpacesStep {
  enum class Prepend { never, first, always };  ///< first: before the text that begins a request.
  std::string mark;
  Prepend prepend = Prepend::always;
  bool cuts = true;
};
/// Puts a space before a word that begins with none.
struct PutSpaceStep {};
/// Writes each byte as the character that stands for it in a byte-level vocabulary.
struct BytesStep {};
using CutStep = std::variant<SplitStep, MarkSpacesStep, PutSpaceStep, BytesStep>;

/// Splits as GPT-2 does: contractions, letters, digits and others, each with the space before it.
extern const std::string_view gpt2_pattern;

std::string rewrite(std::string text, const std::vector<RewriteStep>& steps);

/// The words of a text; `begins` says whether it begins the request. bad_input where a pattern
/// cannot be applied: the text is no UTF-8, or takes too many steps.
Result<std::vector<std::string>> cut(std::string text, const std::vector<CutStep>& steps,
                                     bool begins);

/// The character that stands for a byte in a byte-level vocabulary, in UTF-8: itself where Latin-1
/// has a visible one, else the next one from U+0100 on. Source: the encoder of GPT-2.
std::string byte_character(std::uint8_t byte);
/// The bytes that a text of such characters stands for; characters that stand for none are kept.
std::string bytes_of_characters(std::string_view text);

}  // namespace gwageo
