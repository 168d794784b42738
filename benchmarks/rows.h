// The rows of a data set: JSON lines read in bounded pieces, and the ids of the items they hold.
//
// A row is the bytes of its line without the line end ("\n" or "\r\n"); these bytes are what an
// item digest covers. A byte-order mark before the first line is skipped. Blank lines are lines,
// but no rows.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "benchmarks/suite.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// One row. `bytes` is valid until the reader's next call.
struct Row {
  std::uint64_t line = 0;    ///< From 1.
  std::uint64_t number = 0;  ///< Among the rows, from 0.
  std::string_view bytes;
  Json fields;  ///< An object.
};

/// Reads the rows of one file in order. Holds one piece of 1 MiB and at most one line, 4 MiB.
/// One owner, one thread.
class RowReader {
 public:
  /// REQUIRES: `files` outlives the reader.
  RowReader(const SourceFiles& files, std::string path);

  /// The next row, or nothing at the end. bad_input, "PATH:LINE: WHAT", for a line that is no JSON
  /// object, is not UTF-8 or is too long; after a failure do not call again.
  Result<std::optional<Row>> next();
  const std::string& path() const { return path_; }

 private:
  Result<bool> next_line(std::string_view& line);
  Status read_piece();
  Result<Row> parse(std::string_view line) const;
  tl::unexpected<Error> wrong(const std::string& what) const;

  const SourceFiles& files_;
  std::string path_;
  std::string buffer_;
  std::size_t at_ = 0;        // Start of the first line in `buffer_` that was not given out.
  std::size_t searched_ = 0;  // Up to here `buffer_` holds no line end after `at_`.
  std::optional<std::uint64_t> file_size_;
  std::uint64_t offset_ = 0;
  std::uint64_t line_ = 0;
  std::uint64_t number_ = 0;
};

/// The id of a row's item: the field called `field`, or where `field` is empty the row's `id`, or
/// else the row number. Strings as they are, integers in decimal; anything else is refused.
Result<std::string> item_id(const Row& row, const std::string& field);

/// The ids of one task, 24 bytes each, to find duplicates. One owner, one thread.
class ItemIds {
 public:
  void add(std::string_view id, std::uint64_t line);
  /// The lines of two equal ids, the second line the smallest there is, or nothing. Call it last.
  std::optional<std::pair<std::uint64_t, std::uint64_t>> duplicate();

 private:
  struct Entry {
    std::uint64_t digest[2];  // 128 bits of the id's SHA-256.
    std::uint64_t line;
  };
  std::deque<Entry> entries_;  // Grows without ever copying itself.
};

}  // namespace gwageo
