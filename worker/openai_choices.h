// OpenAiChoices: the choices of one multiple-choice question in one exchange, where the server says
// how probable tokens of our choosing are as the next one:
//
//   vLLM     /completions  max_tokens 1, logprob_token_ids [..], return_tokens_as_token_ids
//            -> choices[0].logprobs.top_logprobs[0]        {"token_id:N": number}
//   SGLang   /generate     max_new_tokens 1, token_ids_logprob [..], top_logprobs_num 1
//            -> meta_info.output_token_ids_logprobs[0]     [[number, id, text]]
//
// The slow path (openai_call.h) sends the whole of context and choice for each choice. Both have
// the same tokens: the whole of each choice is cut as there, and those that end in one token of
// their own after the same tokens are asked together. The others, and all of them where anything
// is amiss, are left to the slow path; nothing is made an outcome here but a likelihood. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/request.h"
#include "worker/openai_call.h"
#include "worker/openai_capabilities.h"
#include "worker/openai_options.h"

namespace gwageo {

/// What became of the choices.
struct ChoicesEnd {
  /// Of each request, in order; nothing: it is left to the slow path. Empty: all are.
  std::vector<std::optional<Response>> responses;
  std::string problem;  ///< What was amiss at the server; empty: nothing, they do not suit.
};
using ChoicesStep = std::variant<ServerRequest, ChoicesEnd>;

/// A value. `options` and `capabilities` outlive it.
class OpenAiChoices {
 public:
  /// Whether requests after this context may be asked so at all.
  static bool suits(const Request& request, const OpenAiCapabilities& capabilities);

  /// REQUIRES: likelihoods after one and the same context, each of which suits.
  OpenAiChoices(std::vector<Request> requests, const OpenAiOptions& options,
                const OpenAiCapabilities& capabilities);

  ServerRequest begin();
  /// The body that the server answered the last ServerRequest with, under status 200.
  ChoicesStep take(std::string_view body);

 private:
  ServerRequest ask_tokens(const std::string& text) const;
  ChoicesStep take_tokens(const Json& answer);
  ChoicesStep take_numbers(const Json& answer) const;
  ChoicesStep ask_numbers();
  TokenIds chosen() const;

  std::vector<SplitText> asked_;
  const OpenAiOptions* options_;
  const OpenAiCapabilities* capabilities_;
  std::optional<std::size_t> context_size_;        ///< Tokens, once they are known.
  TokenIds context_;                               ///< What stands before every chosen token.
  std::vector<std::optional<std::uint32_t>> own_;  ///< The one token of each choice, in order.
  bool asks_numbers_ = false;
};

/// What asks how probable each of `chosen` is after `context`. REQUIRES: a way of asking.
ServerRequest chosen_tokens_request(const OpenAiOptions& options, ChosenTokens way,
                                    const TokenIds& context, const TokenIds& chosen);
/// The answer to it: a response for each of `chosen`, in order; bad_input naming what is missing.
Result<std::vector<Response>> read_chosen_tokens(ChosenTokens way, const TokenIds& chosen,
                                                 const Json& answer);

}  // namespace gwageo
