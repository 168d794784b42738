// Supervisor: keeps a coordinator and its workers running on this machine, as child processes.
//
//   start -> coordinator serves -> workers start -> ... whoever dies is started again ...
//   stop  -> workers are asked to end -> the coordinator is -> whoever is late is killed
//
// A coordinator that is killed is started again for ever. One that ends by itself soon after each
// start, five times in a row, would go on so, and write to its journal each time: it is given up.
// One that only waits for what comes back by itself, room on its disk for instance, is not.
//
// A worker that the coordinator refuses, for somebody else has its name say, is started again, too:
// its name may become free. But it does no work, so it is said.
//
// The coordinator outlives the workers on the way down, because they hand in what they have.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/system_clock.h"
#include "protocol/log.h"
#include "protocol/result.h"

namespace gwageo {

/// Begins the line of a coordinator that cannot begin to serve; the reason follows.
inline constexpr std::string_view start_failed_prefix = "failed: ";

/// The same of one that could begin later: what is missing may come back without anybody's help
/// here.
inline constexpr std::string_view start_later_prefix = "failed: not now: ";

/// The niceness of workers beside their coordinator: everybody waits for it, so it goes first.
inline constexpr int near_worker_nice = 5;

struct SupervisorOptions {
  std::string data;                                ///< The data directory.
  std::vector<std::string> coordinator_arguments;  ///< What the coordinator is told beside.
  std::string listen;  ///< With port 0, whatever is taken is kept through every restart.
  std::uint32_t workers = 2;
  unsigned threads_of_worker = 1;
  std::vector<std::string> worker_arguments = {};  ///< What each worker is told beside.
  std::string worker_options = {};  ///< Those of them that somebody gave as they are, for people.
  /// Is told, in words, when a worker is refused.
  std::function<void(const std::string&)> warn = [](const std::string&) {};
};

/// One thread, and the only one that starts processes: children end with the thread that began
/// them. It takes SIGCHLD, SIGTERM and SIGINT, which must be blocked.
class Supervisor {
 public:
  Supervisor(SupervisorOptions options, Log& log) : options_(std::move(options)), log_(log) {}

  /// Runs until SIGTERM or SIGINT. `ready` is called once, when the coordinator serves and the
  /// workers have been started, with the endpoint. Returns the exit code: of the coordinator when
  /// it could not begin to serve at all or was given up, else 0.
  Result<int> run(const std::function<void(const std::string& endpoint)>& ready);
  /// Why the coordinator could not begin to serve, which it has said on standard error; empty when
  /// it could.
  const std::string& start_error() const { return start_error_; }
  /// Why the coordinator was given up; empty when it was not.
  const std::string& gave_up() const { return gave_up_; }
  /// It ended without a word, so it has said nothing there.
  bool is_start_error_unsaid() const { return is_start_error_unsaid_; }

 private:
  struct Child {
    std::string name;
    pid_t process = 0;  ///< 0: not running.
    Duration started_at;
    std::optional<Duration> start_at;  ///< When it is to be started (again).
    int failures = 0;                  ///< Deaths soon after their start, in a row.
    int own_ends = 0;                  ///< Those of them that nobody else brought about, in a row.
    bool has_settled = false;          ///< It lived for a while, at least once.
    bool is_refused = false;           ///< The last time it was not let in, and that was said.
  };

  Status start(Child& child);
  Status start_what_is_due();
  void read_ready(const std::function<void(const std::string&)>& ready);
  /// Whether the coordinator that has just ended said that it could begin later.
  bool said_later();
  void read_signals();
  void reap();
  void ended(Child& child, int status);
  /// Says of a worker that it was not let in, once until it is.
  void refused(Child& child);
  /// Everything is stopped; `why` is said in the end, and the code is that of `status`.
  void give_up(int status, std::string why);
  void begin_stop();
  void advance_stop();
  bool is_anybody_running() const;
  void signal_all(bool coordinator, int number) const;
  std::vector<std::string> arguments_of(const Child& child, int ready_descriptor) const;
  int wait_milliseconds() const;

  SupervisorOptions options_;
  Log& log_;
  SystemClock clock_;
  std::vector<Child> children_;  ///< The coordinator first.
  int signals_ = -1;
  int ready_pipe_ = -1;  ///< Reading end; -1 while nobody is to report.
  std::string ready_text_;
  std::string endpoint_;  ///< Empty until the coordinator has served once.
  std::optional<Duration> stopping_since_;
  std::string start_error_;
  std::string gave_up_;
  bool is_start_error_unsaid_ = false;
  std::optional<int> failed_;  ///< Exit code of a coordinator that never served.
  int code_ = 0;               ///< Exit code of a coordinator that was given up.
};

}  // namespace gwageo
