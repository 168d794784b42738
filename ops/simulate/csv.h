// Tables of comma-separated values as traces have them: a line of column names, no quotes. Blanks
// around a field are no part of it, nor is a byte order mark of the file. Every complaint names
// file, line and field.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo::simulate {

/// Looks into the text that it was made of, which outlives it. A value.
class Csv {
 public:
  static constexpr std::size_t rows_max = 10000000;
  /// bad_input where a row has more or fewer fields than the first line, where there are too many,
  /// two columns have one name, or a field holds a quote or a control character.
  static Result<Csv> parse(std::string_view text, std::string file);

  bool has(std::string_view column) const;
  /// The columns' names, with commas between.
  std::string columns_text() const;
  /// bad_input names a column that is none of these.
  Status only(std::initializer_list<std::string_view> known) const;
  /// bad_input where a field of the column is empty, or the same as one above.
  Status unique(std::size_t column) const;
  /// Where a column stands; bad_input names it when it is missing.
  Result<std::size_t> column(std::string_view name) const;
  std::size_t rows() const { return lines_.size(); }

  /// REQUIRES below: row < rows(), and a column that `column` gave.
  std::string_view text(std::size_t row, std::size_t column) const;
  Result<std::int64_t> whole(std::size_t row, std::size_t column, std::int64_t least,
                             std::int64_t most) const;
  /// Seconds, with up to six digits after the point, from 0 to most.
  Result<Duration> time(std::size_t row, std::size_t column, Duration most) const;
  /// Where a field is: "pods.csv:2: field num_gpu".
  std::string place(std::size_t row, std::size_t column) const;
  /// A complaint about a field.
  [[nodiscard]] tl::unexpected<Error> refuse(std::size_t row, std::size_t column,
                                             const std::string& reason) const;

 private:
  std::string file_;
  std::vector<std::string_view> columns_;
  std::vector<std::string_view> fields_;  // Row after row.
  std::vector<std::size_t> lines_;        // Of each row, 1-based.
};

/// A decimal number without sign and exponent, in millionths: "0.5" is 500000. Digits beyond the
/// sixth after the point must be 0. Nothing for anything else, and for 10^12 and more.
Result<std::int64_t> parse_millionths(std::string_view text);

}  // namespace gwageo::simulate
