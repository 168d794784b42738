#include "worker/random_access_file.h"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace gwageo {

Result<RandomAccessFile> RandomAccessFile::open(const std::filesystem::path& path) {
  RandomAccessFile opened;
  opened.path_ = path;
  opened.file_.reset(std::fopen(path.c_str(), "rb"));
  if (!opened.file_) {
    const ErrorKind kind = errno == ENOENT ? ErrorKind::not_found : ErrorKind::io;
    return fail(kind, path.string() + ": " + std::strerror(errno));
  }
  std::error_code error;
  opened.size_ = std::filesystem::file_size(path, error);
  if (error) return fail(ErrorKind::io, path.string() + ": " + error.message());
  return opened;
}

Result<std::string> RandomAccessFile::read(std::uint64_t at, std::uint64_t count,
                                           const std::string& what) {
  std::string bytes(count, '\0');
  if (fseeko(file_.get(), static_cast<off_t>(at), SEEK_SET) != 0 ||
      std::fread(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    return fail(ErrorKind::io, path_.string() + ": " + what + " cannot be read");
  }
  return bytes;
}

}  // namespace gwageo
