#include "ops/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gwageo {

Result<pid_t> start_child(const std::vector<std::string>& arguments, int death_signal,
                          int descriptor) {
  std::vector<std::string> words = {"gwageo"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    return fail(ErrorKind::io, std::string("cannot start a process: ") + std::strerror(errno));
  }
  if (child > 0) return child;
  // Between fork and exec: calls that are safe in a signal handler only.
  ::prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(death_signal));
  if (::getppid() != parent) ::_exit(1);  // The parent died before it could be watched.
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (descriptor >= 0) ::fcntl(descriptor, F_SETFD, 0);
  ::execv("/proc/self/exe", pointers.data());
  ::_exit(127);
}

std::string describe_end(int status) {
  if (WIFEXITED(status)) return "exited with code " + std::to_string(WEXITSTATUS(status));
  return "was ended by signal " + std::to_string(WTERMSIG(status));
}

}  // namespace gwageo
