#include "benchmarks/leaderboard.h"

#include <algorithm>
#include <map>

#include "protocol/check.h"
#include "protocol/json.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

using Cells = std::map<std::string, Fraction>;

Cells cells_of(const Leaderboard& board, const BoardRow& row) {
  Cells cells;
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    if (row.values[i]) cells.emplace(board.tasks[i].name, *row.values[i]);
  }
  return cells;
}

void compare_cells(const Cells& before, const Cells& after, BoardChange& change) {
  for (const auto& [task, value] : after) {
    const auto known = before.find(task);
    if (known == before.end()) {
      ++change.added;
    } else if (known->second != value) {
      ++change.restated;
    }
  }
  for (const auto& [task, value] : before) change.removed += after.contains(task) ? 0 : 1;
}

/// In lowest terms, where these fit: a sum of many decimals has a denominator of many digits, and
/// what is computed with it takes long.
Rational reduced(const Rational& value) {
  const std::optional<Fraction> fraction = value.to_fraction();
  return fraction ? Rational(*fraction) : value;
}

}  // namespace

bool is_board_name(std::string_view text) {
  if (text.empty() || text.size() > limits::name_bytes_max) return false;
  if (text.front() == ' ' || text.back() == ' ' || !is_utf8(text)) return false;
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

const BoardRow* Leaderboard::row(const std::string& model) const {
  const auto found = std::lower_bound(
      rows.begin(), rows.end(), model,
      [](const BoardRow& one, const std::string& name) { return one.model < name; });
  return found == rows.end() || found->model != model ? nullptr : &*found;
}

std::optional<BoardScore> board_score(const Leaderboard& board, const BoardRow& row) {
  GWAGEO_CHECK(row.values.size() == board.tasks.size());
  BoardScore score;
  std::vector<std::uint64_t> tasks;  // By category.
  for (std::size_t i = 0; i < board.tasks.size(); ++i) {
    if (!row.values[i]) return std::nullopt;
    const std::string& name = board.tasks[i].category;
    std::size_t c = 0;
    while (c < tasks.size() && score.categories[c].name != name) ++c;
    if (c == tasks.size()) {
      score.categories.push_back({name, {}});
      tasks.push_back(0);
    }
    score.categories[c].mean = score.categories[c].mean + Rational(*row.values[i]);
    ++tasks[c];
  }
  if (tasks.empty()) return std::nullopt;
  for (std::size_t c = 0; c < tasks.size(); ++c) {
    score.categories[c].mean = reduced(score.categories[c].mean * Rational(1, tasks[c]));
    score.overall = score.overall + score.categories[c].mean;
  }
  score.overall = reduced(score.overall * Rational(1, tasks.size()));
  return score;
}

std::vector<std::string> missing_tasks(const Leaderboard& board, const BoardRow& row) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < board.tasks.size(); ++i) {
    if (!row.values[i]) names.push_back(board.tasks[i].name);
  }
  return names;
}

BoardChange board_change(const Leaderboard& before, const Leaderboard& after) {
  BoardChange change;
  for (const BoardRow& row : after.rows) {
    const BoardRow* const known = before.row(row.model);
    compare_cells(known == nullptr ? Cells() : cells_of(before, *known), cells_of(after, row),
                  change);
  }
  for (const BoardRow& row : before.rows) {
    if (after.row(row.model) == nullptr) compare_cells(cells_of(before, row), Cells(), change);
  }
  return change;
}

}  // namespace gwageo
