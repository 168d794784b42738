// How long a simulated policy thinks: its calls, timed one by one by the machine's clock.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "ops/simulate/policy.h"

namespace gwageo {

/// Passes every call on. One owner, one thread; the policy outlives it.
class TimedPolicy final : public simulate::Policy {
 public:
  TimedPolicy(simulate::Policy& inner, std::int64_t (*nanoseconds)())
      : inner_(inner), nanoseconds_(nanoseconds) {}

  void node_up(simulate::NodeIndex node, Instant now) override {
    timed([&] { inner_.node_up(node, now); });
  }
  void node_down(simulate::NodeIndex node, Instant now) override {
    timed([&] { inner_.node_down(node, now); });
  }
  void arrived(simulate::JobIndex job, Instant now) override {
    timed([&] { inner_.arrived(job, now); });
  }
  void loaded(const simulate::Start& start, Instant now) override {
    timed([&] { inner_.loaded(start, now); });
  }
  void ended(const simulate::Ended& ended, Instant now) override {
    timed([&] { inner_.ended(ended, now); });
  }
  std::optional<simulate::Decision> next(Instant now) override {
    std::optional<simulate::Decision> decision;
    const std::int64_t took = timed([&] { decision = inner_.next(now); });
    ++calls_;
    const auto step = static_cast<std::size_t>(took / step_ns);
    ++histogram_[std::min(step, histogram_.size() - 1)];
    return decision;
  }
  std::optional<Instant> wake() const override { return inner_.wake(); }
  bool keeps_weights() const override { return inner_.keeps_weights(); }
  bool scores_on_gpu() const override { return inner_.scores_on_gpu(); }

  /// Of all calls together.
  double seconds() const { return static_cast<double>(total_ns_) / 1e9; }
  /// Of single calls of `next`: 99 of 100 took at most that; 1 ms stands for anything longer.
  double call_p99_us() const {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < histogram_.size(); ++i) {
      seen += histogram_[i];
      if (seen * 100 >= calls_ * 99) return static_cast<double>((i + 1) * step_ns) / 1000;
    }
    return 0;
  }

 private:
  static constexpr std::int64_t step_ns = 50;

  template <class Call>
  std::int64_t timed(Call call) {
    const std::int64_t began = nanoseconds_();
    call();
    const std::int64_t took = nanoseconds_() - began;
    total_ns_ += took;
    return took;
  }

  simulate::Policy& inner_;
  std::int64_t (*nanoseconds_)();
  std::int64_t total_ns_ = 0;
  std::uint64_t calls_ = 0;
  std::array<std::uint64_t, 20000> histogram_{};
};

}  // namespace gwageo
