// Where the tokens of an echoed prompt lie in its text. Pure.
//
// Problem: servers give each token's text, and some its offset; but the texts of byte tokens are
// replacement characters, offsets may count those as characters (vLLM) or be -1 (SGLang), a
// beginning-of-text token may stand before the rest, and SentencePiece puts a space before a text.
// So nothing is taken on trust: every whole token has to match the prompt where it lies, tokens
// follow each other without a gap, and pieces of a character have to share its place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

inline const std::string logprobs_field = "choices[0].logprobs";
/// The name of an entry, for messages: "field[7]".
std::string place_in(const std::string& field, std::size_t index);

/// The lists of an answer that go side by side, borrowed from it.
struct TokenLists {
  const Json::Array* tokens = nullptr;  ///< May be missing where nothing is aligned.
  const Json::Array* numbers = nullptr;
  const Json::Array* tops = nullptr;
  const Json::Array* offsets = nullptr;  ///< May be missing.
};

/// A value. Tokens [first, end) are the prompt's.
struct Alignment {
  std::vector<std::size_t> begins;  ///< Of each token, in code points of the prompt.
  std::size_t first = 0;            ///< What stands before it begins the text.
  std::size_t end = 0;              ///< What follows was generated.
  bool has_offsets = false;         ///< text_offset agrees with the texts.
};

/// corrupt when the answer lacks tokens; bad_input when it has them and they do not fit the prompt.
Result<Alignment> align_tokens(std::string_view prompt, const TokenLists& lists);

/// How many code points a text in UTF-8 has.
std::size_t count_code_points(std::string_view text);

}  // namespace gwageo
