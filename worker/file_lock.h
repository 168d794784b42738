// Descriptors and locks of files between processes: what the weights cache stands on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/result.h"

namespace gwageo {

/// Owns an open file or socket. One thread.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number = -1) : number_(number) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.number_, -1));
    return *this;
  }
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  void reset(int number = -1);

 private:
  int number_;
};

/// An error of the system's last call, of the kind that its number means; the text names path, act
/// and the system's words. No room is `unavailable`.
tl::unexpected<Error> system_error_at(const std::string& path, const std::string& act, int error);

Result<FileDescriptor> open_file(const std::string& path, int flags, unsigned mode = 0644);
/// Also the folders above it; one that is there is fine.
Status make_folders(const std::string& path);
Status write_at(int file, std::uint64_t at, std::string_view bytes, const std::string& path);
/// As many bytes as `size` from `at`; corrupt when the file ends before.
Status read_at(int file, std::uint64_t at, char* bytes, std::size_t size, const std::string& path);
/// Makes the bytes of a file, or the names in a folder, durable.
Status sync_path(const std::string& path);
/// Bytes that this user may still write to the file system of `path`.
Result<std::uint64_t> free_space(const std::string& path);
/// Bytes of that file system, whoever has them.
Result<std::uint64_t> whole_space(const std::string& path);

enum class LockKind { shared, exclusive };

/// An advisory lock (flock) of a file that is made for it and stays. It goes with its owner, also
/// when the process is killed. Two in one process exclude each other as well. No link is followed.
/// On a file system that is read-only now, a shared one may still be had of a file that is there.
class FileLock {
 public:
  /// `unavailable` when others hold it in a way that excludes this, and for nothing else;
  /// `not_found` when it was removed between its opening and its locking: try again.
  static Result<FileLock> attempt(const std::string& path, LockKind kind);
  /// Waits for as long as it takes: for what is held for a moment only.
  static Result<FileLock> wait(const std::string& path, LockKind kind);
  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) noexcept = default;

 private:
  static Result<FileLock> take(const std::string& path, LockKind kind, int flags);
  explicit FileLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace gwageo
