#include "worker/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "worker/process_table.h"
#include "worker/rotated_log.h"

namespace gwageo {
namespace {

constexpr int worker_socket = 3;
constexpr std::size_t tail_bytes_max = std::size_t{64} << 10;
constexpr int look_every_milliseconds = 20;  // While somebody is being killed.

template <class T>
T number_in(const std::string& text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::int64_t now_milliseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

class Keeper {
 public:
  explicit Keeper(KeeperOrder order)
      : order_(std::move(order)), log_(order_.log, order_.log_bytes, order_.log_files) {}

  int run() {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1UL);
    watch_signals();
    if (!start()) return 1;
    while (!is_gone_) {
      std::array<pollfd, 3> watched = {pollfd{signals_, POLLIN, 0}, pollfd{output_, POLLIN, 0},
                                       pollfd{is_deaf_ ? -1 : worker_socket, POLLIN, 0}};
      ::poll(watched.data(), watched.size(), wait_milliseconds());
      if (watched[1].revents != 0) read_output();
      if (watched[2].revents != 0) read_worker();
      if (watched[0].revents != 0) read_signals();
      reap();
      act();
    }
    tell("gone");
    return 0;
  }

 private:
  void watch_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    ::signal(SIGPIPE, SIG_IGN);
  }

  bool start() {
    std::array<int, 2> output{};
    std::array<int, 2> failure{};
    if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(failure.data(), O_CLOEXEC) != 0) {
      tell(std::string("failed no pipe: ") + std::strerror(errno));
      return false;
    }
    const pid_t keeper = ::getpid();
    server_ = ::fork();
    if (server_ == 0) run_server(keeper, output[1], failure[1]);
    ::close(output[1]);
    ::close(failure[1]);
    int code = server_ < 0 ? errno : 0;
    if (server_ > 0 && ::read(failure[0], &code, sizeof code) != ssize_t{sizeof code}) code = 0;
    ::close(failure[0]);
    if (code != 0) {
      tell("failed " + order_.command.front() + ": " + std::strerror(code));
      return false;
    }
    output_ = output[0];
    ::fcntl(output_, F_SETFL, O_NONBLOCK);
    tell("started " + std::to_string(server_));
    return true;
  }

