// Leaderboards as others publish them: read, refused, scored, compared.
#include "benchmarks/leaderboard.h"

#include <gtest/gtest.h>

#include "benchmarks/leaderboard_builder.h"
#include "benchmarks/leaderboard_file.h"

namespace gwageo {
namespace {

constexpr const char* table = "model,a,b,c\nbird,90.0,80,70\ncat,60,,30\nant,0.5,100,0\n";
constexpr const char* categories = R"({"Hard": ["a", "b"], "Easy": ["c"]})";

Result<BoardFile> livebench(std::string_view text,
                            std::optional<std::string_view> groups = std::nullopt) {
  std::optional<BoardText> given;
  if (groups) given = BoardText{"c.json", *groups};
  return read_board(BoardFormat::livebench, "board", {"t.csv", text}, given);
}
Result<BoardFile> aider(std::string_view text) {
  return read_board(BoardFormat::aider, "board", {"t.yml", text}, std::nullopt);
}
Result<BoardFile> claims(std::string_view text) {
  return read_board(BoardFormat::claims, "board", {"t.csv", text}, std::nullopt);
}
std::string refusal_of(const Result<BoardFile>& read) {
  if (read) return "accepted";
  EXPECT_EQ(read.error().kind, ErrorKind::bad_input);
  return read.error().message;
}
Rational decimal(std::string_view text) { return *Rational::from_decimal(text); }

TEST(Leaderboard, AnOverallIsTheMeanOverCategoriesOfTheMeanOverTasks) {
  const Leaderboard board = livebench(table, categories).value().board;
  ASSERT_EQ(board.rows.size(), 3u);
  EXPECT_EQ(board.rows[0].model, "ant");
  const std::optional<BoardScore> bird = board_score(board, *board.row("bird"));
  ASSERT_TRUE(bird);
  EXPECT_EQ(bird->overall, decimal("77.5"));  // (85 + 70) / 2
  ASSERT_EQ(bird->categories.size(), 2u);
  EXPECT_EQ(bird->categories[0].name, "Hard");
  EXPECT_EQ(bird->categories[0].mean, decimal("85"));
  // Without categories each task is one.
  const Leaderboard plain = livebench(table).value().board;
  EXPECT_EQ(board_score(plain, *plain.row("bird"))->overall, decimal("80"));
}

TEST(Leaderboard, AMissingValueIsNotAWrongOne) {
  const BoardFile read = livebench(table, categories).value();
  const BoardRow& cat = *read.board.row("cat");
  EXPECT_FALSE(board_score(read.board, cat));
  EXPECT_EQ(missing_tasks(read.board, cat), std::vector<std::string>{"b"});
  EXPECT_TRUE(read.findings.empty());
  EXPECT_EQ(livebench("model,a\nx,N/A\n").value().board.rows[0].values[0], std::nullopt);
}

TEST(Leaderboard, AShortRowIsReadAndSaid) {
  const BoardFile read = livebench("model,a,b\nx,1,2\ny,1\n").value();
  ASSERT_EQ(read.findings.size(), 1u);
  const BoardFinding& finding = read.findings[0];
  EXPECT_EQ(finding.kind, BoardFinding::Kind::short_row);
  EXPECT_EQ(finding.text, "t.csv:3: row 'y' has 2 cells of 3; the rest is missing");
  EXPECT_FALSE(board_score(read.board, *read.board.row("y")));
}

TEST(Leaderboard, ChangesAreCountedInCells) {
  const Leaderboard before = livebench("model,a,b\nx,1.0,2\ny,3,4\n").value().board;
  EXPECT_EQ(board_change(before, before), BoardChange({0, 0, 0}));
  // 1.0 and 1 are the same; y's b is restated, x's b gone, z new, and so is task c of z.
  const Leaderboard after = livebench("model,c,b,a\nx,,,1\ny,,5,3\nz,7,8,9\n").value().board;
  EXPECT_EQ(board_change(before, after), BoardChange({3, 1, 1}));
  EXPECT_EQ(board_change(after, before), BoardChange({1, 3, 1}));
}

TEST(Leaderboard, ATableThatIsNoneIsRefusedWithItsPlace) {
  EXPECT_EQ(refusal_of(livebench("")), "t.csv: empty: expected a header");
  EXPECT_EQ(refusal_of(livebench("name,a\n")),
            "t.csv:1: expected the header 'model,TASK,...', got 'name'");
  EXPECT_EQ(refusal_of(livebench("model,a\n")), "t.csv: no model with a value in it");
  EXPECT_EQ(refusal_of(livebench("model\nx\n")), "t.csv: no model with a value in it");
  EXPECT_EQ(refusal_of(livebench("model,a,a\nx,1,2\n")), "t.csv:1: column 'a' is there twice");
  EXPECT_EQ(refusal_of(livebench("model,a\nx,1,2\n")),
            "t.csv:2: 3 cells under a header of 2: quote what has a comma in it");
  EXPECT_EQ(refusal_of(livebench("model,a\nx,1\nx,2\n")),
            "t.csv:3: column 'model': model 'x' is there twice");
  for (const char* wrong : {"-1", "100.001", "nan", "x", "1e400", "0x10", "1,5"}) {
    EXPECT_EQ(refusal_of(livebench("model,a\nx,1\ny,\"" + std::string(wrong) + "\"\n")),
              "t.csv:3: column 'a': expected a decimal number from 0 to 100, got '" +
                  std::string(wrong) + "'");
  }
  EXPECT_EQ(refusal_of(livebench("model,a\nx,0.12345678901234567890123\n")),
            "t.csv:2: column 'a': '0.12345678901234567890123' has too many digits");
  EXPECT_EQ(refusal_of(livebench("model,a\n\"x\ny\",1\n")),
            "t.csv:2: column 'model': expected a name of 1 to 128 bytes without line ends and "
            "outer spaces");
  EXPECT_EQ(refusal_of(read_board(BoardFormat::livebench, "b", {"t.csv.gz", "x"}, std::nullopt)),
            "t.csv.gz: a board's file is read unpacked: unpack it first");
}

TEST(Leaderboard, CategoriesHoldEachTaskOnce) {
  EXPECT_EQ(refusal_of(livebench(table, "[]")),
            "c.json: expected an object of category: [task, ...]");
  EXPECT_EQ(refusal_of(livebench(table, R"({"H": ["a", "b"]})")),
            "c.json: column 'c' of the board is in no category");
  EXPECT_EQ(refusal_of(livebench(table, R"({"H": ["a", "b"], "E": ["b", "c"]})")),
            "c.json: column 'E': task 'b' is in category 'H' already");
  EXPECT_EQ(refusal_of(livebench(table, R"({"H": ["a", "b", "c", "d"]})")),
            "c.json: column 'H': task 'd' is no column of the board");
  EXPECT_EQ(refusal_of(livebench(table, R"({"H": 3})")),
            "c.json: column 'H': expected a list of tasks, got integer");
  EXPECT_EQ(refusal_of(livebench(table, "{")).substr(0, 8), "c.json: ");
}

TEST(Leaderboard, AFormatIsKnownByTheFile) {
  EXPECT_EQ(board_format_of("a.yml", "model,a"), BoardFormat::aider);
  EXPECT_EQ(board_format_of("a.yaml", ""), BoardFormat::aider);
  EXPECT_EQ(board_format_of("a.csv", "model,a\n"), BoardFormat::livebench);
  EXPECT_EQ(board_format_of("a.csv", "\xef\xbb\xbfmodel,a\n"), BoardFormat::livebench);
  EXPECT_EQ(livebench("\xef\xbb\xbfmodel,a\nx,1\n").value().board.tasks[0].name, "a");
  EXPECT_EQ(board_format_of("a.csv", "board,model\n"), BoardFormat::claims);
  for (const char* name : {"livebench", "aider", "claims"}) {
    EXPECT_EQ(to_string(*parse_board_format(name)), name);
  }
  EXPECT_FALSE(parse_board_format("xml"));
}

TEST(Leaderboard, BoardsAreBounded) {
  std::string rows = "model,a\n";
  for (std::size_t i = 0; i < limits::board_rows_max; ++i) rows += std::to_string(i) + ",1\n";
  EXPECT_EQ(livebench(rows).value().board.rows.size(), limits::board_rows_max);
  EXPECT_EQ(refusal_of(livebench(rows + "x,1\n")),
            "t.csv:1026: column 'model': more than 1024 models");
  std::string header = "model";
  for (std::size_t i = 0; i < limits::board_tasks_max; ++i) header += ",t" + std::to_string(i);
  EXPECT_EQ(livebench(header + "\nx,1\n").value().board.tasks.size(), limits::board_tasks_max);
  EXPECT_EQ(refusal_of(livebench(header + ",more\nx,1\n")), "t.csv:1: more than 256 tasks");
  const std::string large(limits::board_bytes_max, ' ');
  EXPECT_EQ(refusal_of(livebench(large + " ")),
            "t.csv: 262145 bytes; a board's file has at most 262144, so leave out what is no "
            "model, task or value");
}

// ---- Aider ----

std::string run_of(const std::string& model, const std::string& rate, const std::string& more) {
  return "- dirname: run-of-" + model + "\n  model: " + model + "\n  pass_rate_1: 1.5\n" +
         "  pass_rate_2: " + rate + "\n" + more;
}

TEST(Leaderboard, OneRateMakesABoard) {
  const std::string text =
      run_of("bird", "61.7", "  released: 2024-05-06\n") +
      run_of("bird", "40", "  _released: 2024-05-07\n") +
      "- {dirname: d, model: 'cat (high)', pass_rate_1: 3, commit_hash: 415e898}\n";
  const Leaderboard board = aider(text).value().board;
  ASSERT_EQ(board.tasks.size(), 1u);
  EXPECT_EQ(board.tasks[0].name, "pass_rate_2");
  ASSERT_EQ(board.rows.size(), 3u);
  EXPECT_EQ(board.row("bird")->released, parse_date("2024-05-06"));
  EXPECT_EQ(board_score(board, *board.row("bird"))->overall, decimal("61.7"));
  EXPECT_EQ(board.row("bird (run-of-bird)")->released, parse_date("2024-05-07"));
  EXPECT_FALSE(board_score(board, *board.row("cat (high)")));
  // Where no run has the second rate, the first one is the board's.
  EXPECT_EQ(aider("- {dirname: d, model: m, pass_rate_1: 3}\n").value().board.tasks[0].name,
            "pass_rate_1");
}

TEST(Leaderboard, ARateOfAnotherDenominatorIsFound) {
  const auto found = [](const std::string& rate, const std::string& counts) {
    return aider(run_of("m", rate, counts)).value().findings;
  };
  const std::string counts = "  pass_num_2: 139\n  test_cases: 224\n  total_tests: 225\n";
  ASSERT_EQ(found("61.7", counts).size(), 1u);
  EXPECT_EQ(found("61.7", counts)[0].text,
            "t.yml:1:3: run 'm': pass_rate_2 61.7 is not 139 of the 224 test_cases, but of the 225 "
            "total_tests");
  EXPECT_EQ(found("61.7", counts)[0].stated, 224u);
  EXPECT_EQ(found("61.7", counts)[0].found, 225u);
  // Rounded, cut off and exact, all of the stated cases: 139 of 224 is 62.0535...
  for (const char* right : {"62", "62.1", "62.0", "62.05", "62.06", "62.0536"}) {
    EXPECT_TRUE(found(right, counts).empty()) << right;
  }
  EXPECT_EQ(found("62.2", counts).size(), 1u);
  EXPECT_EQ(found("10.0", counts)[0].found, 0u);              // No count of the run gives it.
  EXPECT_TRUE(found("10.0", "  pass_num_2: 139\n").empty());  // Nothing is stated.
  EXPECT_EQ(found("0.0", "  pass_num_2: 0\n  test_cases: 0\n").size(), 1u);
  EXPECT_EQ(refusal_of(aider(run_of("m", "1", "  pass_num_2: -1\n"))),
            "t.yml:5:15: key '[0].pass_num_2': expected a number of cases up to 100000000, got "
            "'-1'");
}

TEST(Leaderboard, RunsThatAreNoneAreRefusedWithTheirPlace) {
  EXPECT_EQ(refusal_of(aider("model: m\n")), "t.yml:1:1: expected a list of runs, got a mapping");
  EXPECT_EQ(refusal_of(aider("- 3\n")), "t.yml:1:3: key '[0]': expected a run, got a string");
  EXPECT_EQ(refusal_of(aider("- {model: m, pass_rate_2: 101}\n")),
            "t.yml:1: column 'pass_rate_2': expected a decimal number from 0 to 100, got '101'");
  EXPECT_EQ(refusal_of(aider("- {model: [m], pass_rate_2: 1}\n")),
            "t.yml:1:11: key '[0].model': expected a text or number, got a list");
  EXPECT_EQ(refusal_of(aider("- {model: m, pass_rate_2: 1, released: 2024-02-30}\n")),
            "t.yml:1: column 'released': '2024-02-30' is no date: YYYY-MM-DD, and a day that "
            "exists");
  EXPECT_EQ(refusal_of(read_board(BoardFormat::aider, "b", {"t.yml", "- {model: m}\n"},
                                  BoardText{"c.json", "{}"})),
            "c.json: a board of Aider has one rate and no categories");
}

// Files of others end anywhere and hold anything: each cut, and each byte replaced, is read or
// refused by its name.
TEST(Leaderboard, NoCutAndNoForeignByteIsMoreThanRefused) {
  const std::vector<std::pair<BoardFormat, std::string>> files = {
      {BoardFormat::livebench, table},
      {BoardFormat::aider, run_of("m", "61.7", "  pass_num_2: 139\n  test_cases: 224\n")},
      {BoardFormat::claims,
       "board,model,released,date,task,value\nb,m,2026-01-02,2026-02-01,a,\"0.9\"\n"}};
  const auto look = [](BoardFormat format, const std::string& text) {
    const auto read = read_board(format, "b", {"f", text}, std::nullopt);
    if (read) {
      EXPECT_FALSE(read->board.rows.empty());
    } else {
      EXPECT_EQ(read.error().message.substr(0, 2), "f:") << text;
    }
  };
  for (const auto& [format, text] : files) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      look(format, text.substr(0, i));
      for (const char foreign : {'\0', '"', ',', '\n', '\xff', '{', '9', '-'}) {
        std::string changed = text;
        changed[i] = foreign;
        look(format, changed);
      }
    }
  }
}

