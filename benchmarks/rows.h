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
  std::string_view path;     ///< Of its file. Lives as long as the table.
  std::uint64_t line = 0;    ///< Where it begins in its file, from 1.
  std::uint64_t number = 0;  ///< Among the rows of the table, from 0.
  std::string_view bytes;
  Json fields;  ///< An object with every column of the file.
};

/// The rows of one split, in one file or several; its columns are known. Opening it reads it once,
/// in pieces. A value.
class Table {
 public:
  /// bad_input, "PATH:LINE: WHAT", for what cannot be split into records.
  static Result<Table> open(const SourceFiles& files, std::vector<std::string> paths,
                            const DataFormat& format);
  const std::vector<std::string>& paths() const { return paths_; }
  const Columns& columns() const { return columns_; }

 private:
  friend class RowReader;
  Status scan_json(const SourceFiles& files, const std::string& path);
  Status scan_delimited(const SourceFiles& files, const std::string& path);
  Status take_header(const std::string& path, DelimitedRecord header);

  std::vector<std::string> paths_;
  DataFormat format_;
  Columns columns_;
  std::vector<std::string> names_;  // Of the columns of delimited text.
  std::vector<CellType> types_;
};

/// Reads the rows of one table in order. One owner, one thread.
class RowReader {
 public:
  /// REQUIRES: `files` and `table` outlive the reader.
  RowReader(const SourceFiles& files, const Table& table) : files_(files), table_(table) {}

  /// The next row, or nothing at the end. bad_input, "PATH:LINE: WHAT", for a record that is no
  /// JSON object, is not UTF-8, is too long, or has other cells than the header; after a failure do
  /// not call again.
  Result<std::optional<Row>> next();

 private:
  Status open_file();
  Result<std::optional<Row>> next_of_file();
  Result<Row> parse(const JsonRecord& record) const;
  const std::string& path() const { return table_.paths_[file_ - 1]; }

  const SourceFiles& files_;
  const Table& table_;
  std::size_t file_ = 0;  // Files that were opened.
  std::optional<JsonRecords> json_;
  std::optional<DelimitedRecords> delimited_;
  std::uint64_t number_ = 0;
};

/// The id of a row's item: the field called `field`, or where `field` is empty the row's `id`, or
/// else the row number. Strings as they are, integers in decimal; anything else is refused.
Result<std::string> item_id(const Row& row, const std::string& field);

/// The cluster of a row's item: the field called `field`, read like an id.
Result<std::string> cluster_id(const Row& row, const std::string& field);

/// The ids of one task, 24 bytes each, to find duplicates. One owner, one thread.
class ItemIds {
 public:
  /// `number` is the row's.
  void add(std::string_view id, std::uint64_t number);
  /// The numbers of two equal ids, the second the smallest there is, or nothing. Call it last.
  std::optional<std::pair<std::uint64_t, std::uint64_t>> duplicate();

 private:
  struct Entry {
    std::uint64_t digest[2];  // 128 bits of the id's SHA-256.
    std::uint64_t number;
  };
  std::deque<Entry> entries_;  // Grows without ever copying itself.
};

}  // namespace gwageo
