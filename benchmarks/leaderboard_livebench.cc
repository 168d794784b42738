// LiveBench's tables: a model a row, a task a column.
#include "benchmarks/leaderboard_formats.h"

namespace gwageo {

Status read_livebench(const BoardText& file, LeaderboardBuilder& board,
                      std::vector<BoardFinding>& findings) {
  GWAGEO_ASSIGN(records, csv_records(file));
  const DelimitedRecord& header = records.front();
  const BoardPlace first{file.path, header.line, {}};
  if (header.cells.front() != "model") {
    return first.refuse("expected the header 'model,TASK,...', got '" + header.cells.front() + "'");
  }
  for (std::size_t c = 1; c < header.cells.size(); ++c) {
    GWAGEO_ASSIGN(task, board.task(first, header.cells[c]));
    if (task != c - 1) return first.refuse("column '" + header.cells[c] + "' is there twice");
  }
  for (std::size_t r = 1; r < records.size(); ++r) {
    const std::vector<std::string>& cells = records[r].cells;
    BoardPlace at{file.path, records[r].line, "model"};
    if (cells.size() > header.cells.size()) {
      at.column = {};
      return at.refuse(std::to_string(cells.size()) + " cells under a header of " +
                       std::to_string(header.cells.size()) + ": quote what has a comma in it");
    }
    GWAGEO_ASSIGN(row, board.add_row(at, cells.front()));
    for (std::size_t c = 1; c < cells.size(); ++c) {
      at.column = header.cells[c];
      GWAGEO_TRY(board.value(at, row, c - 1, cells[c] == "N/A" ? std::string() : cells[c]));
    }
    if (cells.size() == header.cells.size()) continue;
    findings.push_back({BoardFinding::Kind::short_row, at.line, cells.front(), header.cells.size(),
                        cells.size(),
                        std::string(file.path) + ":" + std::to_string(at.line) + ": row '" +
                            cells.front() + "' has " + std::to_string(cells.size()) + " cells of " +
                            std::to_string(header.cells.size()) + "; the rest is missing"});
  }
  return {};
}

}  // namespace gwageo