  [[noreturn]] void run_server(pid_t keeper, int output, int failure) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(SIGKILL));
    if (::getppid() != keeper) ::_exit(127);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    // Where memory is short, the kernel is to choose the server and not its worker.
    if (const int score = ::open("/proc/self/oom_score_adj", O_WRONLY); score >= 0) {
      [[maybe_unused]] const ssize_t written = ::write(score, "500", 3);
      ::close(score);
    }
    ::setenv(keeper_variable, keeper_mark(keeper).c_str(), 1);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::close(worker_socket);
    std::vector<char*> pointers;
    for (std::string& word : order_.command) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::execvp(pointers.front(), pointers.data());
    const int code = errno;
    [[maybe_unused]] const ssize_t told = ::write(failure, &code, sizeof code);
    ::_exit(127);
  }

  void read_output() {
    std::array<char, 65536> bytes{};
    for (int turn = 0; turn < 16; ++turn) {
      const ssize_t count = ::read(output_, bytes.data(), bytes.size());
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (count <= 0) {
        ::close(std::exchange(output_, -1));
        return;
      }
      const std::string_view part(bytes.data(), static_cast<std::size_t>(count));
      log_.write(part);
      tail_ += part;
      if (tail_.size() > 2 * tail_bytes_max) tail_.erase(0, tail_.size() - tail_bytes_max);
    }
  }

  void read_worker() {
    std::array<char, 256> bytes{};
    const ssize_t count = ::read(worker_socket, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) return;
    if (count <= 0) {  // The worker is gone.
      is_deaf_ = true;
      is_killing_ = true;
      return;
    }
    words_.append(bytes.data(), static_cast<std::size_t>(count));
    for (std::size_t end = 0; (end = words_.find('\n')) != std::string::npos;) {
      const std::string line = words_.substr(0, end);
      words_.erase(0, end + 1);
      if (line == "kill") is_killing_ = true;
      if (line == "stop") stop();
    }
  }

  void read_signals() {
    signalfd_siginfo info{};
    while (::read(signals_, &info, sizeof info) == ssize_t{sizeof info}) {
      if (info.ssi_signo != SIGCHLD) stop();
    }
  }

  void stop() {
    if (kill_at_) return;
    kill_at_ = now_milliseconds() + order_.stop_at_most.microseconds / 1000;
    if (server_ > 0 && !is_ended_) ::kill(-server_, SIGTERM);
  }

  // Everybody below is its child sooner or later: without children nobody is left.
  void reap() {
    int status = 0;
    for (pid_t process = 0; (process = ::waitpid(-1, &status, WNOHANG)) != 0;) {
      if (process < 0) {
        if (errno == EINTR) continue;
        is_gone_ = is_ended_;
        return;
      }
      if (process != server_) continue;
      is_ended_ = true;
      is_killing_ = true;
      read_output_to_its_end();
      tell_end(status);
    }
  }

  void read_output_to_its_end() {
    if (output_ >= 0) read_output();
  }

  void tell_end(int status) {
    if (tail_.size() > tail_bytes_max) tail_.erase(0, tail_.size() - tail_bytes_max);
    const std::string how = WIFEXITED(status) ? "exit " + std::to_string(WEXITSTATUS(status))
                                              : "signal " + std::to_string(WTERMSIG(status));
    tell("ended " + how + " " + std::to_string(tail_.size()) + "\n" + tail_);
  }

  void act() {
    if (kill_at_ && now_milliseconds() >= *kill_at_) is_killing_ = true;
    if (!is_killing_) return;
    for (const pid_t process : descendants_of(::getpid())) ::kill(process, SIGKILL);
    reap();
  }

  int wait_milliseconds() const {
    if (is_killing_) return look_every_milliseconds;
    if (!kill_at_) return -1;
    return static_cast<int>(std::clamp<std::int64_t>(*kill_at_ - now_milliseconds(), 0, 60000));
  }

  void tell(const std::string& line) const {
    if (is_deaf_) return;
    const std::string text = line + "\n";
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t count = ::write(worker_socket, text.data() + done, text.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      done += static_cast<std::size_t>(count);
    }
  }

  KeeperOrder order_;
  RotatedLog log_;
  int signals_ = -1;
  int output_ = -1;
  pid_t server_ = -1;
  std::string tail_;   // What the server said last.
  std::string words_;  // Of the worker, up to a whole line.
  std::optional<std::int64_t> kill_at_;
  bool is_deaf_ = false;     // The worker is gone.
  bool is_ended_ = false;    // The server is.
  bool is_killing_ = false;  // Everybody below.
  bool is_gone_ = false;
};

}  // namespace

std::vector<std::string> to_words(const KeeperOrder& order) {
  std::vector<std::string> words = {order.log, std::to_string(order.log_bytes),
                                    std::to_string(order.log_files),
                                    std::to_string(order.stop_at_most.microseconds)};
  words.insert(words.end(), order.command.begin(), order.command.end());
  return words;
}

int run_keeper(const std::vector<std::string>& words) {
  if (words.size() < 5) {
    std::fprintf(stderr, "gwageo: %s is for workers\n", keeper_word);
    return 2;
  }
  ::close_range(worker_socket + 1, ~0U, 0);
  ::fcntl(worker_socket, F_SETFD, FD_CLOEXEC);
  KeeperOrder order;
  order.log = words[0];
  order.log_bytes = number_in<std::uint64_t>(words[1]);
  order.log_files = number_in<std::uint32_t>(words[2]);
  order.stop_at_most = microseconds(number_in<std::int64_t>(words[3]));
  order.command.assign(words.begin() + 4, words.end());
  return Keeper(std::move(order)).run();
}

}  // namespace gwageo
