#include "ops/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "coordinator/data_directory.h"
#include "coordinator/words.h"
#include "ops/child_process.h"
#include "ops/output.h"

namespace gwageo {
namespace {

/// On the way down, counted from the signal; `up` has 5 s for everything. An agent gives itself
/// limits::stop_grace to hand in what it has.
constexpr Duration coordinator_stops_after = milliseconds(4300);
constexpr Duration killed_after = milliseconds(4700);
/// Whoever lived this long is started again at once.
constexpr Duration settled_after = seconds(10);
constexpr Duration pause_most = seconds(5);
constexpr int own_ends_max = 5;

Duration pause_after(int failures) {
  if (failures <= 3) return milliseconds(50) * failures;
  return std::min(milliseconds(200) * (std::int64_t{1} << std::min(failures - 3, 10)), pause_most);
}

int code_of(int status) {
  return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1;
}

// Nobody asked it to end or killed it: it failed, or a bug ended it.
bool is_own_end(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status) != 0;
  const int number = WTERMSIG(status);
  return number == SIGABRT || number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
         number == SIGILL;
}

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

std::vector<std::string> Supervisor::arguments_of(const Child& child, int ready_descriptor) const {
  const std::string log = options_.data + "/log/" + child.name + ".log";
  if (&child == &children_.front()) {
    std::vector<std::string> arguments = {"coordinator",
                                          "--data",
                                          options_.data,
                                          "--listen",
                                          endpoint_.empty() ? options_.listen : endpoint_,
                                          "--log",
                                          log,
                                          "--ready-fd",
                                          std::to_string(ready_descriptor)};
    const std::vector<std::string>& more = options_.coordinator_arguments;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::vector<std::string> arguments = {"worker",
                                        "--coordinator",
                                        read_nearest_endpoint(options_.data).value_or(endpoint_),
                                        "--key",
                                        options_.data + "/keys/worker.key",
                                        "--name",
                                        child.name,
                                        "--threads",
                                        std::to_string(options_.threads_of_worker),
                                        "--nice",
                                        std::to_string(near_worker_nice),
                                        "--engine-logs",
                                        options_.data + "/log/engines",
                                        "--log",
                                        log};
  const std::vector<std::string>& more = options_.worker_arguments;
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

Status Supervisor::start(Child& child) {
  const bool is_coordinator = &child == &children_.front();
  std::array<int, 2> ends = {-1, -1};
  if (is_coordinator) {
    if (ready_pipe_ >= 0) ::close(ready_pipe_);
    ready_text_.clear();
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
      return fail(ErrorKind::io, std::string("cannot make a pipe: ") + std::strerror(errno));
    }
    ready_pipe_ = ends[0];
  }
  const Result<pid_t> process =
      start_child(arguments_of(child, ends[1]), is_coordinator ? SIGTERM : SIGKILL, ends[1]);
  if (ends[1] >= 0) ::close(ends[1]);
  if (!process) return tl::unexpected(process.error());
  child.process = *process;
  child.started_at = clock_.monotonic();
  child.start_at.reset();
  log_.write(LogLevel::info, "started", {{"child", child.name}, {"pid", std::to_string(*process)}});
  return {};
}

Status Supervisor::start_what_is_due() {
  for (Child& child : children_) {
    const bool is_coordinator = &child == &children_.front();
    if (!is_coordinator && endpoint_.empty()) break;
    if (child.process == 0 && child.start_at && *child.start_at <= clock_.monotonic()) {
      GWAGEO_TRY(start(child));
    }
  }
  return {};
}

void Supervisor::read_ready(const std::function<void(const std::string&)>& ready) {
  std::array<char, 512> bytes{};
  const ssize_t count = ::read(ready_pipe_, bytes.data(), bytes.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count > 0) ready_text_.append(bytes.data(), static_cast<std::size_t>(count));
  const std::size_t end = ready_text_.find('\n');
  if (count > 0 && end == std::string::npos) return;
  ::close(std::exchange(ready_pipe_, -1));
  if (end == std::string::npos) return;  // It died; SIGCHLD says how.
  const bool is_first = endpoint_.empty();
  if (ready_text_.starts_with(start_failed_prefix)) {
    const std::string line = ready_text_.substr(0, end);
    const std::string_view prefix =
        line.starts_with(start_later_prefix) ? start_later_prefix : start_failed_prefix;
    if (is_first) start_error_ = line.substr(prefix.size());
    return;  // Its end follows.
  }
  endpoint_ = ready_text_.substr(0, end);
  children_.front().failures = 0;
  if (!is_first || stopping_since_) return;
  if (const Status started = start_what_is_due(); !started) {
    log_.write(LogLevel::error, started.error().message);
  }
  ready(endpoint_);
}

bool Supervisor::said_later() {
  std::array<char, 512> bytes{};
  if (ready_pipe_ >= 0) {  // Its end may be heard of before its last words.
    const ssize_t count = ::read(ready_pipe_, bytes.data(), bytes.size());
    if (count > 0) ready_text_.append(bytes.data(), static_cast<std::size_t>(count));
  }
  return ready_text_.starts_with(start_later_prefix);
}

void Supervisor::read_signals() {
  signalfd_siginfo info{};
  while (::read(signals_, &info, sizeof info) == ssize_t{sizeof info}) {
    if (info.ssi_signo == SIGCHLD) {
      reap();
    } else if (!stopping_since_) {
      begin_stop();
    }
  }
}

void Supervisor::begin_stop() {
  stopping_since_ = clock_.monotonic();
  log_.write(LogLevel::info, "stopping");
  signal_all(false, SIGTERM);
}

void Supervisor::reap() {
  int status = 0;
  for (pid_t process = 0; (process = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    for (Child& child : children_) {
      if (child.process == process) ended(child, status);
    }
  }
}

void Supervisor::ended(Child& child, int status) {
  child.process = 0;
  if (stopping_since_) return;
  const Duration now = clock_.monotonic();
  const bool is_coordinator = &child == &children_.front();
  if (is_coordinator && endpoint_.empty()) {
    failed_ = code_of(status);
    if (start_error_.empty()) {
      is_start_error_unsaid_ = WIFSIGNALED(status);
      start_error_ = "the coordinator ended before it served: " + describe_end(status);
    }
    return;
  }
  const bool was_settled = now - child.started_at > settled_after;
  child.has_settled = child.has_settled || was_settled;
  const bool is_refused = WIFEXITED(status) && WEXITSTATUS(status) == exit_code::bad_input;
  if (!is_coordinator && is_refused && !child.has_settled) {
    const std::string told =
        options_.worker_options.empty()
            ? "--gpus, GWAGEO_ENGINES"
            : "--worker-options \"" + options_.worker_options + "\", --gpus, GWAGEO_ENGINES";
    return give_up(status, child.name + " cannot begin with what it is told (" + told +
                               "): what it said is above, or in " + options_.data + "/log/" +
                               child.name + ".log");
  }
  const bool is_let_in = !WIFEXITED(status) || WEXITSTATUS(status) != exit_code::not_allowed;
  if (is_let_in || was_settled) {  // Whose key was rotated is let in with the new one.
    child.is_refused = false;
  } else if (!is_coordinator) {
    refused(child);
  }
  child.failures = was_settled ? 0 : child.failures + 1;
  const bool is_own = is_own_end(status) && !(is_coordinator && said_later());
  child.own_ends = was_settled || !is_own ? 0 : child.own_ends + 1;
  if (is_coordinator && child.own_ends == own_ends_max) {
    return give_up(status, "the coordinator ended by itself " + std::to_string(own_ends_max) +
                               " times in a row, soon after each start (the last time: " +
                               describe_end(status) + "); what it said is in " + options_.data +
                               "/log/coordinator.log");
  }
  child.start_at = now + pause_after(child.failures);
  log_.write(LogLevel::error, "ended, and is started again",
             {{"child", child.name},
              {"end", describe_end(status)},
              {"failures", std::to_string(child.failures)}});
}

void Supervisor::refused(Child& child) {
  if (std::exchange(child.is_refused, true)) return;
  const auto count = std::count_if(children_.begin() + 1, children_.end(),
                                   [](const Child& one) { return one.is_refused; });
  const std::string text =
      child.name + " is refused, so " + std::to_string(options_.workers - count) + " of " +
      counted(options_.workers, "worker") + " can work: why is above, and in " + options_.data +
      "/log/" + child.name + ".log; it is started again until it is let in";
  log_.write(LogLevel::error, text);
  options_.warn(text);
}

void Supervisor::give_up(int status, std::string why) {
  code_ = code_of(status);
  gave_up_ = std::move(why);
  log_.write(LogLevel::error, "given up: " + gave_up_);
  begin_stop();
}

bool Supervisor::is_anybody_running() const {
  return std::any_of(children_.begin(), children_.end(),
                     [](const Child& child) { return child.process != 0; });
}

void Supervisor::signal_all(bool coordinator, int number) const {
  for (const Child& child : children_) {
    const bool is_coordinator = &child == &children_.front();
    if (child.process != 0 && (coordinator || !is_coordinator)) ::kill(child.process, number);
  }
}

void Supervisor::advance_stop() {
  const Duration since = clock_.monotonic() - *stopping_since_;
  const bool workers_run = std::any_of(children_.begin() + 1, children_.end(),
                                       [](const Child& child) { return child.process != 0; });
  if (since > killed_after) {
    signal_all(true, SIGKILL);
  } else if (!workers_run || since > coordinator_stops_after) {
    if (workers_run) signal_all(false, SIGKILL);
    if (children_.front().process != 0) ::kill(children_.front().process, SIGTERM);
  }
}

int Supervisor::wait_milliseconds() const {
  if (stopping_since_) return 50;
  Duration wait = seconds(60);
  for (const Child& child : children_) {
    const bool may_start = &child == &children_.front() || !endpoint_.empty();
    if (child.process != 0 || !child.start_at || !may_start) continue;
    wait = std::min(wait, *child.start_at - clock_.monotonic());
  }
  return static_cast<int>(std::max<std::int64_t>(0, wait.microseconds / 1000 + 1));
}

Result<int> Supervisor::run(const std::function<void(const std::string&)>& ready) {
  const sigset_t set = watched_signals();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0) {
    return fail(ErrorKind::io, std::string("cannot watch signals: ") + std::strerror(errno));
  }
  children_.push_back({"coordinator", 0, {}, clock_.monotonic(), 0});
  for (std::uint32_t i = 1; i <= options_.workers; ++i) {
    children_.push_back({"w" + std::to_string(i), 0, {}, clock_.monotonic(), 0});
  }
  while (!failed_ && (!stopping_since_ || is_anybody_running())) {
    if (stopping_since_) {
      advance_stop();
    } else if (const Status started = start_what_is_due(); !started) {
      log_.write(LogLevel::error, started.error().message);  // Too many processes, say.
      for (Child& child : children_) {
        if (child.process == 0) child.start_at = clock_.monotonic() + pause_most;
      }
    }
    std::array<pollfd, 2> watched = {pollfd{signals_, POLLIN, 0}, pollfd{ready_pipe_, POLLIN, 0}};
    ::poll(watched.data(), watched.size(), wait_milliseconds());
    if (watched[1].revents != 0) read_ready(ready);
    if (watched[0].revents != 0) read_signals();
  }
  if (ready_pipe_ >= 0) ::close(ready_pipe_);
  ::close(signals_);
  return failed_.value_or(code_);
}

}  // namespace gwageo
