// Files compressed with Zstandard behind a line that says what they are. zstd_file.cc alone sees
// libzstd.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/result.h"

namespace gwageo {

/// What becomes of a file that has the name already, be it a link that leads nowhere.
enum class Existing { keep, replace };

/// Writes a new file for its owner alone; nothing is visible under its name before `finish`. One
/// thread.
class ZstdWriter {
 public:
  struct Parts;
  /// `magic` is the uncompressed first line, without its line feed. io when it cannot be written.
  static Result<ZstdWriter> create(const std::string& path, std::string_view magic,
                                   Existing existing);
  ZstdWriter(ZstdWriter&&) noexcept;
  ~ZstdWriter();

  Status write(std::string_view bytes);
  /// Once, last; the file is durable then. conflict when there is one that is to be kept.
  Status finish();

 private:
  explicit ZstdWriter(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// Reads such a file from its beginning. One thread.
class ZstdReader {
 public:
  struct Parts;
  /// bad_input when the first line is another; not_found or io when it cannot be read.
  static Result<ZstdReader> open(const std::string& path, std::string_view magic);
  ZstdReader(ZstdReader&&) noexcept;
  ~ZstdReader();

  /// Exactly `count` bytes. corrupt when there are fewer, or they are damaged.
  Result<std::string> read(std::size_t count);
  /// Whether everything was read. corrupt when the file is cut short, or goes on after its end.
  Result<bool> at_end();

 private:
  explicit ZstdReader(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace gwageo
