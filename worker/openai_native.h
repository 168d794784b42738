// SGLang's own way to log-probabilities of a prompt, beside /v1. Pure.
//
//   POST /generate {"input_ids": [..] or "text": "..", "return_logprob": true,
//                   "sampling_params": {"max_new_tokens": 0, "temperature": 0},
//                   "logprob_start_len": N, "top_logprobs_num": 1}
//     -> meta_info.input_token_logprobs  [[number, id, text], ..]: the prompt's tokens from N on,
//                                        the first of them without a number
//        meta_info.input_top_logprobs    for each of them the list of its best, or null
//
// Better than `echo` in two ways: what stands before N may come from the server's prefix cache, so
// the choices of one question cost little more than one; and ids come back, so that what was scored
// is known to be what was asked. With N = 0 and a text it also tells how the server tokenizes.
#pragma once

#include <cstddef>
#include <string>

#include "protocol/json.h"
#include "protocol/request.h"
#include "protocol/result.h"
#include "worker/openai_scores.h"

namespace gwageo {

/// The members that ask for log-probabilities of a prompt's tokens from `start` on. Exactly one of
/// `text` and `ids` is the prompt.
Json native_body(const std::string& text);
Json native_body(const TokenIds& ids, std::size_t start);

/// An answer to the prompt `ids`, asked from `start` on; the tokens from `first` on count.
/// REQUIRES: start < first < ids.size().
Response score_native(const TokenIds& ids, std::size_t start, std::size_t first,
                      const Json& answer);

/// The ids of all tokens of a prompt that went as text. They include what the tokenizer adds.
/// bad_input naming what is missing.
Result<TokenIds> read_native_tokens(const Json& answer);

}  // namespace gwageo
