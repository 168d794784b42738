// A pool of real processes for measuring: a coordinator in a fresh folder, workers, a suite of
// generated items. Everything is ended and removed with it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ops/client.h"
#include "ops/system_clock.h"

namespace gwageo {

/// What a process has used so far.
struct ProcessUse {
  double cpu_seconds = 0;  ///< User and system.
  double memory_mb = 0;    ///< Resident now.
  double peak_mb = 0;      ///< Highest resident.
};

/// One thread.
class BenchPool {
 public:
  /// Starts a coordinator in a new folder under `parent`. Its workers connect as those of `up` do,
  /// or else over TCP.
  static Result<std::unique_ptr<BenchPool>> start(const std::string& parent, bool over_tcp = false);
  ~BenchPool();
  BenchPool(const BenchPool&) = delete;
  BenchPool& operator=(const BenchPool&) = delete;

  /// How long a `paced` model takes for a request, and how many it serves at the same time.
  struct Pace {
    std::uint64_t milliseconds = 0;
    std::uint64_t in_flight = 4096;
  };
  /// Adds suite `bench` of `items` prompts of `bytes` bytes each, and the `paced` model `bench`
  /// that answers each with as many, at once unless `pace` says otherwise.
  Status add_work(std::uint64_t items, std::uint64_t bytes, const Pace& pace);
  Status add_work(std::uint64_t items, std::uint64_t bytes) { return add_work(items, bytes, {}); }
  /// The same suite, and model `bench` behind an OpenAI-compatible server.
  Status add_endpoint_work(std::uint64_t items, std::uint64_t bytes, const std::string& url,
                           const std::string& model, std::uint64_t connections);
  /// So many more, with these options beside.
  Status start_workers(std::uint64_t count, std::uint64_t window,
                       const std::vector<std::string>& options = {});
  /// SIGKILL. `index` counts in the order in which they were started.
  void kill_worker(std::size_t index);
  /// Where a worker connects.
  Result<std::string> worker_endpoint() const;
  /// Submits model `bench` on suite `bench`, everything to be executed; returns the job.
  Result<std::string> submit();
  /// Waits until every item of the job is done: durable, and seen by this client.
  Status wait_done(const std::string& job, std::uint64_t items, Duration at_most);
  /// Of a job that is done: waits until it is evaluated.
  Result<std::string> results_root(const std::string& job);
  /// Ends the coordinator (SIGTERM) and starts it again; returns how long it took to answer.
  Result<Duration> restart_coordinator();

  ProcessUse coordinator_use() const;
  /// Coordinator and workers together.
  double cpu_seconds() const;
  Client& client() { return *client_; }
  const std::string& folder() const { return folder_; }

 private:
  BenchPool(std::string folder, bool over_tcp) : folder_(std::move(folder)), over_tcp_(over_tcp) {}
  Status start_coordinator();
  Status connect();
  Status add_suite(std::uint64_t items, std::uint64_t bytes);
  Status run_verb(std::vector<std::string> arguments);
  static void end(pid_t process, int signal);

  std::string folder_;
  bool over_tcp_;
  pid_t coordinator_ = 0;
  std::vector<pid_t> workers_;
  std::optional<Client> client_;
  SystemClock clock_;
};

/// Prompt `number` of suite `bench` where each has so many bytes, and what is generated at most.
std::string bench_prompt(std::uint64_t number, std::uint64_t bytes);
inline constexpr std::uint32_t bench_tokens_max = 64;

/// The use of one process by its number.
ProcessUse use_of(pid_t process);

}  // namespace gwageo
