// A file of JSON objects, split into the bytes of one after another: JSON lines, one array of
// objects, or an object whose member `field` is such an array.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "benchmarks/data_text.h"
#include "protocol/result.h"

namespace gwageo {

/// One object's bytes where they lie. Valid until the reader's next call.
struct JsonRecord {
  std::uint64_t line = 0;  ///< Where it begins, from 1.
  std::string_view bytes;
};

/// Splits one file. JSON lines are read in pieces of 1 MiB; a file that is one array or one object
/// is held whole, at most 256 MiB. A record has at most 4 MiB. Whether the bytes are an object is
/// for the caller to find out. One owner, one thread.
class JsonRecords {
 public:
  /// `field` is empty, or the member that holds the records. REQUIRES: `files` outlives this.
  JsonRecords(const SourceFiles& files, std::string path, std::string field);

  /// The next record, or nothing at the end. bad_input, "PATH:LINE: WHAT".
  Result<std::optional<JsonRecord>> next();
  /// Whether each line is a record. Known from the first record on.
  bool has_lines() const { return form_ == Form::lines; }

 private:
  enum class Form { unknown, lines, list };
  Status find_form();
  Status read_whole();
  Status find_field();
  Result<std::optional<JsonRecord>> next_line();
  Result<std::optional<JsonRecord>> next_element();
  tl::unexpected<Error> wrong(std::uint64_t line, const std::string& what) const;
  std::uint64_t line_at(std::size_t offset);

  DataText text_;
  std::string field_;
  Form form_ = Form::unknown;
  std::string buffer_;
  std::size_t at_ = 0;        // Start of what was not given out.
  std::size_t searched_ = 0;  // lines: up to here `buffer_` holds no line end after `at_`.
  std::uint64_t line_ = 0;    // lines: the last one given out. list: that of `counted_`.
  std::size_t counted_ = 0;   // list: up to here line ends were counted.
  bool first_ = true;         // list: no element was given out.
  bool is_read_ = false;      // Nothing is left in the file.
};

/// The end of the JSON value that begins at `at`, judged by its brackets and quotes alone; npos
/// where the text ends within it.
std::size_t json_value_end(std::string_view text, std::size_t at);

}  // namespace gwageo
