// ProbeRounds: what the probe asks, in rounds: what does not depend on another answer is asked at
// once, so that a distant server keeps a worker waiting for a few round trips and not for twenty.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "protocol/json.h"
#include "protocol/request.h"
#include "protocol/result.h"
#include "worker/openai_capabilities.h"
#include "worker/openai_options.h"
#include "worker/openai_probe.h"

namespace gwageo {

/// One thread. `options` and `ask` outlive it.
class ProbeRounds {
 public:
  /// What to make of an answer.
  using Take = std::function<Status(const HttpAnswer&)>;
  /// For answers under status 200 that are JSON; `why_not` says why another is none.
  using TakeJson = std::function<void(const Json* answer, const std::string& why_not)>;

  ProbeRounds(const OpenAiOptions& options, const AskServer& ask) : options_(options), ask_(ask) {}

  void plan(ServerRequest request, Take take);
  void plan_json(ServerRequest request, TakeJson take);
  /// A generation, read as if it had no limit: where it was longer than that, `overrun` says so.
  struct Generated {
    Response response;
    std::string overrun = {};
    std::string model = {};  ///< What the server calls it; empty: it does not say.
  };
  /// For requests that take one exchange whatever the server can do. REQUIRES: no stop strings.
  void plan_generation(const Request& request, std::function<void(Generated)> take);
  /// Asks what was planned. A server that is away, or busy, ends the probe (unavailable): what
  /// fails for that reason is no capability that is missing.
  Status ask();
  /// Requests that may take several exchanges each, side by side, with what was found so far.
  Result<std::vector<Response>> carry_out(const std::vector<Request>& requests,
                                          const OpenAiCapabilities& found);
  /// Why it is no answer.
  std::string words(const HttpAnswer& answer) const;

 private:
  struct Planned {
    ServerRequest request;
    Take take;
  };
  Generated generated_in(const Request& request, const HttpAnswer& answer) const;

  const OpenAiOptions& options_;
  const AskServer& ask_;
  std::vector<Planned> round_;  ///< Asked together, next.
};

}  // namespace gwageo
