#include "worker/check_runner.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace gwageo {
namespace {

/// Of a worker that ends. It has seconds in all (limits::stop_grace).
constexpr std::chrono::seconds waits_at_most{2};

}  // namespace

struct CheckRunner::State {
  std::mutex mutex;
  std::condition_variable changed;
  Report report;  ///< Empty: nobody listens any more.
  std::size_t running = 0;
};

CheckRunner::CheckRunner(std::shared_ptr<HealthChecks> checks, Report report)
    : checks_(std::move(checks)), state_(std::make_shared<State>()) {
  state_->report = std::move(report);
}

CheckRunner::~CheckRunner() {
  std::unique_lock lock(state_->mutex);
  state_->report = nullptr;
  state_->changed.wait_for(lock, waits_at_most, [this] { return state_->running == 0; });
}

void CheckRunner::order(const HealthCheck& check) {
  {
    const std::lock_guard lock(state_->mutex);
    ++state_->running;
  }
  const auto work = [state = state_, checks = checks_, check] {
    CheckEnded found = checks->run(check);
    found.check = check;
    const std::lock_guard lock(state->mutex);
    --state->running;
    if (state->report) state->report(std::move(found));
    state->changed.notify_all();
  };
  try {
    std::thread(work).detach();
  } catch (const std::system_error& error) {
    const std::lock_guard lock(state_->mutex);
    --state_->running;
    state_->report({check,
                    CheckEnded::Finding::failed,
                    std::string("no thread for a check: ") + error.what(),
                    0,
                    {}});
  }
}

}  // namespace gwageo
