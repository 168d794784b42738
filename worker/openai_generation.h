// Generation over the OpenAI-compatible API: the body that asks for it, and what the answer says.
// Pure.
//
//   POST /completions       {"model", "prompt", "max_tokens", "temperature", "top_p"?, "stop"?,
//                            "seed"?} -> choices[0].text, choices[0].finish_reason
//   POST /chat/completions  the same with "messages" -> choices[0].message.content
#pragma once

#include <cstdint>
#include <string>

#include "protocol/json.h"
#include "protocol/request.h"
#include "protocol/result.h"
#include "worker/openai_options.h"

namespace gwageo {

/// The body for a request of kind generate or chat. `stop` holds the first strings only where there
/// are more than the server takes; `read_generation` applies all of them.
std::string generation_body(const Request& request, const OpenAiOptions& options);

/// What the answer to it says. The text is cut at the earliest of all stop strings. A finish_reason
/// of `length` is truncated, also without any text: a model that used up its limit by reasoning has
/// given no answer, not a wrong one. What the answer lacks is engine_failed, with the field's name.
/// One that overruns the limit (`overrun_of`) is refused_by_engine: no other model was given as
/// much.
Response read_generation(const Request& request, const Json& answer);

/// In which way an answer is longer than `tokens_max` tokens, in words; empty: it is not. It is
/// where the server says so itself (usage.completion_tokens; one more is let pass, since some count
/// the one that ends the text) and the text has more than two words, or 32 bytes, for each;
/// and, whatever the server counted, where it has more than 256 bytes or four words for each.
std::string overrun_of(std::uint32_t tokens_max, const std::string& text, const Json& answer);

/// The choice of an answer to one prompt: that with index 0 (or none), as the source harness takes
/// them. bad_input where there is none, or there are two.
Result<const Json*> only_choice(const Json& answer);

/// A response that the server's answer is to blame for.
Response failed_response(std::string error);
/// A response to a request that this server will never serve.
Response refused_response(std::string error);

}  // namespace gwageo
