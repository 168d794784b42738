#include "coordinator/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "coordinator/durable_file.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::string_view format_text = "gwageo 1\n";
constexpr std::uint64_t small_file_bytes_max = 4096;
constexpr std::uint64_t incomplete_bytes_max = std::uint64_t{1} << 20;

std::string system_text(int error) { return std::generic_category().message(error); }

Status make_folder(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) {
    return fail(ErrorKind::io, path + ": create folder: " + system_text(errno));
  }
  return {};
}

// Written before the format file, so these and no others may be there without one.
bool may_precede_format(const std::string& name) {
  static constexpr std::array<std::string_view, 6> names = {"lock",  "format.new", "keys",
                                                            "store", "tiles",      "log"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Without a format file: an empty folder or one whose making was cut short is fine, a folder of
// somebody else's or a damaged data directory is not.
Status check_unmarked(const std::string& path) {
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  for (const std::filesystem::directory_iterator end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (!may_precede_format(name)) {
      return fail(ErrorKind::bad_input,
                  path + ": no data directory, and not empty: it holds " + name);
    }
  }
  if (error) return fail(ErrorKind::io, path + ": list: " + error.message());
  const std::string store = path + "/store";
  const bool has_store =
      std::filesystem::exists(store, error) && !std::filesystem::is_empty(store, error);
  if (error) return fail(ErrorKind::io, store + ": list: " + error.message());
  if (!has_store) return {};
  return fail(ErrorKind::corrupt, path + ": the file format is missing, but store holds data");
}

// The first line of a file of a few words, fit to be shown.
std::string printable_line(const std::string& text) {
  std::string line = text.substr(0, std::min<std::size_t>(text.find('\n'), 64));
  for (char& c : line) {
    if (c < ' ' || c > '~') c = '?';
  }
  return line;
}

Status check_format(const std::string& path) {
  GWAGEO_ASSIGN(format, read_file(path + "/format", small_file_bytes_max));
  if (format == format_text) return {};
  return fail(ErrorKind::bad_input, path + ": the format is \"" + printable_line(format) +
                                        "\"; this program knows \"" +
                                        printable_line(std::string(format_text)) + "\"");
}

Status close_to_others(const std::string& path) {
  if (::chmod(path.c_str(), 0700) == 0) return {};
  return fail(ErrorKind::io, path + ": change mode: " + system_text(errno));
}

Status prepare(const std::string& path, bool has_format) {
  if (has_format) {
    GWAGEO_TRY(check_format(path));
  } else {
    GWAGEO_TRY(check_unmarked(path));
    // Answers and keys come in here. Whoever opens it to others later, means to.
    GWAGEO_TRY(close_to_others(path));
  }
  for (const char* name : {"/store", "/tiles", "/log"}) GWAGEO_TRY(make_folder(path + name, 0755));
  GWAGEO_TRY(make_folder(path + "/keys", 0700));
  GWAGEO_TRY(close_to_others(path + "/keys"));
  if (has_format) return {};
  // The format comes last: where it is, everything else was made. Its folder's sync covers them.
  GWAGEO_TRY(sync_folder(path + "/.."));
  return replace_file(path + "/format", format_text);
}

// Where it cannot be seen, nothing may be said of it, least of all that it is not there.
Result<bool> has_format(const std::string& path) {
  std::error_code error;
  const bool has = std::filesystem::exists(path + "/format", error);
  if (!error) return has;
  if (error == std::errc::permission_denied) {
    return fail(ErrorKind::not_allowed,
                path + ": " + error.message() + "; the data directory is its owner's alone");
  }
  return fail(ErrorKind::io, path + "/format: " + error.message());
}

// Waits a moment for a holder that was killed: until its memory is gone and what it had begun to
// write is written, the operating system keeps its files open. 0, or the error.
int try_lock(int number, int operation) {
  constexpr auto at_most = std::chrono::seconds(1);
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (::flock(number, operation | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() >= until) return errno;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return 0;
}

// Locks an opened lock file, or closes it.
Status lock(const std::string& path, int number, int operation) {
  const int error = try_lock(number, operation);
  if (error == 0) return {};
  // Readers share the lock among themselves, and leave no pid: the one in the file is of a
  // coordinator that ended. The reader may end between the two questions, so the first is repeated.
  if (error == EWOULDBLOCK && ::flock(number, LOCK_SH | LOCK_NB) == 0) {
    if (::flock(number, operation | LOCK_NB) == 0) return {};
    ::close(number);
    return fail(ErrorKind::unavailable, "an audit is reading " + path + "; wait until it ends");
  }
  char holder[32] = {};
  const ssize_t size = ::read(number, holder, sizeof holder - 1);
  ::close(number);
  if (error != EWOULDBLOCK) return fail(ErrorKind::io, path + "/lock: " + system_text(error));
  const std::string pid = size > 0 ? printable_line(holder) : "unknown";
  return fail(ErrorKind::unavailable, "another coordinator uses " + path + " (pid " + pid + ")");
}

// The descriptor that holds the lock. The operating system lets go of it when the process ends in
// whatever way, so a lock file that is only there means nothing.
Result<int> take_lock(const std::string& path) {
  const std::string file = path + "/lock";
  const int number = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (number < 0) return fail(ErrorKind::io, file + ": open: " + system_text(errno));
  GWAGEO_TRY(lock(path, number, LOCK_EX));
  // For people only: a full disk, say, must not keep an audit out.
  const std::string pid = std::to_string(::getpid()) + "\n";
  const bool told = ::ftruncate(number, 0) == 0 && ::write(number, pid.data(), pid.size()) > 0;
  static_cast<void>(told);
  return number;
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::string& path, Missing missing) {
  GWAGEO_ASSIGN(has, has_format(path));
  if (missing == Missing::refuse && !has) {
    return fail(ErrorKind::not_found, path + ": no data directory");
  }
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error == std::errc::not_a_directory) {
    return fail(ErrorKind::bad_input, path + ": cannot be a folder: something above it is a file");
  }
  if (error) return fail(ErrorKind::io, path + ": create folder: " + error.message());
  if (!has) GWAGEO_TRY(check_unmarked(path));
  GWAGEO_ASSIGN(lock, take_lock(path));
  DataDirectory held(path, lock);
  GWAGEO_ASSIGN(has_by_now, has_format(path));
  GWAGEO_TRY(prepare(path, has_by_now));
  GWAGEO_TRY(held.remove_endpoint());
  std::filesystem::remove(held.socket_path(), error);  // A killed coordinator's.
  return held;
}

Result<DataDirectory> DataDirectory::open_for_reading(const std::string& path) {
  GWAGEO_ASSIGN(has, has_format(path));
  if (!has) return fail(ErrorKind::not_found, path + ": no data directory");
  const std::string file = path + "/lock";
  // Without O_NONBLOCK, opening a pipe that somebody put there would wait for ever.
  const int number = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (number < 0 && errno != ENOENT) {
    return fail(ErrorKind::io, file + ": open: " + system_text(errno));
  }
  if (number >= 0) GWAGEO_TRY(lock(path, number, LOCK_SH));
  DataDirectory held(path, number);
  GWAGEO_TRY(check_format(path));
  return held;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

Status DataDirectory::note_missing(const std::string& what) {
  return what.empty() ? remove_file(incomplete_path()) : replace_file(incomplete_path(), what);
}

Status DataDirectory::check_complete() const {
  const Result<std::string> what = read_file(incomplete_path(), incomplete_bytes_max);
  if (!what && what.error().kind == ErrorKind::not_found) return {};
  const std::string said = what ? *what : what.error().message + "\n";
  return fail(ErrorKind::corrupt,
              path_ + " is not complete, as the last gwageo recover found it:\n" + said +
                  "Recover it again, with --rows ARCHIVE for what a log does not hold; or remove " +
                  incomplete_path() + " to serve what there is, knowingly; nothing is served");
}

Status DataDirectory::write_endpoint(std::string_view endpoint) {
  GWAGEO_CHECK(!endpoint.empty() && endpoint.find('\n') == endpoint.npos);
  const std::string_view port = endpoint.substr(endpoint.rfind(':') + 1);
  GWAGEO_TRY(replace_file(path_ + "/port", std::string(port) + "\n"));
  return replace_file(path_ + "/endpoint", std::string(endpoint) + "\n");
}

std::string DataDirectory::last_port() const {
  const Result<std::string> text = read_file(path_ + "/port", small_file_bytes_max);
  if (!text) return {};  // Another port is no harm.
  const std::string port = text->substr(0, text->find('\n'));
  const bool is_port = port.find_first_not_of("0123456789") == port.npos && port.size() <= 5;
  return is_port ? port : std::string();
}

Status DataDirectory::remove_endpoint() { return remove_file(path_ + "/endpoint"); }

Result<std::string> read_endpoint(const std::string& path) {
  auto text = read_file(path + "/endpoint", small_file_bytes_max);
  if (!text && text.error().kind == ErrorKind::not_found) {
    return fail(ErrorKind::not_found, path + ": no coordinator is running here");
  }
  GWAGEO_TRY(text);
  if (text->size() < 2 || text->find('\n') != text->size() - 1) {
    return fail(ErrorKind::corrupt, path + "/endpoint: not one line");
  }
  text->pop_back();
  return text;
}

Result<std::string> read_nearest_endpoint(const std::string& path) {
  GWAGEO_ASSIGN(endpoint, read_endpoint(path));
  std::error_code error;
  const std::string socket = path + "/socket";
  return std::filesystem::is_socket(socket, error) ? std::string(unix_prefix) + socket : endpoint;
}

}  // namespace gwageo
