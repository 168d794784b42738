// The rows of a data set, read in bounded pieces, and the ids of the items they hold.
//
// A row is the bytes of its record: a line of JSON lines, an element of a JSON list, a record of
// delimited text, always without its line end. These bytes are what an item digest covers. What the
// row says are its fields, made alike over the whole file (columns.h).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/cell_type.h"
#include "benchmarks/columns.h"
#include "benchmarks/delimited_records.h"
#include "benchmarks/json_records.h"
#include "benchmarks/suite.h"
#include "benchmarks/task.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// One row. `bytes` is valid until the reader's next call.
struct Row {
  std::uint64_t line = 0;    ///< Where it begins, from 1.
  std::uint64_t number = 0;  ///< Among the rows, from 0.
  std::string_view bytes;
  Json fields;  ///< An object with every column of the file.
};

/// One file of rows, its columns known. Opening it reads it once, in pieces. A value.
class Table {
 public:
  /// bad_input, "PATH:LINE: WHAT", for what cannot be split into records.
  static Result<Table> open(const SourceFiles& files, const std::string& path,
                            const DataFormat& format);
  const std::string& path() const { return path_; }
  const Columns& columns() const { return columns_; }

 private:
  friend class RowReader;
  Status scan_json(const SourceFiles& files);
  Status scan_delimited(const SourceFiles& files);

  std::string path_;
  DataFormat format_;
  Columns columns_;
  std::vector<CellType> types_;  // Of the columns of delimited text.
};

/// Reads the rows of one table in order. One owner, one thread.
class RowReader {
 public:
  /// REQUIRES: `files` and `table` outlive the reader.
  RowReader(const SourceFiles& files, const Table& table);

  /// The next row, or nothing at the end. bad_input, "PATH:LINE: WHAT", for a record that is no
  /// JSON object, is not UTF-8, is too long, or has other cells than the header; after a failure do
  /// not call again.
  Result<std::optional<Row>> next();
  const std::string& path() const { return table_.path(); }

 private:
  Result<Row> parse(const JsonRecord& record) const;
  Result<std::optional<Row>> next_delimited();

  const Table& table_;
  std::optional<JsonRecords> json_;
  std::optional<DelimitedRecords> delimited_;
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
