// The lines of a foreign text file, read in pieces. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "benchmarks/suite.h"
#include "protocol/result.h"

namespace gwageo {

/// A line, without its end. Valid until the reader's next call.
struct TextLine {
  std::uint64_t number = 0;  ///< From 1.
  std::uint64_t offset = 0;  ///< Of its first byte in the file.
  std::string_view bytes;
};

/// One owner, one thread.
class LineReader {
 public:
  static constexpr std::size_t line_bytes_max = 16u << 20;
  /// REQUIRES: `files` outlives this.
  LineReader(const SourceFiles& files, std::string path) : files_(files), path_(std::move(path)) {}
  /// The next line, or nothing at the end. bad_input, "PATH:LINE: ...", for one of more than 16
  /// MiB.
  Result<std::optional<TextLine>> next();

 private:
  const SourceFiles& files_;
  std::string path_;
  std::string buffer_;
  std::size_t at_ = 0;      // Start of what was not given out.
  std::uint64_t read_ = 0;  // Bytes of the file that are, or were, in the buffer.
  std::uint64_t number_ = 0;
  bool is_read_ = false;
};

}  // namespace gwageo
