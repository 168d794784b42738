// LiveBench's tables as they stood after each commit, June 2024 to July 2026, put together from
// their last state and the edits to them (../shared/data/livebench: its README says where these are
// from). What the edits say nothing of stays empty: a model that was taken out again left only the
// cells behind that were restated while it was there.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "protocol/json.h"
#include "tests/folders.h"

namespace gwageo::livebench {

/// The folder of the data; it may not be there.
inline std::filesystem::path folder() {
  return folders::shared_if_there().value_or("") / "data" / "livebench";
}

/// Models at 95 % of the best, the best among them, in the last state of these releases.
inline const std::map<std::string, std::size_t>& near_the_best() {
  static const std::map<std::string, std::size_t> models = {{"2024-06-24", 1},
                                                            {"2024-11-25", 1},
                                                            {"2025-05-30", 10},
                                                            {"2025-12-23", 10},
                                                            {"2026-01-08", 7}};
  return models;
}

inline std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The cells of each line; these files quote nothing.
inline std::vector<std::vector<std::string>> table(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::vector<std::string>& cells = rows.emplace_back(1);
    for (const char c : line) {
      if (c == ',') {
        cells.emplace_back();
      } else {
        cells.back() += c;
      }
    }
  }
  return rows;
}

/// A release's table after one commit.
struct State {
  std::string release;  ///< YYYY-MM-DD
  std::string date;     ///< Of the commit.
  std::string commit;
  std::string csv;
  std::string categories;          ///< JSON; of the tasks that the table has.
  std::set<std::string> restated;  ///< Models with a cell that this commit changed.
  std::size_t cells_restated = 0;
};

/// "2024-06-24" in the names of files.
inline std::string file_part(std::string release) {
  std::replace(release.begin(), release.end(), '-', '_');
  return release;
}

inline std::string categories(const std::string& release) {
  return content(folder() / ("categories_" + file_part(release) + ".json"));
}

/// The states of one release, oldest first. Edits are undone from the last state backwards.
class Release {
 public:
  explicit Release(std::string name) : name_(std::move(name)) {
    auto rows = table(content(folder() / ("table_" + file_part(name_) + ".csv")));
    tasks_.assign(rows[0].begin() + 1, rows[0].end());
    for (std::size_t r = 1; r < rows.size(); ++r) {
      for (std::size_t c = 1; c < rows[r].size(); ++c) {
        cells_[rows[r][0]][tasks_[c - 1]] = rows[r][c];
      }
    }
  }

  /// One line of events.csv: release, date, commit, event, model, task, old, new.
  void add(std::vector<std::string> event) { events_.push_back(std::move(event)); }

  std::vector<State> states() {
    std::vector<State> out;
    for (std::size_t end = events_.size(); end > 0;) {
      std::size_t begin = end;
      while (begin > 0 && events_[begin - 1][2] == events_[end - 1][2]) --begin;
      State state{name_, events_[begin][1], events_[begin][2], csv(), grouped(), {}, 0};
      for (std::size_t i = end; i > begin; --i) undo(i - 1, state);
      out.push_back(std::move(state));
      end = begin;
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

 private:
  void undo(std::size_t index, State& state) {
    const std::vector<std::string>& event = events_[index];
    const std::string& kind = event[3];
    const std::string& model = event[4];
    if (kind == "add") {
      cells_.erase(model);
    } else if (kind == "remove") {
      bring_back(model, index);
    } else if (kind == "new_task") {
      cells_[model].erase(event[5]);
      late_.insert(event[5]);
    } else {
      ++state.cells_restated;
      state.restated.insert(model);
      cells_[model][event[5]] = event[6];
    }
  }

  /// Of a model that was taken out only those cells are known that had been restated before.
  void bring_back(const std::string& model, std::size_t index) {
    std::map<std::string, std::string>& cells = cells_[model];
    while (index-- > 0) {
      const std::vector<std::string>& event = events_[index];
      if (event[4] != model) continue;
      if (event[3] == "add") return;
      if (event[3] == "change") cells.emplace(event[5], event[7]);
    }
  }

  std::string grouped() const {
    const Json all = Json::parse(categories(name_)).value();
    Json present = Json::object();
    for (const auto& [category, tasks] : all.as_object()) {
      Json& kept = present[category];
      for (const Json& task : tasks.as_array()) {
        if (!late_.contains(task.as_string())) kept.push_back(task);
      }
    }
    return present.dump();
  }

  std::string csv() const {
    std::vector<std::string> tasks;
    for (const std::string& task : tasks_) {
      if (!late_.contains(task)) tasks.push_back(task);
    }
    std::string text = "model";
    for (const std::string& task : tasks) text += "," + task;
    text += "\n";
    for (const auto& [model, cells] : cells_) {
      text += model;
      for (const std::string& task : tasks) {
        const auto cell = cells.find(task);
        text += "," + (cell == cells.end() ? std::string() : cell->second);
      }
      text += "\n";
    }
    return text;
  }

  std::string name_;
  std::vector<std::string> tasks_;
  std::set<std::string> late_;  ///< Tasks that the states further back do not have.
  std::map<std::string, std::map<std::string, std::string>> cells_;
  std::vector<std::vector<std::string>> events_;
};

/// Every state of every release, in the order of their dates; of one day in the order of releases.
inline std::vector<State> history() {
  std::map<std::string, Release> releases;
  auto events = table(content(folder() / "events.csv"));
  for (std::size_t i = 1; i < events.size(); ++i) {
    const std::string name = events[i][0];
    releases.try_emplace(name, name).first->second.add(std::move(events[i]));
  }
  std::vector<State> all;
  for (auto& [name, release] : releases) {
    for (State& state : release.states()) all.push_back(std::move(state));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const State& a, const State& b) { return a.date < b.date; });
  return all;
}

}  // namespace gwageo::livebench
