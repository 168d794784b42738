// Generation over the OpenAI-compatible API: the body that asks for it, and what the answer says.
// Pure.
//
//   POST /completions       {"model", "prompt", "max_tokens", "temperature", "top_p"?, "stop"?,
//                            "seed"?} -> choices[0].text, choices[0].finish_reason
//   POST /chat/completions  the same with "messages" -> choices[0].message.content
#pragma once

#include <string>

#include "protocol/json.h"
#include "protocol/request.h"
#include "worker/openai_options.h"

namespace gwageo {

/// The body for a request of kind generate or chat. `stop` holds the first strings only where there
/// are more than the server takes; `read_generation` applies all of them.
std::string generation_body(const Request& request, const OpenAiOptions& options);

/// What the answer to it says. The text is cut at the earliest of all stop strings. A finish_reason
/// of `length` is truncated, also without any text: a model that used up its limit by reasoning has
/// given no answer, not a wrong one. What the answer lacks is engine_failed, with the field's name.
Response read_generation(const Request& request, const Json& answer);

/// A response that the server's answer is to blame for.
Response failed_response(std::string error);
/// A response to a request that this server will never serve.
Response refused_response(std::string error);

}  // namespace gwageo
