#include "benchmarks/leaderboard_builder.h"

#include <algorithm>

#include "protocol/json.h"

namespace gwageo {
namespace {

constexpr std::string_view wanted_name =
    "expected a name of 1 to 128 bytes without line ends and outer spaces";

}  // namespace

tl::unexpected<Error> BoardPlace::refuse(std::string_view what) const {
  std::string text(file);
  if (line > 0) text += ":" + std::to_string(line);
  if (!column.empty()) text += ": column '" + std::string(column) + "'";
  return fail(ErrorKind::bad_input, text + ": " + std::string(what));
}

Result<std::size_t> LeaderboardBuilder::task(const BoardPlace& at, const std::string& name) {
  const auto known = tasks_.find(name);
  if (known != tasks_.end()) return known->second;
  if (!is_board_name(name)) return at.refuse(wanted_name);
  if (board_.tasks.size() >= limits::board_tasks_max) {
    return at.refuse("more than " + std::to_string(limits::board_tasks_max) + " tasks");
  }
  tasks_.emplace(name, board_.tasks.size());
  board_.tasks.push_back({name, ""});
  return board_.tasks.size() - 1;
}

Result<std::size_t> LeaderboardBuilder::add_row(const BoardPlace& at, const std::string& model) {
  if (!is_board_name(model)) return at.refuse(wanted_name);
  if (board_.rows.size() >= limits::board_rows_max) {
    return at.refuse("more than " + std::to_string(limits::board_rows_max) + " models");
  }
  if (!rows_.emplace(model, board_.rows.size()).second) {
    return at.refuse("model '" + model + "' is there twice");
  }
  board_.rows.push_back({model, std::nullopt, {}});
  return board_.rows.size() - 1;
}

Result<std::size_t> LeaderboardBuilder::row(const BoardPlace& at, const std::string& model) {
  const auto known = rows_.find(model);
  if (known != rows_.end()) return known->second;
  return add_row(at, model);
}

Status LeaderboardBuilder::released(const BoardPlace& at, std::size_t row,
                                    const std::string& date) {
  if (date.empty()) return {};
  const std::optional<Date> day = parse_date(date);
  if (!day) return at.refuse("'" + date + "' is no date: YYYY-MM-DD, and a day that exists");
  std::optional<Date>& known = board_.rows[row].released;
  if (known && *known != *day) {
    return at.refuse("model '" + board_.rows[row].model + "' was released on " + to_string(*known) +
                     " in a row above, and on " + date + " here");
  }
  known = day;
  return {};
}

Status LeaderboardBuilder::value(const BoardPlace& at, std::size_t row, std::size_t task,
                                 const std::string& text) {
  if (text.empty()) return {};
  const std::optional<Rational> exact = Rational::from_decimal(text);
  if (!exact || *exact > Rational(100, 1)) {
    return at.refuse("expected a decimal number from 0 to 100, got '" + text + "'");
  }
  const std::optional<Fraction> fraction = exact->to_fraction();
  if (!fraction) return at.refuse("'" + text + "' has too many digits");
  std::vector<std::optional<Fraction>>& values = board_.rows[row].values;
  if (values.size() <= task) values.resize(task + 1);
  if (values[task]) {
    return at.refuse("model '" + board_.rows[row].model + "' has two values for task '" +
                     board_.tasks[task].name + "'");
  }
  values[task] = fraction;
  return {};
}

Status LeaderboardBuilder::category(const BoardPlace& at, std::size_t task,
                                    const std::string& name) {
  if (name.empty()) return {};
  if (!is_board_name(name)) return at.refuse(wanted_name);
  std::string& known = board_.tasks[task].category;
  if (!known.empty() && known != name) {
    return at.refuse("task '" + board_.tasks[task].name + "' is in category '" + known +
                     "' in a row above, and in '" + name + "' here");
  }
  known = name;
  return {};
}

Status LeaderboardBuilder::place_tasks(const BoardPlace& at, const std::string& category,
                                       const Json& tasks) {
  if (!is_board_name(category)) return at.refuse(wanted_name);
  if (!tasks.is_array() || tasks.as_array().empty()) {
    return at.refuse("expected a list of tasks, got " + std::string(tasks.type_name()));
  }
  for (const Json& task : tasks.as_array()) {
    if (!task.is_string()) {
      return at.refuse("expected a task's name, got " + std::string(task.type_name()));
    }
    const auto known = tasks_.find(task.as_string());
    if (known == tasks_.end()) {
      return at.refuse("task '" + task.as_string() + "' is no column of the board");
    }
    std::string& placed = board_.tasks[known->second].category;
    if (!placed.empty()) {
      return at.refuse("task '" + task.as_string() + "' is in category '" + placed + "' already");
    }
    placed = category;
  }
  return {};
}

Status LeaderboardBuilder::categories(std::string_view file, std::string_view text) {
  const Result<Json> parsed = Json::parse(text);
  if (!parsed) return fail(std::string(file), parsed.error());
  if (!parsed->is_object()) {
    return BoardPlace{file, 0, {}}.refuse("expected an object of category: [task, ...]");
  }
  for (const auto& [category, tasks] : parsed->as_object()) {
    GWAGEO_TRY(place_tasks({file, 0, category}, category, tasks));
  }
  for (const BoardTask& task : board_.tasks) {
    if (!task.category.empty()) continue;
    return BoardPlace{file, 0, {}}.refuse("column '" + task.name +
                                          "' of the board is in no category");
  }
  return {};
}

Result<Leaderboard> LeaderboardBuilder::finish(std::string_view file) {
  if (board_.rows.empty() || board_.tasks.empty()) {
    return BoardPlace{file, 0, {}}.refuse("no model with a value in it");
  }
  for (BoardTask& task : board_.tasks) {
    if (task.category.empty()) task.category = task.name;
  }
  for (BoardRow& row : board_.rows) row.values.resize(board_.tasks.size());
  std::sort(board_.rows.begin(), board_.rows.end(),
            [](const BoardRow& a, const BoardRow& b) { return a.model < b.model; });
  return std::move(board_);
}

}  // namespace gwageo
