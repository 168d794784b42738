#include "worker/own_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <system_error>

#include "worker/file_lock.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

constexpr unsigned others_write = S_IWGRP | S_IWOTH;
constexpr unsigned own_mode = 0700;

tl::unexpected<Error> not_usable(const std::string& path, const std::string& why) {
  return fail(ErrorKind::bad_input, path + " " + why);
}

Status make_folder(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0 || errno == EEXIST) return {};
  return system_error_at(path, "make folder", errno);
}

/// What a name is of, not what a link by that name shows.
Result<struct stat> look_at(const std::string& path) {
  struct stat about = {};
  if (::lstat(path.c_str(), &about) != 0) return system_error_at(path, "look at", errno);
  if (S_ISLNK(about.st_mode)) return not_usable(path, "is a link");
  if (!S_ISDIR(about.st_mode)) return not_usable(path, "is no folder");
  return about;
}

/// When something in a folder, or the folder, was written last; in seconds.
std::int64_t last_written(const fs::path& folder) {
  std::int64_t last = 0;
  const auto look = [&](const fs::path& path) {
    struct stat about = {};
    if (::lstat(path.c_str(), &about) == 0) last = std::max<std::int64_t>(last, about.st_mtime);
  };
  look(folder);
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    look(at->path());
  }
  return last;
}

Result<FileDescriptor> open_to_read(const std::string& path) {
  return open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}

Result<std::uint64_t> size_of(const FileDescriptor& file, const std::string& path) {
  struct stat about = {};
  if (::fstat(file.number(), &about) != 0) return system_error_at(path, "look at", errno);
  if (!S_ISREG(about.st_mode)) return not_usable(path, "is no file");
  return static_cast<std::uint64_t>(about.st_size);
}

}  // namespace

bool is_own_folder(const std::string& path) {
  const Result<struct stat> about = look_at(path);
  return about && about->st_uid == ::getuid();
}

Status make_own_folder(const std::string& path) {
  GWAGEO_TRY(make_folder(path, own_mode));
  GWAGEO_ASSIGN(about, look_at(path));
  if (about.st_uid != ::getuid()) {
    return not_usable(path,
                      "is not of this user: it belongs to user " + std::to_string(about.st_uid));
  }
  // What others may have laid in it is there still.
  if ((about.st_mode & others_write) != 0) return not_usable(path, "can be written to by others");
  if ((about.st_mode & 07777) == own_mode || ::chmod(path.c_str(), own_mode) == 0) return {};
  return system_error_at(path, "keep to oneself", errno);
}

Status make_unlinked_folder(const std::string& path) {
  GWAGEO_TRY(make_folder(path, 0777));
  if (const auto about = look_at(path); !about) return tl::unexpected(about.error());
  return {};
}

void remove_abandoned_folders(const std::string& all, std::string_view beginning,
                              Duration unwritten_for) {
  const std::int64_t now = std::time(nullptr);
  std::error_code error;
  for (fs::directory_iterator at(all, error), end; !error && at != end; at.increment(error)) {
    const fs::path& path = at->path();
    if (!path.filename().string().starts_with(beginning) || !is_own_folder(path)) continue;
    if (now - last_written(path) < unwritten_for.microseconds / 1'000'000) continue;
    const Result<FileLock> lock = FileLock::attempt(path / "lock", LockKind::exclusive);
    std::error_code ignored;
    if (lock) fs::remove_all(path, ignored);
  }
}

Status write_note(const std::string& path, std::string_view text) {
  GWAGEO_ASSIGN(file, open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK));
  return write_at(file.number(), 0, text, path);
}

Result<std::string> read_note(const std::string& path, std::uint64_t bytes_max) {
  GWAGEO_ASSIGN(file, open_to_read(path));
  GWAGEO_ASSIGN(size, size_of(file, path));
  if (size > bytes_max) {
    return fail(ErrorKind::bad_input, path + ": more than " + std::to_string(bytes_max) + " bytes");
  }
  std::string text(size, '\0');
  GWAGEO_TRY(read_at(file.number(), 0, text.data(), text.size(), path));
  return text;
}

std::string end_of_file(const std::string& path, std::uint64_t bytes_max) {
  const Result<FileDescriptor> file = open_to_read(path);
  if (!file) return "";
  const std::uint64_t size = size_of(*file, path).value_or(0);
  std::string text(std::min(size, bytes_max), '\0');
  return read_at(file->number(), size - text.size(), text.data(), text.size(), path) ? text : "";
}

}  // namespace gwageo
