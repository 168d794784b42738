// Log-probabilities of a text that is given, out of what an OpenAI-compatible server says about
// each token of a prompt. Pure.
//
// Problem: the server speaks of its tokens, the request of a context and a continuation. Where the
// prompt went as token ids, the split is a count; where it went as text, openai_alignment.h lays
// the tokens along it. Nothing is guessed: a boundary inside a token, fewer tokens than the prompt
// has and a missing number each end the request with the field's name.
//
// A token is greedy when no top log-probability of its position is larger than its own. The two are
// compared as numbers, because texts collide: several byte tokens of a Korean syllable all read as
// the replacement character. Servers that write -9999.0 for minus infinity are taken at their word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json.h"
#include "protocol/request.h"

namespace gwageo {

using TokenIds = std::vector<std::uint32_t>;

/// Ids as requests carry them.
Json json_of(const TokenIds& ids);

/// Whether two sums for one request are the same but for what batches change by rounding: within
/// 1 % of their size, or of one.
bool sums_agree(double one, double other);

/// Rounding may lift a probability of one by so much.
inline constexpr double above_zero_max = 1e-3;

/// A likelihood request as it is asked: the white space at the end of the context belongs to the
/// continuation, whose first token it mostly is part of (lm-eval does the same).
struct SplitText {
  std::string context;
  std::string continuation;
};
SplitText split_text(std::string_view context, std::string_view continuation);

/// An answer to `echo` with a prompt as text. REQUIRES: a continuation that is not empty.
Response score_echo_of_text(const SplitText& asked, const Json& answer);

/// An answer to `echo` with a prompt of `size` token ids, of which those from `first` on count.
/// REQUIRES: first < size.
Response score_echo_of_token_ids(std::size_t first, std::size_t size, const Json& answer);

/// An answer to `prompt_logprobs` with the prompt `ids`, of which those from `first` on count.
/// REQUIRES: first < ids.size().
Response score_prompt_logprobs(const TokenIds& ids, std::size_t first, const Json& answer);

/// The sum of several, in order; the first that is not answered instead.
Response sum_of(const std::vector<Response>& parts);

/// How an answer to `echo` with a prompt as text lies along it, for the probe.
struct EchoShape {
  bool is_echo = false;             ///< The prompt came back, with a number for all its tokens.
  bool first_token_scored = false;  ///< The first token of the text has one, too.
  bool text_offsets = false;        ///< `text_offset` says what the tokens' texts say.
  std::size_t generated = 0;        ///< Tokens after the prompt.
  std::string problem;              ///< Unless it is an echo: what is wrong with it.
};
EchoShape look_at_echo(const std::string& prompt, const Json& answer);

}  // namespace gwageo
