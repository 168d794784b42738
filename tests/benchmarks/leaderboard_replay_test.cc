// What the published boards of two years say, read by our readers (../shared/data).
//
// The figures "models at 95 % of the best" do not hang on what a missing cell counts as: as 0, left
// out of its category, or (our rule) leaving the model without an overall. Few cells are missing,
// and none of a model near the top.
#include <gtest/gtest.h>

#include "benchmarks/leaderboard_file.h"
#include "tests/benchmarks/livebench_history.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

#define GWAGEO_NEED_DATA(folder)                                                 \
  if (!fs::exists(folder)) {                                                     \
    GTEST_SKIP() << "no shared data: set GWAGEO_SHARED; it has no " << (folder); \
  }

Leaderboard read_table(const std::string& text, const std::string& categories) {
  const auto read =
      read_board(BoardFormat::livebench, "livebench", {"table", text}, BoardText{"c", categories});
  EXPECT_TRUE(read) << read.error().message;
  return read ? read->board : Leaderboard{};
}

/// Models at `share` of the best overall and above, the best itself among them.
std::size_t near_the_best(const Leaderboard& board, const Rational& share) {
  std::vector<Rational> overalls;
  Rational best;
  for (const BoardRow& row : board.rows) {
    const std::optional<BoardScore> score = board_score(board, row);
    if (!score) continue;
    overalls.push_back(score->overall);
    best = std::max(best, score->overall);
  }
  return static_cast<std::size_t>(
      std::count_if(overalls.begin(), overalls.end(),
                    [&](const Rational& overall) { return overall >= share * best; }));
}

TEST(LeaderboardReplay, ModelsAtNinetyFivePercentOfLiveBenchsBest) {
  GWAGEO_NEED_DATA(livebench::folder());
  for (const auto& [release, count] : livebench::near_the_best()) {
    const std::string file = "table_" + livebench::file_part(release) + ".csv";
    const Leaderboard board =
        read_table(livebench::content(livebench::folder() / file), livebench::categories(release));
    EXPECT_EQ(near_the_best(board, Rational(19, 20)), count) << release;
  }
}

// The 970 restated cells of the history; one of them had no value before ("N/A"), so it is added.
TEST(LeaderboardReplay, EveryRestatedCellIsFoundBetweenTwoStates) {
  GWAGEO_NEED_DATA(livebench::folder());
  std::map<std::string, Leaderboard> boards;  // By release, as they stand.
  std::uint64_t restated = 0;
  std::size_t told = 0;
  const std::vector<livebench::State> states = livebench::history();
  EXPECT_EQ(states.size(), 199u);
  for (const livebench::State& state : states) {
    const auto read = read_board(BoardFormat::livebench, "livebench", {state.commit, state.csv},
                                 BoardText{"categories", state.categories});
    ASSERT_TRUE(read) << state.release << " " << read.error().message;
    const auto before = boards.find(state.release);
    if (before != boards.end()) restated += board_change(before->second, read->board).restated;
    boards[state.release] = read->board;
    told += state.cells_restated;
  }
  EXPECT_EQ(told, 970u);
  EXPECT_EQ(restated, 969u);
  for (const auto& [release, board] : boards) {
    const std::string file = "table_" + livebench::file_part(release) + ".csv";
    const auto last =
        read_board(BoardFormat::livebench, "livebench",
                   {file, livebench::content(livebench::folder() / file)}, std::nullopt);
    EXPECT_EQ(board_change(last->board, board), BoardChange({0, 0, 0})) << release;
  }
}

TEST(LeaderboardReplay, AidersSixRatesWithAnotherDenominatorAreFound) {
  const fs::path folder = livebench::folder().parent_path() / "aider";
  GWAGEO_NEED_DATA(folder);
  std::vector<std::string> found;
  std::size_t rows = 0;
  for (const char* name :
       {"code-in-json", "edit_leaderboard", "o1_polyglot_leaderboard", "polyglot_leaderboard",
        "quant", "qwen3_leaderboard", "refactor_leaderboard", "sonnet-fine"}) {
    const std::string text = livebench::content(folder / (std::string(name) + ".yml"));
    const auto read = read_board(BoardFormat::aider, name, {name, text}, std::nullopt);
    ASSERT_TRUE(read) << read.error().message;
    rows += read->board.rows.size();
    for (const BoardFinding& finding : read->findings) {
      EXPECT_EQ(finding.found, 225u) << finding.text;
      found.push_back(std::string(name) + ": " + finding.row + ": " +
                      std::to_string(finding.stated));
    }
  }
  EXPECT_EQ(rows, 279u);
  EXPECT_EQ(found,
            (std::vector<std::string>{"o1_polyglot_leaderboard: o1-2024-12-17 (high): 224",
                                      "polyglot_leaderboard: o1-2024-12-17 (high): 224",
                                      "polyglot_leaderboard: o3-mini (high): 224",
                                      "polyglot_leaderboard: chatgpt-4o-latest (2025-02-15): 223",
                                      "polyglot_leaderboard: gpt-4.5-preview: 224",
                                      "polyglot_leaderboard: o3 (high) + gpt-4.1: 224"}));
}

}  // namespace
}  // namespace gwageo
