// The openai engine: a model behind any server that speaks the OpenAI-compatible HTTP API. The
// weights are not ours, so the model digest is declared and cannot be verified; results are marked
// `endpoint`.
//
// Below it, in order: openai_options.h (what a person says), openai_probe.h and
// openai_capabilities.h (what the server can do), openai_call.h (one request, step by step) with
// openai_generation.h and openai_scores.h (bodies and answers), openai_retry.h (what is tried
// again), http_client.h (bytes). All but the last are pure; this file holds the calls and time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "worker/concurrency_limit.h"
#include "worker/engine.h"
#include "worker/http_client.h"
#include "worker/openai_call.h"
#include "worker/openai_capabilities.h"
#include "worker/openai_options.h"

namespace gwageo {

/// What there is to know about a server that is the worker's own.
struct OwnServer {
  /// Whether nobody is there to answer any more: what is asked then has failed. Empty: not known.
  std::function<bool()> is_lost = {};
  bool is_own = false;  ///< No proxy lies before it.
};

/// Thread rule: that of Engine.
class OpenAiEngine final : public Engine {
 public:
  explicit OpenAiEngine(const Clock& clock, OwnServer server = {})
      : clock_(clock), server_(std::move(server)) {}

  Status load(const ModelSpec& spec) override;
  std::uint32_t calls_in_flight() const override { return options_.connections; }
  Json findings() const override { return capabilities_.to_json(); }
  void start(Call call) override;
  std::vector<Completion> step() override;
  void wait(Duration at_most) override;
  /// REQUIRES: loaded.
  void wake() override { http_->wake(); }
  void cancel_all() override;
  /// Calls that the server was not asked yet, in their order; they are the caller's again.
  std::vector<Call> take_waiting();

 private:
  struct Flight {
    std::uint64_t token = 0;  ///< The call's.
    OpenAiCall call;
    ServerRequest asked;
    std::uint32_t tries = 0;  ///< Of `asked`.
  };
  std::vector<HttpAnswer> ask(const std::vector<ServerRequest>& requests);
  std::uint32_t retries_of(const ServerRequest& asked, const HttpAnswer& answer) const;
  void pause_after_loss(const std::vector<HttpAnswer>& answers);
  void launch();
  void proceed(std::uint64_t id, CallStep step);
  void send(std::uint64_t id, Flight& flight);
  void settle(HttpAnswer&& answer);
  void end(std::uint64_t id, Response response, bool unreachable);
  bool can_launch(Duration now) const;

  const Clock& clock_;
  const OwnServer server_;
  OpenAiOptions options_;
  OpenAiCapabilities capabilities_;
  std::unique_ptr<HttpClient> http_;
  ConcurrencyLimit limit_{1, 1};             // Of requests in flight.
  std::map<std::uint64_t, Flight> flights_;  // Begun, by number.
  std::uint64_t next_id_ = 1;
  std::deque<Call> waiting_;                        // Not begun.
  std::multimap<Duration, std::uint64_t> delayed_;  // Flights to be tried again, and when.
  Duration paused_until_;                           // The server asked everybody to wait.
  std::vector<Completion> finished_;
};

}  // namespace gwageo