// ---- claims ----

constexpr const char* header = "board,model,released,date,task,value,n,category\n";

TEST(Leaderboard, ClaimsAreAValueALine) {
  const std::string text = std::string(header) +
                           "board,bird,2026-01-02,2026-02-01,a,0.90,100,Hard\n"
                           "board,bird,,2026-02-01,b,0.80,,Hard\n"
                           "board,bird,2026-01-02,2026-02-01,c,0.70,50,\n"
                           "board,cat,,2026-02-01,a,0.5,,\n";
  const Leaderboard board = claims(text).value().board;
  EXPECT_EQ(board.row("bird")->released, parse_date("2026-01-02"));
  EXPECT_EQ(board.row("cat")->released, std::nullopt);
  EXPECT_EQ(board_score(board, *board.row("bird"))->overall, decimal("0.775"));
  EXPECT_FALSE(board_score(board, *board.row("cat")));
  // A source may have no numbers of items, and no categories.
  EXPECT_TRUE(claims("board,model,released,date,task,value\nboard,m,,2026-02-01,a,1\n"));
}

TEST(Leaderboard, ClaimsThatAreNoneAreRefusedWithTheirPlace) {
  const auto wrong = [](const std::string& line) { return refusal_of(claims(header + line)); };
  EXPECT_EQ(refusal_of(claims("board,model,released,date,task\n")),
            "t.csv:1: column 'value' is missing");
  EXPECT_EQ(refusal_of(claims("board,score\n")),
            "t.csv:1: no column 'score' is known: board, model, released, date, task, value, n, "
            "category");
  EXPECT_EQ(
      wrong("other,m,,2026-02-01,a,1,,\n"),
      "t.csv:2: column 'board': 'other', but the board imported is 'board': one file for each "
      "board");
  EXPECT_EQ(wrong("board,m,,2026-02-30,a,1,,\n"),
            "t.csv:2: column 'date': '2026-02-30' is no date: YYYY-MM-DD, the day of the claim");
  EXPECT_EQ(wrong("board,m,,2026-02-01,a,,,\n"), "t.csv:2: column 'value': a claim needs a value");
  EXPECT_EQ(wrong("board,m,,2026-02-01,a,1,0,\n"),
            "t.csv:2: column 'n': expected a number of items from 1, or nothing, got '0'");
  EXPECT_EQ(wrong("board,m,,2026-02-01,a,1\n"), "t.csv:2: 6 cells under a header of 8");
  EXPECT_EQ(wrong("board,m,,2026-02-01,a,1,,\nboard,m,,2026-02-01,a,2,,\n"),
            "t.csv:3: column 'value': model 'm' has two values for task 'a'");
  EXPECT_EQ(wrong("board,m,2026-01-01,2026-02-01,a,1,,\nboard,m,2026-01-02,2026-02-01,b,2,,\n"),
            "t.csv:3: column 'released': model 'm' was released on 2026-01-01 in a row above, and "
            "on 2026-01-02 here");
  EXPECT_EQ(wrong("board,m,,2026-02-01,a,1,,H\nboard,k,,2026-02-01,a,2,,E\n"),
            "t.csv:3: column 'category': task 'a' is in category 'H' in a row above, and in 'E' "
            "here");
  EXPECT_EQ(refusal_of(read_board(BoardFormat::claims, "board",
                                  {"t.csv", std::string(header) + "board,m,,2026-02-01,a,1,,\n"},
                                  BoardText{"c.json", "{}"})),
            "t.csv:1: column 'category': there is a file with categories, too: leave one of them "
            "out");
}

}  // namespace
}  // namespace gwageo
