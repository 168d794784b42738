// Puts a leaderboard together cell by cell. What all formats of boards have in common is checked
// here: names, bounds, values, nothing twice. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "benchmarks/leaderboard.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

namespace limits {
inline constexpr std::size_t board_bytes_max = std::size_t{256} << 10;  ///< Of a board's file.
inline constexpr std::size_t board_rows_max = 1024;
inline constexpr std::size_t board_tasks_max = 256;
}  // namespace limits

/// Where a value stands in its file, for complaints: "FILE:LINE: column 'COLUMN'".
struct BoardPlace {
  std::string_view file;
  std::uint64_t line = 0;
  std::string_view column;
  tl::unexpected<Error> refuse(std::string_view what) const;
};

/// Used once: tasks, rows and values in any order, then `finish`.
class LeaderboardBuilder {
 public:
  /// The task's number; a new one where there is none of that name. bad_input for a text that is no
  /// name of a task, and for too many.
  Result<std::size_t> task(const BoardPlace& at, const std::string& name);
  /// The row of a model that has none yet; bad_input when it has.
  Result<std::size_t> add_row(const BoardPlace& at, const std::string& model);
  /// Like `add_row`, or the row that is there.
  Result<std::size_t> row(const BoardPlace& at, const std::string& model);
  /// YYYY-MM-DD; empty: not known. bad_input for another date than the row has.
  Status released(const BoardPlace& at, std::size_t row, const std::string& date);
  /// A decimal number from 0 to 100; empty: missing. bad_input for a cell that has a value.
  Status value(const BoardPlace& at, std::size_t row, std::size_t task, const std::string& text);
  /// Empty: none. bad_input for another category than the task has.
  Status category(const BoardPlace& at, std::size_t task, const std::string& name);
  /// Category -> tasks, a JSON object. bad_input unless each task is in one category, and only
  /// tasks of the board are.
  Status categories(std::string_view file, std::string_view text);

  /// Without `categories` each task is a category of its own. bad_input for a board without a row.
  Result<Leaderboard> finish(std::string_view file);

 private:
  Status place_tasks(const BoardPlace& at, const std::string& category, const Json& tasks);

  Leaderboard board_;
  std::map<std::string, std::size_t> tasks_;
  std::map<std::string, std::size_t> rows_;
};

}  // namespace gwageo
