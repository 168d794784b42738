// A leaderboard of others. The first line says in which format; after "====" its categories.
#include "benchmarks/leaderboard_file.h"
#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_leaderboard(std::string_view input) {
  const auto [format_name, rest] = first_line(input);
  const std::vector<std::string_view> parts = parts_of(rest);
  const BoardFormat format =
      parse_board_format(format_name).value_or(board_format_of("board", rest));
  std::optional<BoardText> categories;
  if (parts.size() > 1) categories = BoardText{"categories.json", parts[1]};
  const Result<BoardFile> file = read_board(format, "board", {"board.csv", parts[0]}, categories);
  if (!file) return;
  const Leaderboard& board = file->board;
  GWAGEO_CHECK(!board.rows.empty());
  for (const BoardRow& row : board.rows) {
    GWAGEO_CHECK(row.values.size() == board.tasks.size());
    GWAGEO_CHECK(board_score(board, row).has_value() == missing_tasks(board, row).empty());
  }
  GWAGEO_CHECK(board_change(board, board) == BoardChange{});
}

}  // namespace

const Target leaderboard_target = {"leaderboard", run_leaderboard};

}  // namespace gwageo::fuzz
