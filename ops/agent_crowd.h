// Many workers in one process, for tests of load: real agents and engines, each over a connection
// of its own, as so many `gwageo worker` processes would have.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ops/system_clock.h"
#include "protocol/key_file.h"
#include "protocol/log.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

/// An acknowledgement of results: when the results were sent, and how long it took to come.
struct Acknowledged {
  Duration sent_at;
  Duration took;
};

struct CrowdOptions {
  std::string endpoint;
  KeyFile key;  ///< Of role worker; all use it.
  std::uint64_t workers = 1;
  std::uint32_t credit_items = 32;
};

/// One thread owns it; each worker has its own threads.
class AgentCrowd {
 public:
  /// `log` outlives the crowd.
  AgentCrowd(CrowdOptions options, Log& log);
  /// Stops them all, as SIGTERM would stop a worker.
  ~AgentCrowd();
  AgentCrowd(const AgentCrowd&) = delete;
  AgentCrowd& operator=(const AgentCrowd&) = delete;

  /// Starts one after another, all within about `spread`: those that start at once finish at once,
  /// for ever after. io when the system has no room for so many connections.
  Status start(Duration spread);
  /// Stops them all, side by side. The first error that a worker ended with.
  Status stop();
  /// Of all workers that have ended, in no order. What was sent again counts once, from the first.
  std::vector<Acknowledged> acknowledged();

 private:
  struct Worker;
  void run(Worker& worker);

  CrowdOptions options_;
  Log& log_;
  SystemClock clock_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<Acknowledged> acknowledged_;
  Status ended_;  ///< Of the first worker that ended with an error.
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace gwageo
