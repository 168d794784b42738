#include "worker/process_table.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <string_view>

namespace gwageo {
namespace {

constexpr std::size_t file_bytes_max = std::size_t{1} << 20;

// A file of /proc: their sizes are not known before they are read.
std::string read_file(const std::string& path) {
  std::string text;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  std::array<char, 8192> bytes{};
  for (ssize_t count = 0;
       text.size() < file_bytes_max && (count = ::read(file, bytes.data(), bytes.size())) > 0;) {
    text.append(bytes.data(), static_cast<std::size_t>(count));
  }
  ::close(file);
  return text;
}

void for_each_process(const std::function<void(pid_t)>& visit) {
  DIR* const folder = ::opendir("/proc");
  if (folder == nullptr) return;
  while (const dirent* const entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    pid_t process = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (error == std::errc{} && end == name.data() + name.size()) visit(process);
  }
  ::closedir(folder);
}

// Field `number` (from 3 on) of /proc/PID/stat, which follows the program's name in parentheses.
std::string stat_field(pid_t process, int number) {
  const std::string text = read_file("/proc/" + std::to_string(process) + "/stat");
  std::size_t at = text.rfind(')');
  if (at == std::string::npos) return "";
  at += 2;
  for (int i = 3; i < number && at != std::string::npos + 1; ++i) at = text.find(' ', at) + 1;
  if (at == 0 || at >= text.size()) return "";
  return text.substr(at, text.find(' ', at) - at);
}

// This machine since it booted, and our space of process numbers; the first such is called the same
// everywhere. Empty where nobody says.
std::string place_here() {
  std::array<char, 64> link{};
  const ssize_t count = ::readlink("/proc/self/ns/pid", link.data(), link.size());
  std::string boot = read_file("/proc/sys/kernel/random/boot_id");
  boot.resize(std::min(boot.size(), boot.find('\n')));
  if (count < 0 || boot.empty()) return "";
  return boot + "." + std::string(link.data(), static_cast<std::size_t>(count));
}

// The keeper that a mark names; 0 where it is none of `here`.
pid_t keeper_in(const std::string& mark, const std::string& here) {
  if (mark.empty() || here.empty() || !mark.starts_with(here + ":")) return 0;
  pid_t keeper = 0;
  std::from_chars(mark.data() + here.size() + 1, mark.data() + mark.size(), keeper);
  return keeper;
}

// The mark in the environment of a process; empty: none, or it is not ours to read.
std::string mark_of(pid_t process) {
  const std::string text = read_file("/proc/" + std::to_string(process) + "/environ");
  const std::string wanted = std::string(keeper_variable) + "=";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    if (text.compare(at, wanted.size(), wanted) == 0) {
      return text.substr(at + wanted.size(), end - at - wanted.size());
    }
    at = end + 1;
  }
  return "";
}

}  // namespace

std::string keeper_mark(pid_t process) {
  const std::string began = stat_field(process, 22);
  // What waits to be reaped, for as long as its parent likes, is there no more.
  if (began.empty() || stat_field(process, 3) == "Z") return "";
  return place_here() + ":" + std::to_string(process) + ":" + began;
}

pid_t keeper_of(pid_t process) {
  const std::string mark = mark_of(process);
  const pid_t keeper = keeper_in(mark, place_here());
  return keeper > 0 && keeper_mark(keeper) == mark ? keeper : 0;
}

std::vector<pid_t> descendants_of(pid_t ancestor) {
  std::map<pid_t, std::vector<pid_t>> children;
  for_each_process([&](pid_t process) {
    const std::string parent = stat_field(process, 4);
    pid_t number = 0;
    std::from_chars(parent.data(), parent.data() + parent.size(), number);
    if (number > 0) children[number].push_back(process);
  });
  std::vector<pid_t> found = children[ancestor];
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::vector<pid_t> below = children[found[i]];
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

std::vector<pid_t> bearers_of(const std::string& mark) {
  std::vector<pid_t> found;
  for_each_process([&](pid_t process) {
    if (!mark.empty() && mark_of(process) == mark) found.push_back(process);
  });
  return found;
}

std::size_t kill_what_keepers_left() {
  const std::string here = place_here();
  std::size_t count = 0;
  for_each_process([&](pid_t process) {
    const std::string mark = mark_of(process);
    const pid_t keeper = keeper_in(mark, here);
    if (keeper <= 0 || keeper_mark(keeper) == mark) return;
    if (::kill(process, SIGKILL) == 0) ++count;
  });
  return count;
}

}  // namespace gwageo
