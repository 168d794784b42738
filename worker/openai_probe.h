// The capability probe: what an OpenAI-compatible server can really do is asked before any item.
//
//   GET  /models             is the model there, and how many tokens does it see
//   POST /completions        does it answer, and no longer than `max_tokens`; is the text cut at
//                            `stop`; does `seed` repeat a sample
//   POST /chat/completions   does it answer, and no longer than it is told to
//   POST /tokenize           beside /v1 (vLLM, SGLang): prompts as token ids
//   `echo`, `prompt_logprobs` (vLLM), POST /generate (SGLang): which gives log-probabilities of a
//   prompt, in which form
//   a sum and a text alone and amid others: are they the same; are those of unlike texts unlike;
//   and an ordering that a working model must give (openai_probe_numbers.h)
//
// What does not wait for an answer goes out at once: four to nine round trips in all.
//
// A server that cannot do something still answers: llama.cpp's ignores `echo`, so a harness that
// trusts it scores log-likelihood tasks at chance. Hence the table and its reasons.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "protocol/result.h"
#include "worker/http_client.h"
#include "worker/openai_call.h"
#include "worker/openai_capabilities.h"
#include "worker/openai_options.h"

namespace gwageo {

/// Asks the server all of these at once, each with its retries; answers in the order of the
/// requests. Blocks. An error ends the probe with it.
using AskServer = std::function<Result<std::vector<HttpAnswer>>(const std::vector<ServerRequest>&)>;

/// Whether an exchange says that the server is away or busy for now, not that it lacks something:
/// no connection, a time-out, 429, or 502 to 504 at /completions (a gateway may say that of a route
/// that is not there).
bool is_away(const OpenAiOptions& options, const std::string& url, const HttpAnswer& answer);

/// unavailable when the server does not answer or `is_away` meanwhile, not_allowed when it refuses
/// the token, bad_input when it serves no such model or neither completions nor chats.
Result<OpenAiCapabilities> probe_server(const OpenAiOptions& options, const AskServer& ask);

}  // namespace gwageo
