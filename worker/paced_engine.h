// The paced engine: answers after a declared time and uses no processor meanwhile. For tests of
// load and scheduling: a fleet of them behaves like servers of known speed.
//
// Options: `milliseconds` (per call, fractions allowed, default 0), `in_flight` (calls that are
// served at the same time, default 32; more wait their turn), `text` (what every generation says)
// or `bytes` (how many printable bytes derived from the request it says, default 16),
// `load_milliseconds` (how long loading takes, default 0).
//
// The answer to a request depends on the request alone. Stop strings and limits are not applied.
// There are no files, and the model digest is not verified.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "worker/engine.h"
#include "worker/waker.h"

namespace gwageo {

/// Whether the engine would take the options. bad_input names the one that it would not.
Status check_paced(const ModelSpec& spec);

/// Thread rule: that of Engine.
class PacedEngine final : public Engine {
 public:
  /// Everything takes `slowdown` times as long as the model says. A load that `is_ending` says is
  /// to end does so within a tenth of a second.
  explicit PacedEngine(const Clock& clock, std::uint32_t slowdown = 1,
                       std::function<bool()> is_ending = {})
      : clock_(clock), slowdown_(slowdown), is_ending_(std::move(is_ending)) {}

  Status load(const ModelSpec& spec) override;
  std::uint32_t calls_in_flight() const override { return in_flight_; }
  bool answers_at_once() const override { return pace_ == Duration{}; }
  void start(Call call) override;
  std::vector<Completion> step() override;
  void wait(Duration at_most) override;
  void wake() override { waker_.wake(); }
  void cancel_all() override;

 private:
  struct Waiting {
    Call call;
    Duration since;
  };
  struct Running {
    Call call;
    Duration due;
  };
  void serve(Call call, Duration from);
  Response answer(const Request& request) const;
  Status wait_for_load(Duration takes);

  const Clock& clock_;
  const std::uint32_t slowdown_;
  const std::function<bool()> is_ending_;
  std::uint32_t in_flight_ = 32;
  Duration pace_;
  std::optional<std::string> text_;
  std::uint32_t bytes_ = 16;
  std::deque<Waiting> waiting_;
  std::deque<Running> running_;  // By due time: what is served later is never due earlier.
  std::vector<Completion> cancelled_;
  Waker waker_;
};

}  // namespace gwageo
