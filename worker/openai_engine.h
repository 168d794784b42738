// The openai engine: a model behind any server that speaks the OpenAI-compatible HTTP API. The
// weights are not ours, so the model digest is declared and cannot be verified; results are marked
// `endpoint`.
//
// Below it, in order: openai_options.h (what a person says), openai_probe.h and
// openai_capabilities.h (what the server can do), openai_call.h (one request, step by step) with
// openai_generation.h and openai_scores.h (bodies and answers), openai_choices.h (the choices of a
// question at once) with fast_path.h and fast_way.h (whether that is trusted), call_queue.h (what
// goes next), openai_retry.h (what is tried again), http_client.h (bytes). All but the last are
// pure; this file holds the calls and time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "worker/call_queue.h"
#include "worker/caught_ways.h"
#include "worker/concurrency_limit.h"
#include "worker/engine.h"
#include "worker/fast_way.h"
#include "worker/http_client.h"
#include "worker/openai_call.h"
#include "worker/openai_capabilities.h"
#include "worker/openai_choices.h"
#include "worker/openai_options.h"

namespace gwageo {

/// What there is to know about a server that is the worker's own.
struct OwnServer {
  /// Whether nobody is there to answer any more: what is asked then has failed. Empty: not known.
  std::function<bool()> is_lost = {};
  bool is_own = false;  ///< No proxy lies before it.
  /// Of the model that the server is for; empty: of what is loaded.
  std::string profile = {};
};

/// Thread rule: that of Engine.
class OpenAiEngine final : public Engine {
 public:
  /// `caught`: of the worker, shared by its slots; none: nothing is remembered. A load that
  /// `is_ending` says is of no use any more is broken off: unavailable, within 100 ms, whatever the
  /// server does; empty: never.
  explicit OpenAiEngine(const Clock& clock, OwnServer server = {},
                        std::shared_ptr<CaughtWays> caught = {},
                        std::function<bool()> is_ending = {})
      : clock_(clock),
        server_(std::move(server)),
        caught_(std::move(caught)),
        is_ending_(std::move(is_ending)) {}

  Status load(const ModelSpec& spec) override;
  std::uint32_t calls_in_flight() const override { return options_.connections; }
  Json findings() const override;
  std::string take_remark() override { return std::exchange(remark_, {}); }
  void start(Call call) override;
  std::vector<Completion> step() override;
  void wait(Duration at_most) override;
  /// REQUIRES: loaded.
  void wake() override { http_->wake(); }
  void cancel_all() override;
  /// Calls that the server was not asked yet, or whose answers by a fast way nobody has compared
  /// with others, in the order in which they came; they are the caller's again.
  std::vector<Call> take_waiting();

 private:
  /// Among the requests that are asked both ways: of which comparison, and which of them.
  struct ComparedPlace {
    std::uint64_t comparison = 0;
    std::size_t at = 0;
  };
  /// One call.
  struct Single {
    std::uint64_t token = 0;
    OpenAiCall call;
    std::optional<ComparedPlace> compared;  ///< This is its slow path.
    std::optional<Call> again;              ///< This is a fast way: the call for the slow one.
    bool is_both = false;                   ///< Which is asked too, whatever this one says.
  };
  /// The choices of a question at once.
  struct Question {
    std::vector<Call> calls;
    OpenAiChoices choices;
    FastPath::Use use;
  };
  struct Flight {
    std::variant<Single, Question> of;
    ServerRequest asked;
    std::uint32_t tries = 0;               ///< Of `asked`.
    std::vector<std::uint64_t> under_way;  ///< Its exchanges: one, or two where it is hedged.
    bool may_be_hedged = false;
    Duration waited;  ///< All its pauses, those of the question that it was part of included.
    /// Of a fast way: its answers up to this number had come before this was asked,
    std::uint64_t came_before = 0;
    bool is_again = false;  ///< and an answer that waits is asked once more, to be compared.
  };
  struct Exchange {
    std::uint64_t flight = 0;
    Duration sent_at;
    bool may_be_hedged = false;
  };
  /// What is asked both ways.
  struct Comparison {
    FastWay* way = nullptr;
    std::uint64_t good_for = 0;  ///< Answers up to this number of the way's.
    std::vector<std::optional<Response>> fast;
    std::vector<std::optional<Response>> before;  ///< The one that was drawn, if it is asked again.
    std::vector<Response> slow;
    std::size_t left = 0;  ///< Answers of the slow way, and the one of the fast way.
  };
  using Comparisons = std::map<std::uint64_t, Comparison>;
  Result<std::vector<HttpAnswer>> ask(const std::vector<ServerRequest>& requests);
  std::uint32_t retries_of(const ServerRequest& asked, const HttpAnswer& answer) const;
  void pause_after_loss(const std::vector<HttpAnswer>& answers);
  void launch();
  std::optional<std::pair<std::uint64_t, Duration>> next_hedge() const;
  void hedge();
  void begin(Call call);
  void begin_question(std::vector<Call> calls);
  void begin_later(Call call, std::optional<ComparedPlace> compared, Duration waited);
  void begin_again(std::uint64_t id, const FastWay& way, const HeldAnswer& held);
  Single single_of(Call call, std::optional<ComparedPlace> compared);
  void proceed(std::uint64_t id, CallStep step);
  void send(std::uint64_t id, Flight& flight);
  void exchange(std::uint64_t id, Flight& flight, bool may_be_hedged);
  void settle(HttpAnswer&& answer);
  void take_body(std::uint64_t id, const std::string& body);
  void give_up(std::uint64_t id, const HttpAnswer& answer);
  void end_question(std::uint64_t id, ChoicesEnd end, bool is_lost);
  void end(std::uint64_t id, Response response);
  void end_again(std::uint64_t id, ChoicesEnd end);
  void finish(std::uint64_t id, Response response, bool unreachable);
  void compare_begins(std::uint64_t id, FastWay& way, std::uint64_t good_for,
                      std::vector<std::optional<Response>> fast);
  void begin_compared(std::uint64_t id, std::vector<Call> calls, Duration waited);
  void compare(Comparisons::iterator comparison);
  void compare_held(FastWay& way);
  void ask_again(const FastWay& way, std::vector<HeldAnswer> held);
  FastPath path_of(const FastWay& way, std::uint64_t secret) const;
  bool can_launch(Duration now) const;

  const Clock& clock_;
  const OwnServer server_;
  const std::shared_ptr<CaughtWays> caught_;
  const std::function<bool()> is_ending_;
  std::string name_;     // Of the model, for remarks.
  std::string profile_;  // By which fast ways are remembered.
  OpenAiOptions options_;
  OpenAiCapabilities capabilities_;
  std::unique_ptr<HttpClient> http_;
  ConcurrencyLimit limit_{1, 1};                    // Of requests in flight.
  FastWay questions_;                               // Whether the choices of a question go at once,
  FastWay tails_;                                   // and what counts is all that is scored.
  std::map<std::uint64_t, Flight> flights_;         // Begun, by number.
  std::map<std::uint64_t, Exchange> exchanges_;     // Under way, the oldest first.
  Comparisons comparisons_;                         // By the number of the fast way's flight.
  std::uint64_t next_id_ = 1;                       // Of flights and of exchanges.
  CallQueue waiting_;                               // Not begun.
  std::multimap<Duration, std::uint64_t> delayed_;  // Flights to be tried again, and when.
  std::size_t hedged_ = 0;                          // Flights with two exchanges.
  Duration paused_until_;                           // The server asked everybody to wait.
  std::vector<Completion> finished_;
  std::string remark_;
};

}  // namespace gwageo
