#include "benchmarks/lm_eval_table.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <set>
#include <vector>

#include "benchmarks/python_text.h"

namespace gwageo::lm_eval {
namespace {

/// One figure of one task.
struct Figure {
  std::string task;
  std::string alias;
  Json version;
  Json shots;
  std::string filter;
  std::string metric;
  Json higher_is_better;
  Json value;
  Json error;
  Json count;
};

Json member(const Json& results, std::string_view table, std::string_view key) {
  const Json* const rows = results.find(table);
  const Json* const found = rows == nullptr ? nullptr : rows->find(key);
  return found == nullptr ? Json() : *found;
}

// A name's metric and filter, and whether it is an error's.
struct FigureName {
  std::string metric;
  std::string filter;
  bool is_error = false;
};

std::optional<FigureName> figure_name(const std::string& key) {
  const std::size_t comma = key.find(',');
  if (comma == std::string::npos) return std::nullopt;
  FigureName name{key.substr(0, comma), key.substr(comma + 1), false};
  name.is_error = name.metric.ends_with("_stderr");
  return name;
}

/// A row of the table's first column: a task or group, and how deep in groups it stands.
struct Place {
  std::string name;
  std::size_t depth = 0;
};

// Groups by name with their members below them, then what is in no group: the harness's order.
class Order {
 public:
  explicit Order(const Json& results) : results_(results) {
    const Json::Object none;
    const Json* const groups = results.find("group_subtasks");
    std::set<std::string> members;
    std::set<std::string> names;
    for (const auto& [group, list] : groups == nullptr ? none : groups->as_object()) {
      names.insert(group);
      for (const Json& member : list.as_array()) members.insert(member.as_string());
    }
    for (const std::string& name : names) {
      if (!members.contains(name)) visit(name, 0);
    }
    for (const auto& [name, values] : results.find("results")->as_object()) names.insert(name);
    for (const std::string& name : names) {
      if (!seen_.contains(name)) visit(name, 0);
    }
  }
  const std::vector<Place>& places() const { return places_; }

 private:
  void visit(const std::string& name, std::size_t depth) {
    seen_.insert(name);
    places_.push_back({name, depth});
    const Json list = member(results_, "group_subtasks", name);
    if (!list.is_array()) return;
    std::set<std::string> below;
    for (const Json& one : list.as_array()) below.insert(one.as_string());
    for (const std::string& one : below) visit(one, depth + 1);
  }

  const Json& results_;
  std::set<std::string> seen_;
  std::vector<Place> places_;
};

std::vector<Figure> figures(const Json& results) {
  std::vector<Figure> out;
  const Order order(results);
  for (const Place& place : order.places()) {
    const std::string& task = place.name;
    const Json values = member(results, "results", task);
    if (!values.is_object()) continue;
    const Json better = member(results, "higher_is_better", task);
    std::string alias = python_text(*values.find("alias"));
    if (place.depth > 0) alias = std::string(place.depth, ' ') + "- " + alias;
    Json::Object sorted = values.as_object();
    std::sort(sorted.begin(), sorted.end(),
              [](const Json::Member& a, const Json::Member& b) { return a.first < b.first; });
    for (const auto& [key, value] : sorted) {
      const auto name = figure_name(key);
      if (!name || name->is_error) continue;
      const Json* const direction = better.find(name->metric);
      const Json* const error = values.find(name->metric + "_stderr," + name->filter);
      out.push_back({task, alias, member(results, "versions", task),
                     member(results, "n-shot", task), name->filter, name->metric,
                     direction == nullptr ? Json() : *direction, value,
                     error == nullptr ? Json() : *error, *values.find("sample_len")});
    }
  }
  return out;
}

std::string four_digits(const Json& value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.4f", value.as_double());
  return text.data();
}

constexpr std::size_t columns = 9;
constexpr std::size_t column_width_min = 3;
using Line = std::array<std::string, columns>;

enum class Align { left, middle, right };

std::string arrow(const Json& higher_is_better) {
  if (!higher_is_better.is_bool()) return "";
  return higher_is_better.as_bool() ? "↑" : "↓";
}

std::string padded(const std::string& cell, std::size_t width, Align align) {
  const std::size_t blanks = width - character_count(cell);
  const std::size_t before =
      align == Align::left ? 0 : (align == Align::right ? blanks : blanks / 2);
  return std::string(before, ' ') + cell + std::string(blanks - before, ' ');
}

bool is_figure(const std::string& cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.-+e") == cell.npos;
}

// The harness's table writer takes a whole number for one, however it was written.
std::string version_text(const Json& version) {
  const std::string text = python_text(version);
  const bool is_whole = version.is_number() && text.ends_with(".0");
  return is_whole ? text.substr(0, text.size() - 2) : text;
}

// How the harness's table writer lays lines out: the header in the middle, numbers to the right
// where a column holds nothing else.
std::string layout(const std::vector<Line>& lines) {
  std::array<std::size_t, columns> widths{};
  std::array<bool, columns> is_right{};
  for (std::size_t c = 0; c < columns; ++c) {
    widths[c] = column_width_min;
    is_right[c] = lines.size() > 1;
    for (const Line& line : lines) {
      widths[c] = std::max(widths[c], character_count(line[c]));
      const bool is_body = &line != &lines.front() && !line[c].empty();
      is_right[c] = is_right[c] && (!is_body || is_figure(line[c]));
    }
    is_right[c] = is_right[c] && !lines.front()[c].empty();
  }
  std::string out;
  for (const Line& line : lines) {
    const bool is_header = &line == &lines.front();
    for (std::size_t c = 0; c < columns; ++c) {
      const Align body = is_right[c] ? Align::right : Align::left;
      out += "|" + padded(line[c], widths[c], is_header ? Align::middle : body);
    }
    out += "|\n";
    if (!is_header) continue;
    for (std::size_t c = 0; c < columns; ++c) {
      const std::size_t marks = is_right[c] ? 1 : 0;
      out += "|" + std::string(widths[c] - marks, '-') + std::string(marks, ':');
    }
    out += "|\n";
  }
  return out;
}

std::string quoted_cell(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == cell.npos) return cell;
  std::string out = "\"";
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string markdown_table(const Json& results) {
  std::vector<Line> lines = {
      {"Tasks", "Version", "Filter", "n-shot", "Metric", "", "Value", "", "Stderr"}};
  std::string before;
  for (const Figure& f : figures(results)) {
    const bool is_first = lines.size() == 1 || f.task != before;
    before = f.task;
    lines.push_back({is_first ? f.alias : "", is_first ? version_text(f.version) : "", f.filter,
                     python_text(f.shots), f.metric, arrow(f.higher_is_better),
                     four_digits(f.value), "±",
                     f.error.is_number() ? four_digits(f.error) : "   N/A"});
  }
  return layout(lines);
}

std::string csv_table(const Json& results) {
  std::string out = "task,version,filter,n_shot,metric,higher_is_better,value,stderr,n\r\n";
  for (const Figure& f : figures(results)) {
    const std::string direction =
        f.higher_is_better.is_bool() ? (f.higher_is_better.as_bool() ? "true" : "false") : "";
    const std::string error = f.error.is_number() ? python_text(f.error) : "";
    for (const std::string& cell : {f.task, python_text(f.version), f.filter, python_text(f.shots),
                                    f.metric, direction, python_text(f.value), error}) {
      out += quoted_cell(cell) + ",";
    }
    out += python_text(f.count) + "\r\n";
  }
  return out;
}

}  // namespace gwageo::lm_eval
