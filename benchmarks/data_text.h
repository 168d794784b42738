// The text of a data file, piece by piece: decompressed where its name ends with .gz or .zst, and
// without a byte-order mark at its start.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "benchmarks/suite.h"
#include "protocol/decompress.h"
#include "protocol/result.h"

namespace gwageo {

/// Reads one file. One owner, one thread.
class DataText {
 public:
  /// REQUIRES: `files` outlives this.
  DataText(const SourceFiles& files, std::string path);

  /// Appends the next piece to `out`; false at the end. bad_input, beginning with the path, for
  /// damaged compressed data; io when the file changes while it is read.
  Result<bool> read(std::string& out);
  const std::string& path() const { return path_; }

 private:
  Status end();

  const SourceFiles& files_;
  std::string path_;
  std::unique_ptr<Decompressor> decompressor_;
  std::string mark_;  // The first bytes, until it is known whether they are a byte-order mark.
  bool past_mark_ = false;
  std::uint64_t file_size_ = 0;
  std::uint64_t offset_ = 0;
  bool opened_ = false;
};

}  // namespace gwageo
