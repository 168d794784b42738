#include "ops/run_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "ops/system_clock.h"

namespace gwageo {
namespace {

constexpr std::size_t said_bytes_max = std::size_t{64} << 20;

/// Both ends of a pipe, closed with it.
struct Pipe {
  std::array<int, 2> ends = {-1, -1};
  Pipe() = default;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  bool open() { return ::pipe2(ends.data(), O_CLOEXEC) == 0; }
  void close_end(std::size_t end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
};

struct Pipes {
  Pipe in;
  Pipe out;
  Pipe err;
  Pipe failed;  ///< What exec could not: its errno.
};

/// Between fork and exec: calls that are safe in a signal handler only.
[[noreturn]] void become(const Pipes& pipes, char* const* words, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(SIGKILL));
  if (::getppid() != parent) ::_exit(127);
  ::setpgid(0, 0);
  ::dup2(pipes.in.ends[0], STDIN_FILENO);
  ::dup2(pipes.out.ends[1], STDOUT_FILENO);
  ::dup2(pipes.err.ends[1], STDERR_FILENO);
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execvp(words[0], words);
  const int why = errno;
  [[maybe_unused]] const ssize_t said = ::write(pipes.failed.ends[1], &why, sizeof why);
  ::_exit(127);
}

/// Reads what is there; closes the end where there will be no more.
void take(Pipe& pipe, std::string& text) {
  std::array<char, 65536> bytes{};
  const ssize_t count = ::read(pipe.ends[0], bytes.data(), bytes.size());
  if (count > 0) {
    text.append(bytes.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    pipe.close_end(0);
  }
}

void give(Pipe& pipe, const std::string& input, std::size_t& given) {
  const ssize_t count = ::write(pipe.ends[1], input.data() + given, input.size() - given);
  if (count > 0) given += static_cast<std::size_t>(count);
  // Whoever does not want to read more of it has said why, or will.
  if (count < 0 && errno != EINTR && errno != EAGAIN) given = input.size();
  if (given == input.size()) pipe.close_end(1);
}

/// Until it has closed both outputs. False when that takes too long, or is too much.
bool talk(Pipes& pipes, const std::string& input, Duration until, CommandEnd& end) {
  const SystemClock clock;
  std::size_t given = 0;
  ::fcntl(pipes.in.ends[1], F_SETFL, O_NONBLOCK);
  if (input.empty()) pipes.in.close_end(1);
  while (pipes.out.ends[0] >= 0 || pipes.err.ends[0] >= 0) {
    const Duration left = until - clock.monotonic();
    if (left <= Duration{} || end.out.size() + end.err.size() > said_bytes_max) return false;
    std::array<pollfd, 3> watched = {pollfd{pipes.out.ends[0], POLLIN, 0},
                                     pollfd{pipes.err.ends[0], POLLIN, 0},
                                     pollfd{pipes.in.ends[1], POLLOUT, 0}};
    ::poll(watched.data(), watched.size(), static_cast<int>(left.microseconds / 1000 + 1));
    if (watched[0].revents != 0) take(pipes.out, end.out);
    if (watched[1].revents != 0) take(pipes.err, end.err);
    if (watched[2].revents != 0) give(pipes.in, input, given);
  }
  return true;
}

/// Whether the child has ended by then.
bool ends_by(pid_t child, Duration until) {
  const SystemClock clock;
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  if (handle < 0) return false;
  const Duration left = std::max(Duration{}, until - clock.monotonic());
  pollfd watched{handle, POLLIN, 0};
  int found = 0;
  do {
    found = ::poll(&watched, 1, static_cast<int>(left.microseconds / 1000 + 1));
  } while (found < 0 && errno == EINTR);
  ::close(handle);
  return found > 0;
}

}  // namespace

Result<CommandEnd> run_command(const std::vector<std::string>& words, const std::string& input,
                               Duration at_most) {
  std::vector<std::string> copies = words;
  std::vector<char*> pointers;
  for (std::string& word : copies) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  Pipes pipes;
  if (!pipes.in.open() || !pipes.out.open() || !pipes.err.open() || !pipes.failed.open()) {
    return fail(ErrorKind::io, words[0] + ": no pipe: " + std::strerror(errno));
  }
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail(ErrorKind::io, words[0] + ": no process: " + std::strerror(errno));
  if (child == 0) become(pipes, pointers.data(), parent);
  pipes.in.close_end(0);
  pipes.out.close_end(1);
  pipes.err.close_end(1);
  pipes.failed.close_end(1);
  CommandEnd end;
  const Duration until = SystemClock().monotonic() + at_most;
  const bool has_ended = talk(pipes, input, until, end) && ends_by(child, until);
  if (!has_ended) {
    ::kill(-child, SIGKILL);
    ::kill(child, SIGKILL);  // It may not have got so far as to have a group.
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  int why = 0;
  if (::read(pipes.failed.ends[0], &why, sizeof why) == static_cast<ssize_t>(sizeof why)) {
    return fail(ErrorKind::not_found, words[0] + " cannot be run: " + std::strerror(why) +
                                          " (is it installed here, and on the PATH?)");
  }
  if (!has_ended) {
    return fail(ErrorKind::unavailable, words[0] + " had not ended after " +
                                            std::to_string(at_most.microseconds / 1000000) +
                                            " s and was killed");
  }
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

}  // namespace gwageo
