#include "tests/e2e/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/folders.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;

std::string text_of(int descriptor) {
  std::string text;
  char bytes[65536];
  for (;;) {
    const ssize_t count = ::pread(descriptor, bytes, sizeof bytes, static_cast<off_t>(text.size()));
    if (count <= 0) return text;
    text.append(bytes, static_cast<std::size_t>(count));
  }
}

/// The words of a command line as /proc shows them; none of a process that has ended.
std::vector<std::string> words_of(const fs::path& process) {
  std::vector<std::string> words;
  std::ifstream file(process / "cmdline", std::ios::binary);
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

/// The value that follows `option`.
std::string value_of(const std::vector<std::string>& words, const std::string& option) {
  const auto found = std::find(words.begin(), words.end(), option);
  return found == words.end() || found + 1 == words.end() ? "" : *(found + 1);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text = "gwageo";
  for (const std::string& word : words) text += " " + word;
  return text;
}

}  // namespace

TemporaryFolder::~TemporaryFolder() { kill_daemons_of(path()); }

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string program() {
  const char* const given = std::getenv("GWAGEO_PROGRAM");
  return given != nullptr ? given : folders::program();
}

Process::Process(const std::vector<std::string>& words, const std::string& path) {
  out_ = ::memfd_create("out", MFD_CLOEXEC);
  err_ = ::memfd_create("err", MFD_CLOEXEC);
  std::vector<std::string> all = words;
  all.insert(all.begin(), path);
  std::vector<char*> pointers;
  for (std::string& word : all) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  for (const char* name : {"GWAGEO_DATA", "GWAGEO_COORDINATOR", "GWAGEO_KEY"}) ::unsetenv(name);
  const pid_t parent = ::getpid();
  id_ = ::fork();
  if (id_ < 0) throw std::runtime_error("cannot start a process");
  if (id_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(SIGKILL));
  if (::getppid() != parent) ::_exit(127);
  ::dup2(out_, STDOUT_FILENO);
  ::dup2(err_, STDERR_FILENO);
  ::execvp(path.c_str(), pointers.data());
  ::_exit(127);
}

Process::~Process() {
  if (!ended_) {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  ::close(out_);
  ::close(err_);
}

void Process::signal(int number) const {
  if (!ended_) ::kill(id_, number);
}

std::optional<Ending> Process::wait(Milliseconds at_most) {
  if (ended_) return ended_;
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, id_, 0));
  if (handle < 0) throw std::runtime_error("cannot watch a process");
  pollfd watched{handle, POLLIN, 0};
  const Clock::time_point until = Clock::now() + at_most;
  int status = 0;
  pid_t found = 0;
  do {
    const auto left = std::chrono::duration_cast<Milliseconds>(until - Clock::now()).count();
    ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(0, left)));
    found = ::waitpid(id_, &status, WNOHANG);
  } while (found == 0 && Clock::now() < until);
  ::close(handle);
  if (found == 0) return std::nullopt;
  ended_ = WIFEXITED(status) ? Ending{WEXITSTATUS(status), 0} : Ending{-1, WTERMSIG(status)};
  return ended_;
}

std::string Process::out() const { return text_of(out_); }
std::string Process::err() const { return text_of(err_); }

Json Outcome::json() const {
  Result<Json> document = Json::parse(out);
  if (document) return *std::move(document);
  throw std::runtime_error("no JSON document (" + document.error().message + "), exit code " +
                           std::to_string(code) + ": " + out + err);
}

Outcome run(const std::vector<std::string>& words, Milliseconds at_most) {
  Process process(words);
  const std::optional<Ending> ending = process.wait(at_most);
  if (!ending) {
    throw std::runtime_error("not done after " + std::to_string(at_most.count()) +
                             " ms: " + joined(words) + ": " + process.err());
  }
  const int code = ending->signal != 0 ? 128 + ending->signal : ending->code;
  return {code, process.out(), process.err()};
}

bool eventually(Milliseconds at_most, const std::function<bool()>& condition) {
  const Clock::time_point until = Clock::now() + at_most;
  while (!condition()) {
    if (Clock::now() >= until) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

std::vector<Daemon> daemons_of(const fs::path& folder) {
  std::vector<Daemon> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    const std::vector<std::string> words = words_of(entry.path());
    if (words.size() < 2) continue;
    const bool is_daemon = words[1] == "up" || words[1] == "coordinator" || words[1] == "worker";
    const bool is_ours = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      return word == folder.string() || word.starts_with(folder.string() + "/");
    });
    if (!is_daemon || !is_ours) continue;
    found.push_back({static_cast<pid_t>(std::stol(name)), words[1], value_of(words, "--name")});
  }
  // `up` first: what it would start again must not outlive it.
  std::stable_partition(found.begin(), found.end(),
                        [](const Daemon& daemon) { return daemon.verb == "up"; });
  return found;
}

bool kill_daemons_of(const fs::path& folder) {
  return eventually(Milliseconds(20000), [&] {
    const std::vector<Daemon> daemons = daemons_of(folder);
    for (const Daemon& daemon : daemons) ::kill(daemon.id, SIGKILL);
    return daemons.empty();
  });
}

}  // namespace gwageo::e2e
