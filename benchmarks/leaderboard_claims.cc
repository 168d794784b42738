// Our own plain CSV of claims: a value a line.
#include <charconv>
#include <map>

#include "benchmarks/leaderboard_formats.h"

namespace gwageo {
namespace {

/// Which cell of a line is which, and the checks of those that only this format has.
class ClaimLines {
 public:
  explicit ClaimLines(const BoardText& file) : file_(file) {}

  Status read_header(const DelimitedRecord& header) {
    const BoardPlace at{file_.path, header.line, {}};
    for (std::size_t c = 0; c < header.cells.size(); ++c) {
      const std::string& name = header.cells[c];
      const bool is_known = name == "board" || name == "model" || name == "released" ||
                            name == "date" || name == "task" || name == "value" || name == "n" ||
                            name == "category";
      if (!is_known) {
        return at.refuse("no column '" + name +
                         "' is known: board, model, released, date, task, value, n, category");
      }
      if (!columns_.emplace(name, c).second) {
        return at.refuse("column '" + name + "' is there twice");
      }
    }
    for (const char* needed : {"board", "model", "released", "date", "task", "value"}) {
      if (!columns_.contains(needed)) {
        return at.refuse("column '" + std::string(needed) + "' is missing");
      }
    }
    return {};
  }

  bool has(const std::string& column) const { return columns_.contains(column); }

  const std::string& cell(const DelimitedRecord& line, const std::string& column) const {
    static const std::string none;
    const auto known = columns_.find(column);
    return known == columns_.end() ? none : line.cells[known->second];
  }

  Status check(const std::string& board, const DelimitedRecord& line) const {
    BoardPlace at{file_.path, line.line, {}};
    if (line.cells.size() != columns_.size()) {
      return at.refuse(std::to_string(line.cells.size()) + " cells under a header of " +
                       std::to_string(columns_.size()));
    }
    at.column = "board";
    if (cell(line, "board") != board) {
      return at.refuse("'" + cell(line, "board") + "', but the board imported is '" + board +
                       "': one file for each board");
    }
    at.column = "date";
    if (!parse_date(cell(line, "date"))) {
      return at.refuse("'" + cell(line, "date") + "' is no date: YYYY-MM-DD, the day of the claim");
    }
    at.column = "value";
    if (cell(line, "value").empty()) return at.refuse("a claim needs a value");
    at.column = "n";
    const std::string& n = cell(line, "n");
    std::uint64_t items = 0;
    const auto [end, error] = std::from_chars(n.data(), n.data() + n.size(), items);
    const bool is_number = error == std::errc() && end == n.data() + n.size() && items > 0;
    if (!n.empty() && !is_number) {
      return at.refuse("expected a number of items from 1, or nothing, got '" + n + "'");
    }
    return {};
  }

 private:
  const BoardText& file_;
  std::map<std::string, std::size_t> columns_;
};

}  // namespace

Status read_claims(const std::string& name, const BoardText& file, LeaderboardBuilder& board,
                   bool has_categories) {
  GWAGEO_ASSIGN(records, csv_records(file));
  ClaimLines lines(file);
  GWAGEO_TRY(lines.read_header(records.front()));
  if (lines.has("category") && has_categories) {
    return BoardPlace{file.path, records.front().line, "category"}.refuse(
        "there is a file with categories, too: leave one of them out");
  }
  for (std::size_t r = 1; r < records.size(); ++r) {
    const DelimitedRecord& line = records[r];
    GWAGEO_TRY(lines.check(name, line));
    const auto at = [&](std::string_view column) {
      return BoardPlace{file.path, line.line, column};
    };
    GWAGEO_ASSIGN(row, board.row(at("model"), lines.cell(line, "model")));
    GWAGEO_TRY(board.released(at("released"), row, lines.cell(line, "released")));
    GWAGEO_ASSIGN(task, board.task(at("task"), lines.cell(line, "task")));
    GWAGEO_TRY(board.category(at("category"), task, lines.cell(line, "category")));
    GWAGEO_TRY(board.value(at("value"), row, task, lines.cell(line, "value")));
  }
  return {};
}

}  // namespace gwageo
