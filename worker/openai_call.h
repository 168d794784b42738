// OpenAiCall: one request on its way through an OpenAI-compatible server, as a state machine: what
// to ask next, until there is a response. Pure: who sends, waits and retries is the engine's
// business.
//
//   generate, chat           one exchange
//   likelihood, rolling      as the capability table says:
//     echo of text           one exchange with context and continuation as one text
//     token ids              the tokens of the whole, the tokens of the context (of /tokenize, else
//                            of SGLang's /generate), then one exchange for each window. The
//                            context's tokens are as many of the whole's first ones as the context
//                            has by itself (as lm-eval counts them).
//
// Rolling windows are disjoint and as long as the model's window allows; each begins after one
// token of context at least, the first after the prefix token (lm-eval's rule).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/request.h"
#include "worker/openai_capabilities.h"
#include "worker/openai_options.h"
#include "worker/openai_scores.h"

namespace gwageo {

/// A POST to the server, or a GET where the body is empty. A value.
struct ServerRequest {
  std::string url;
  std::string body;
};

/// What comes next: another exchange, or the end.
using CallStep = std::variant<ServerRequest, Response>;

/// For which tokens log-probabilities are asked, where a server can be told (SGLang's /generate).
enum class ScoredPart : std::uint8_t {
  whole,  ///< All: the definition.
  tail,   ///< Those that count: the rest may come out of the server's prefix cache.
};

/// A value. `options` and `capabilities` outlive it.
class OpenAiCall {
 public:
  OpenAiCall(Request request, const OpenAiOptions& options, const OpenAiCapabilities& capabilities,
             ScoredPart part = ScoredPart::whole);

  CallStep begin();
  /// The body that the server answered the last ServerRequest with, under status 200.
  CallStep take(std::string_view body);

 private:
  enum class Stage : std::uint8_t { generation, text, whole, context, window };
  /// A run of tokens to be asked: `size` ids of which those from `first` on count.
  struct Window {
    TokenIds ids;
    std::size_t first = 0;
  };
  std::size_t start_of(const Window& window) const;
  CallStep begin_scoring();
  CallStep ask_tokens(const std::string& text) const;
  Result<TokenIds> tokens_in(const Json& answer) const;
  CallStep take_tokens(const Json& answer);
  CallStep plan_windows(std::size_t context_size);
  CallStep ask_window();
  CallStep take_window(const Json& answer);
  Response score_window(const Window& window, const Json& answer) const;
  ServerRequest scoring_request(Json prompt, Scoring scoring) const;
  ServerRequest native_request(Json body) const;

  Request request_;
  const OpenAiOptions* options_;
  const OpenAiCapabilities* capabilities_;
  ScoredPart part_;
  Stage stage_ = Stage::generation;
  SplitText split_;
  TokenIds whole_;
  std::vector<Window> windows_;
  std::vector<Response> parts_;  ///< Of windows_, in order.
};

/// What asks `/tokenize` for the ids of a text, with or without what the tokenizer adds to it.
ServerRequest tokens_request(const OpenAiOptions& options, const std::string& text,
                             bool with_special);
/// The tokens that it answers with; bad_input naming what is missing.
Result<TokenIds> read_tokens(const Json& answer);

}  // namespace gwageo
