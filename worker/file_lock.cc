#include "worker/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace gwageo {

void FileDescriptor::reset(int number) {
  if (number_ >= 0) ::close(number_);
  number_ = number;
}

tl::unexpected<Error> system_error_at(const std::string& path, const std::string& act, int error) {
  const ErrorKind kind = error == ENOENT                      ? ErrorKind::not_found
                         : error == EACCES || error == EPERM  ? ErrorKind::not_allowed
                         : error == ENOSPC || error == EDQUOT ? ErrorKind::unavailable
                                                              : ErrorKind::io;
  return fail(kind, path + ": " + act + ": " + std::generic_category().message(error));
}

Result<FileDescriptor> open_file(const std::string& path, int flags, unsigned mode) {
  int number = -1;
  do {
    number = ::open(path.c_str(), flags | O_CLOEXEC, static_cast<mode_t>(mode));
  } while (number < 0 && errno == EINTR);
  if (number < 0) return system_error_at(path, "open", errno);
  return FileDescriptor(number);
}

Status make_folders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return system_error_at(path, "make folder", error.value());
  return {};
}

Status write_at(int file, std::uint64_t at, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error_at(path, "write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return {};
}

Status read_at(int file, std::uint64_t at, char* bytes, std::size_t size, const std::string& path) {
  while (size > 0) {
    const ssize_t taken = ::pread(file, bytes, size, static_cast<off_t>(at));
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return system_error_at(path, "read", errno);
    if (taken == 0) {
      return fail(ErrorKind::corrupt,
                  path + ": ends at byte " + std::to_string(at) + ", before it should");
    }
    bytes += taken;
    size -= static_cast<std::size_t>(taken);
    at += static_cast<std::uint64_t>(taken);
  }
  return {};
}

Status sync_path(const std::string& path) {
  GWAGEO_ASSIGN(file, open_file(path, O_RDONLY));
  if (::fsync(file.number()) != 0) return system_error_at(path, "sync", errno);
  return {};
}

Result<std::uint64_t> free_space(const std::string& path) {
  struct statvfs about = {};
  if (::statvfs(path.c_str(), &about) != 0) return system_error_at(path, "ask for space", errno);
  return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
}

Result<std::uint64_t> whole_space(const std::string& path) {
  struct statvfs about = {};
  if (::statvfs(path.c_str(), &about) != 0) return system_error_at(path, "ask for space", errno);
  return static_cast<std::uint64_t>(about.f_blocks) * about.f_frsize;
}

Result<FileLock> FileLock::take(const std::string& path, LockKind kind, int flags) {
  Result<FileDescriptor> opened = open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW);
  if (!opened && kind == LockKind::shared) {
    Result<FileDescriptor> to_read = open_file(path, O_RDONLY | O_NOFOLLOW);
    if (to_read) opened = std::move(to_read);
  }
  if (!opened && opened.error().kind == ErrorKind::unavailable) {
    return fail(ErrorKind::io, opened.error().message);
  }
  GWAGEO_ASSIGN(file, std::move(opened));
  const int how = (kind == LockKind::shared ? LOCK_SH : LOCK_EX) | flags;
  int done = 0;
  do {
    done = ::flock(file.number(), how);
  } while (done != 0 && errno == EINTR);
  if (done == 0) {
    // Whoever had it until now may have removed the file: then others lock another one.
    struct stat about = {};
    if (::fstat(file.number(), &about) != 0) return system_error_at(path, "look at", errno);
    if (about.st_nlink == 0) return fail(ErrorKind::not_found, path + ": was removed meanwhile");
    return FileLock(std::move(file));
  }
  if (errno == EWOULDBLOCK) return fail(ErrorKind::unavailable, path + ": locked by others");
  return system_error_at(path, "lock", errno);
}

Result<FileLock> FileLock::attempt(const std::string& path, LockKind kind) {
  return take(path, kind, LOCK_NB);
}

Result<FileLock> FileLock::wait(const std::string& path, LockKind kind) {
  return take(path, kind, 0);
}

}  // namespace gwageo
