// A file of delimited text (CSV, TSV), split into records and cells as pandas' reader does it for
// the field's harness: RFC 4180's quotes, line ends inside quotes, blank lines skipped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/data_text.h"
#include "protocol/result.h"

namespace gwageo {

struct DelimitedRecord {
  std::uint64_t line = 0;          ///< Where it begins, from 1.
  std::string_view bytes;          ///< Without its line end. Valid until the reader's next call.
  std::vector<std::string> cells;  ///< Quotes resolved.
};

/// Reads one file in pieces. One owner, one thread.
class DelimitedRecords {
 public:
  /// Without `quotes` a quote is a character like others. REQUIRES: `files` outlives this.
  DelimitedRecords(const SourceFiles& files, std::string path, char delimiter, bool quotes);

  /// The next record, the header too, or nothing at the end. bad_input, "PATH:LINE: WHAT", for a
  /// quote that is never closed, text that is not UTF-8 and a record of more than 4 MiB.
  Result<std::optional<DelimitedRecord>> next();

 private:
  Result<std::size_t> record_end();
  Result<DelimitedRecord> split(std::string_view bytes, std::uint64_t line) const;
  tl::unexpected<Error> wrong(std::uint64_t line, const std::string& what) const;

  DataText text_;
  char delimiter_;
  bool quotes_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;  // Of `at_`.
  bool is_read_ = false;
};

}  // namespace gwageo
