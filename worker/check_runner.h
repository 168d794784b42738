// CheckRunner: runs what the agent's health asks for, each check in a thread of its own, so that
// one that never ends keeps nothing else from going on.
#pragma once

#include <functional>
#include <memory>

#include "worker/health.h"

namespace gwageo {

/// How slots are looked at.
class HealthChecks {
 public:
  virtual ~HealthChecks() = default;
  /// Runs the check, however long it takes, and says what was found. Any thread; several at once
  /// only while one of them is out of patience.
  virtual CheckEnded run(const HealthCheck& check) = 0;
};

/// One thread gives orders.
class CheckRunner {
 public:
  using Report = std::function<void(CheckEnded)>;
  /// `report` is called from other threads, and never after the runner's end.
  CheckRunner(std::shared_ptr<HealthChecks> checks, Report report);
  /// Waits for checks under way, but not for long: one that hangs is left behind.
  ~CheckRunner();
  CheckRunner(const CheckRunner&) = delete;
  CheckRunner& operator=(const CheckRunner&) = delete;

  void order(const HealthCheck& check);

 private:
  struct State;
  std::shared_ptr<HealthChecks> checks_;
  std::shared_ptr<State> state_;
};

}  // namespace gwageo
