#include "coordinator/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace gwageo {
namespace {

// Closes on every way out; the descriptors that were written to are closed by hand, because a
// failed close of those is a failed write.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

tl::unexpected<Error> system_failure(const std::string& path, const char* act, int error) {
  const ErrorKind kind = error == ENOENT                      ? ErrorKind::not_found
                         : error == EACCES                    ? ErrorKind::not_allowed
                         : error == ENOSPC || error == EDQUOT ? ErrorKind::unavailable
                                                              : ErrorKind::io;
  return fail(kind, path + ": " + act + ": " + std::generic_category().message(error));
}

int open_retrying(const std::string& path, int flags, mode_t mode = 0) {
  int number = -1;
  do {
    number = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (number < 0 && errno == EINTR);
  return number;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status write_all(int number, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(number, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure(path, "write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status write_synced(const std::string& path, std::string_view bytes, Readers readers) {
  const mode_t mode = readers == Readers::owner ? 0600 : 0644;
  Descriptor file(open_retrying(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode));
  if (file.number() < 0) return system_failure(path, "create", errno);
  // A leftover of a crash may have another mode than the one asked for here.
  if (::fchmod(file.number(), mode) != 0) return system_failure(path, "change mode", errno);
  GWAGEO_TRY(write_all(file.number(), bytes, path));
  if (::fsync(file.number()) != 0) return system_failure(path, "sync", errno);
  if (!file.close()) return system_failure(path, "close", errno);
  return {};
}

}  // namespace

Status replace_file(const std::string& path, std::string_view bytes, Readers readers) {
  const std::string temporary = path + ".new";
  if (Status written = write_synced(temporary, bytes, readers); !written) {
    ::unlink(temporary.c_str());
    return written;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return system_failure(path, "rename into place", error);
  }
  return sync_folder(folder_of(path));
}

Status FileBatch::make_folder(const std::string& path) {
  if (path == root_ || met_.contains(path)) return {};
  const std::string parent = folder_of(path);
  GWAGEO_TRY(make_folder(parent));
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return system_failure(path, "make folder", errno);
  }
  folders_.insert(parent);
  met_.insert(path);
  return {};
}

Status FileBatch::put(const std::string& path, std::string_view bytes) {
  GWAGEO_TRY(make_folder(folder_of(path)));
  const std::string temporary = path + ".new";
  Descriptor file(open_retrying(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644));
  if (file.number() < 0) return system_failure(temporary, "create", errno);
  GWAGEO_TRY(write_all(file.number(), bytes, temporary));
  if (!file.close()) return system_failure(temporary, "close", errno);
  folders_.insert(folder_of(path));
  paths_.push_back(path);
  return {};
}

Status FileBatch::keep(const std::string& path) {
  GWAGEO_TRY(make_folder(folder_of(path)));
  const Descriptor file(open_retrying(path, O_RDONLY | O_NOFOLLOW));
  if (file.number() < 0) return system_failure(path, "open", errno);
  if (::fsync(file.number()) != 0) return system_failure(path, "sync", errno);
  folders_.insert(folder_of(path));
  return {};
}

Status FileBatch::finish() {
  std::set<std::string> met = std::exchange(met_, {});  // Of a failure nothing is known.
  // The first sync waits for the disk; what was written meanwhile is mostly there for the others.
  for (const std::string& path : paths_) {
    const std::string temporary = path + ".new";
    const Descriptor file(open_retrying(temporary, O_RDONLY | O_NOFOLLOW));
    if (file.number() < 0) return system_failure(temporary, "open", errno);
    if (::fsync(file.number()) != 0) return system_failure(temporary, "sync", errno);
  }
  for (const std::string& path : std::exchange(paths_, {})) {
    const std::string temporary = path + ".new";
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      return system_failure(path, "rename into place", errno);
    }
  }
  for (const std::string& folder : std::exchange(folders_, {})) GWAGEO_TRY(sync_folder(folder));
  met_ = std::move(met);
  return {};
}

Result<std::string> read_file(const std::string& path, std::uint64_t size_max) {
  // Without O_NONBLOCK, opening a pipe that somebody put there would wait for ever.
  const Descriptor file(open_retrying(path, O_RDONLY | O_NONBLOCK));
  if (file.number() < 0) return system_failure(path, "open", errno);
  struct stat about = {};
  if (::fstat(file.number(), &about) != 0) return system_failure(path, "inspect", errno);
  if (!S_ISREG(about.st_mode)) return fail(ErrorKind::bad_input, path + ": not a regular file");
  std::string bytes;
  char piece[65536];
  for (;;) {
    const ssize_t taken = ::read(file.number(), piece, sizeof piece);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return system_failure(path, "read", errno);
    if (taken == 0) return bytes;
    bytes.append(piece, static_cast<std::size_t>(taken));
    if (bytes.size() > size_max) {
      return fail(ErrorKind::bad_input,
                  path + ": larger than the " + std::to_string(size_max) + " bytes it may have");
    }
  }
}

bool is_name_taken(const std::string& path) {
  struct stat about = {};
  return ::lstat(path.c_str(), &about) == 0 || errno != ENOENT;
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return system_failure(path, "remove", errno);
  }
  return sync_folder(folder_of(path));
}

Status sync_folder(const std::string& path) {
  const Descriptor folder(open_retrying(path, O_RDONLY | O_DIRECTORY));
  if (folder.number() < 0) return system_failure(path, "open folder", errno);
  if (::fsync(folder.number()) != 0) return system_failure(path, "sync folder", errno);
  return {};
}

Result<std::uint64_t> free_bytes(const std::string& path) {
  struct statvfs about = {};
  if (::statvfs(path.c_str(), &about) != 0)
    return system_failure(path, "ask for free space", errno);
  return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
}

}  // namespace gwageo
