// RandomAccessFile: a file of weights, of which a part is read here and a part there.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "protocol/result.h"

namespace gwageo {

/// A resource; one thread.
class RandomAccessFile {
 public:
  /// not_found or io, naming the file.
  static Result<RandomAccessFile> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  /// Its size when it was opened, in bytes.
  std::uint64_t size() const { return size_; }
  /// So many bytes from `at` on; io, naming `what` of the file, when it no longer has them.
  Result<std::string> read(std::uint64_t at, std::uint64_t count, const std::string& what);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  RandomAccessFile() = default;
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace gwageo
