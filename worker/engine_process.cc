#include "worker/engine_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "worker/process_table.h"

namespace gwageo {
namespace {

constexpr int socket_in_keeper = 3;
/// How long a destructor waits for a process that was killed. More is needed only where the kernel
/// itself waits, for a device say.
constexpr int gone_at_most_milliseconds = 20000;

tl::unexpected<Error> system_failure(const std::string& what, int code) {
  return fail(ErrorKind::io, "engine process: " + what + ": " + std::strerror(code));
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!more.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : more) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Spawned, not forked: this program has threads.
Result<pid_t> spawn_keeper(const std::string& keeper, std::vector<std::string> words,
                           const std::map<std::string, std::string>& environment, int socket) {
  words.insert(words.begin(), {keeper, keeper_word});
  std::vector<std::string> variables = environment_with(environment);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  // Onto itself is enough to be kept open.
  posix_spawn_file_actions_adddup2(&actions, socket, socket_in_keeper);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t process = 0;
  const int code = ::posix_spawn(&process, keeper.c_str(), &actions, &attributes,
                                 pointers_to(words).data(), pointers_to(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (code != 0) return system_failure("its keeper, " + keeper + ", cannot be started", code);
  return process;
}

std::uint64_t number_after(const std::string& file, const std::string& word) {
  std::ifstream in(file);
  for (std::string name; in >> name;) {
    std::uint64_t value = 0;
    if (in >> value && name == word) return value;
  }
  return 0;
}

std::string signal_words(int number) {
  const char* const name = ::sigabbrev_np(number);
  return "it was ended by signal " + std::to_string(number) +
         (name == nullptr ? "" : " (SIG" + std::string(name) + ")");
}

bool is_own_fault(int number) {
  constexpr std::array faults = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
  return std::find(faults.begin(), faults.end(), number) != faults.end();
}

int bound_socket(std::uint32_t port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (made >= 0 && ::bind(made, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    return made;
  }
  const int code = errno;
  if (made >= 0) ::close(made);
  errno = code;
  return -1;
}

}  // namespace

Result<std::unique_ptr<EngineProcess>> EngineProcess::start(const std::string& keeper,
                                                            const EngineCommand& command,
                                                            KeeperOrder order) {
  order.command = command.words;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return system_failure("no socket for its keeper", errno);
  }
  // dup2 onto itself would leave it to be closed by the exec.
  if (ends[1] == socket_in_keeper) {
    const int other = ::fcntl(ends[1], F_DUPFD_CLOEXEC, socket_in_keeper + 1);
    ::close(std::exchange(ends[1], other));
  }
  const Result<pid_t> process = spawn_keeper(keeper, to_words(order), command.environment, ends[1]);
  ::close(ends[1]);
  if (!process) {
    ::close(ends[0]);
    return tl::unexpected(process.error());
  }
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return std::unique_ptr<EngineProcess>(new EngineProcess(*process, ends[0]));
}

EngineProcess::EngineProcess(pid_t keeper, int socket)
    : keeper_(keeper),
      socket_(socket),
      mark_(keeper_mark(keeper)),
      memory_kills_(kernel_memory_kills()) {}

EngineProcess::~EngineProcess() {
  kill();
  pollfd watched{socket_, POLLIN, 0};
  for (int turn = 0; !is_gone_ && turn < gone_at_most_milliseconds / 100; ++turn) {
    ::poll(&watched, 1, 100);
    read();
  }
  if (is_gone_) return;
  ::close(socket_);  // The keeper goes on with it alone, and waits for the kernel.
}

void EngineProcess::tell(const char* line) const {
  if (is_gone_) return;
  [[maybe_unused]] const ssize_t told = ::send(socket_, line, std::strlen(line), MSG_NOSIGNAL);
}

void EngineProcess::stop() { tell("stop\n"); }
void EngineProcess::kill() { tell("kill\n"); }

std::optional<ProcessEnd> EngineProcess::poll() {
  read();
  return is_gone_ ? end_ : std::nullopt;
}

bool EngineProcess::has_ended() {
  read();
  return is_gone_ || end_.has_value();
}

void EngineProcess::wait(Duration at_most) {
  if (is_gone_) return;
  pollfd watched{socket_, POLLIN, 0};
  ::poll(&watched, 1, static_cast<int>(at_most.microseconds / 1000));
}

void EngineProcess::read() {
  std::array<char, 65536> bytes{};
  while (!is_gone_) {
    const ssize_t count = ::read(socket_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return keeper_is_gone();
    read_.append(bytes.data(), static_cast<std::size_t>(count));
    while (!read_.empty() && !is_gone_) {
      if (output_left_ > 0) {
        const std::size_t part = std::min(output_left_, read_.size());
        end_->output.append(read_, 0, part);
        read_.erase(0, part);
        output_left_ -= part;
        continue;
      }
      const std::size_t line_end = read_.find('\n');
      if (line_end == std::string::npos) break;
      const std::string line = read_.substr(0, line_end);
      read_.erase(0, line_end + 1);
      take_line(line);
    }
  }
}

void EngineProcess::take_line(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  if (word == "started") {
    words >> process_;
  } else if (word == "failed") {
    end_ = ProcessEnd{EngineEnd::not_started, line.substr(line.find(' ') + 1), ""};
  } else if (word == "ended") {
    std::string kind;
    int number = 0;
    words >> kind >> number >> output_left_;
    if (kind == "exit") {
      end_ = ProcessEnd{EngineEnd::exited, "it exited with code " + std::to_string(number), ""};
      return;
    }
    const bool for_memory = number == SIGKILL && kernel_memory_kills() > memory_kills_;
    const EngineEnd how = for_memory             ? EngineEnd::out_of_memory
                          : is_own_fault(number) ? EngineEnd::crashed
                                                 : EngineEnd::killed;
    end_ = ProcessEnd{
        how, for_memory ? "the kernel killed it for want of memory" : signal_words(number), ""};
  }
}

// In an orderly way, or it was killed: then the kernel kills the server, and whatever that had
// started bears the keeper's mark.
void EngineProcess::keeper_is_gone() {
  is_gone_ = true;
  ::close(socket_);
  int status = 0;
  while (::waitpid(keeper_, &status, 0) < 0 && errno == EINTR) {
  }
  const bool is_orderly = WIFEXITED(status) && end_.has_value();
  if (!is_orderly) {
    for (int turn = 0; turn < 100; ++turn) {
      const std::vector<pid_t> left = bearers_of(mark_);
      if (left.empty()) break;
      for (const pid_t process : left) ::kill(process, SIGKILL);
      ::poll(nullptr, 0, 10);
    }
  }
  if (!end_) {
    end_ = ProcessEnd{EngineEnd::keeper_lost, "its keeper was killed, and it with that", ""};
  }
}

Result<std::uint32_t> free_port() {
  const int made = bound_socket(0);
  if (made < 0) return system_failure("no free port", errno);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(made, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(made);
  return std::uint32_t{ntohs(address.sin_port)};
}

bool is_port_taken(std::uint32_t port) {
  const int made = bound_socket(port);
  if (made >= 0) ::close(made);
  return made < 0 && errno == EADDRINUSE;
}

std::uint64_t kernel_memory_kills() {
  return number_after("/proc/vmstat", "oom_kill") +
         number_after("/sys/fs/cgroup/memory.events", "oom_kill");
}

}  // namespace gwageo
