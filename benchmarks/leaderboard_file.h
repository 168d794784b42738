// The files that leaderboards are published in, read: LiveBench's table, Aider's YAML, and a plain
// CSV of claims of our own. Pure. A file is at most 256 KiB, a board 1,024 models by 256 tasks.
//
//   livebench  CSV: `model`, then one column for each task. A cell that is empty or `N/A`, or that
//              a short row does not reach, is missing. Categories: JSON, category -> [task, ...].
//   aider      YAML: a list of runs with `model`, `dirname`, `pass_rate_2` (or `pass_rate_1` where
//              no run has the other), `released` or `_released`, and the counts behind the rate.
//              The second run of a model is called "MODEL (DIRNAME)".
//   claims     CSV with a header: board, model, released, date, task, value and, where the source
//              says so, n (items) and category. One line a value; all of one board.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/leaderboard.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

enum class BoardFormat : std::uint8_t { livebench = 0, aider = 1, claims = 2 };
std::string_view to_string(BoardFormat format);
std::optional<BoardFormat> parse_board_format(std::string_view text);
/// What a file looks like: a .yml or .yaml is Aider's, a header that begins with `model` is
/// LiveBench's; the rest are claims.
BoardFormat board_format_of(std::string_view path, std::string_view text);

/// What a file says that does not hold together. The board stands all the same: an auditor has to
/// see what was published.
struct BoardFinding {
  enum class Kind : std::uint8_t {
    denominator,  ///< The rate is not the passes over the stated number of cases.
    short_row,    ///< A row has fewer cells than the table has columns.
  };
  Kind kind = Kind::denominator;
  std::uint64_t line = 0;
  std::string row;           ///< Of the board: the model.
  std::uint64_t stated = 0;  ///< Cases, or columns.
  std::uint64_t found = 0;   ///< The number that gives the rate (0: none that the row states); or
                             ///< cells.
  std::string text;          ///< For people, with file and line.
};
Json to_json(const BoardFinding& finding);

/// A file's name, for complaints, and its content. Borrowed.
struct BoardText {
  std::string_view path;
  std::string_view text;
};

struct BoardFile {
  Leaderboard board;
  std::vector<BoardFinding> findings;
};

/// Reads a board. `name` is what a claims file calls it in each line. bad_input names file, line
/// and column, and says what to do; a file with categories goes with `livebench` and `claims` only.
Result<BoardFile> read_board(BoardFormat format, const std::string& name, const BoardText& file,
                             const std::optional<BoardText>& categories);

}  // namespace gwageo
