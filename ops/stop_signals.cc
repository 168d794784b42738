#include "ops/stop_signals.h"

#include <pthread.h>
#include <signal.h>

namespace gwageo {
namespace {

sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

StopWatch::StopWatch(std::function<void()> wake)
    : wake_(std::move(wake)), thread_([this] { run(); }) {}

StopWatch::~StopWatch() {
  is_ending_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void StopWatch::run() {
  const sigset_t set = stop_set();
  for (;;) {
    int number = 0;
    if (sigwait(&set, &number) != 0) continue;
    if (is_ending_) return;
    requested_ = true;
    wake_();
  }
}

}  // namespace gwageo
