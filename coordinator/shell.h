// The coordinator's shell: receive, step, store, send, sleep; errands and checkpoints beside it.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "coordinator/checkpoint.h"
#include "coordinator/coordinator.h"
#include "protocol/log.h"
#include "protocol/time.h"
#include "protocol/transport.h"

namespace gwageo {

/// What the shell runs on. Everything outlives it.
struct CoordinatorShellParts {
  Coordinator& coordinator;
  Store& store;
  ServerTransport& transport;
  const Clock& clock;
  Log& log;
  /// Writes a signed checkpoint durably; called from a thread of the shell's own. An error ends
  /// the process.
  std::function<Status(const Checkpoint&)> guard;
  /// Publishes what was signed; from another thread of the shell's own. The last call is the
  /// `is_last` one, after the last checkpoint was signed.
  std::function<Status(bool is_last)> publish;
  /// The date in the programme's time zone.
  std::function<std::string()> today;
  /// Whether the disk has less room than the reserve.
  std::function<bool()> disk_low;
  /// Called after every commit, before anything of it leaves: keys that count now may come in.
  std::function<void(const State&)> committed;
  /// Called when all that follows from it has left: keys that have ended may be turned away, whose
  /// owners were answered.
  std::function<void(const State&)> answered = [](const State&) {};
};

/// Serves until `stop` is set (and the transport woken), then returns. An error means that the
/// store or a thread failed: the process must end, and a restart loses nothing.
Status serve(const CoordinatorShellParts& parts, const std::atomic<bool>& stop);

}  // namespace gwageo
