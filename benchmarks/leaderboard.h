// A leaderboard that others published: models, tasks and the values claimed for them. It is kept
// apart from what the pool measured (evidence `claimed`), and it is never mixed with it. Pure.
//
//   task mean      the value itself, an exact decimal
//   category mean  the mean over the category's tasks
//   overall        the mean over the categories' means (LiveBench's rule); a board of one task has
//                  one category, so its overall is its one rate (Aider's)
//
// A missing value is not a wrong one: a model without a value for each task has no overall.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/date.h"
#include "benchmarks/fraction.h"

namespace gwageo {

struct BoardTask {
  std::string name;
  std::string category;
  friend bool operator==(const BoardTask&, const BoardTask&) = default;
};

struct BoardRow {
  std::string model;                            ///< As the board writes it: any text of one line.
  std::optional<Date> released;                 ///< Where the board says so.
  std::vector<std::optional<Fraction>> values;  ///< By task, in lowest terms.
  friend bool operator==(const BoardRow&, const BoardRow&) = default;
};

/// Whether a board may write a model, task or category so: 1 to 128 bytes of UTF-8 without control
/// characters and outer spaces. Boards use colons, spaces and brackets.
bool is_board_name(std::string_view text);

/// One state of a board. A value. Values are from 0 to 100 and higher is better.
struct Leaderboard {
  std::vector<BoardTask> tasks;  ///< In the order of the file; names are unique.
  std::vector<BoardRow> rows;    ///< By model; models are unique.
  /// nullptr: no such model.
  const BoardRow* row(const std::string& model) const;
  friend bool operator==(const Leaderboard&, const Leaderboard&) = default;
};

struct BoardCategory {
  std::string name;
  Rational mean;
};

/// What a row comes to.
struct BoardScore {
  Rational overall;
  std::vector<BoardCategory> categories;  ///< In the order of their first tasks.
};

/// The score of a row of `board`; nothing when it lacks a value.
std::optional<BoardScore> board_score(const Leaderboard& board, const BoardRow& row);
/// The tasks for which a row of `board` has no value.
std::vector<std::string> missing_tasks(const Leaderboard& board, const BoardRow& row);

/// How one state of a board differs from the one before, in cells: values of a model for a task.
struct BoardChange {
  std::uint64_t added = 0;     ///< Cells that only the new one has.
  std::uint64_t removed = 0;   ///< Cells that only the old one had.
  std::uint64_t restated = 0;  ///< Cells with another value.
  friend bool operator==(const BoardChange&, const BoardChange&) = default;
};
BoardChange board_change(const Leaderboard& before, const Leaderboard& after);

}  // namespace gwageo
