#include "coordinator/verdict_moves.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "benchmarks/date.h"
#include "benchmarks/verdict.h"

namespace gwageo {
namespace {

/// Cells named one by one; more are counted.
constexpr std::size_t cells_named_max = 5;

const Json& member(const Json& object, std::string_view key) {
  static const Json none;
  const Json* const found = object.find(key);
  return found == nullptr ? none : *found;
}

/// Numbers as they are written; empty for null and missing.
std::string text_of(const Json& object, std::string_view key) {
  const Json& value = member(object, key);
  if (value.is_string()) return value.as_string();
  return value.is_null() ? std::string() : value.dump();
}

const Json::Array& list_of(const Json& object, std::string_view key) {
  static const Json::Array none;
  const Json& value = member(object, key);
  return value.is_array() ? value.as_array() : none;
}

const Json::Object& members_of(const Json& object, std::string_view key) {
  static const Json::Object none;
  const Json& value = member(object, key);
  return value.is_object() ? value.as_object() : none;
}

/// An exact value as people write it: 19/20 is 0.95.
std::string decimal(const std::string& exact) {
  const std::size_t slash = exact.find('/');
  if (slash == std::string::npos) return exact;
  char text[48];
  std::snprintf(
      text, sizeof text, "%.6g",
      std::strtod(exact.c_str(), nullptr) / std::strtod(exact.c_str() + slash + 1, nullptr));
  return text;
}

std::string step(const std::string& before, const std::string& after) {
  return before + " -> " + after;
}

std::map<std::string, const Json*> by_name(const Json::Array& models) {
  std::map<std::string, const Json*> named;
  for (const Json& model : models) named[text_of(model, "model")] = &model;
  return named;
}

/// Compares two inputs, part by part.
class Difference {
 public:
  Difference(const Json& before, const Json& after, const MoveSources& sources)
      : before_(before), after_(after), sources_(sources) {
    is_policy_moved_ =
        text_of(member(before_, "target"), "policy") != text_of(member(after_, "target"), "policy");
    is_suite_moved_ = member(before_, "suite") != member(after_, "suite");
  }

  void compare_rules() {
    const std::string was = text_of(before_, "judge");
    const std::string is = text_of(after_, "judge");
    if (was == is) return;
    add({"rules", "", was, is, "", "the program's rules of judging " + step(was, is)});
  }

  /// What a policy says beside share and window is not in the inputs: who has both files lists all
  /// (verdict_history.h).
  void compare_policy() {
    const Json& was = member(before_, "target");
    const Json& is = member(after_, "target");
    const std::string version = text_of(was, "version");
    const std::string next = text_of(is, "version");
    if (version == next && !is_policy_moved_) return;
    std::string changes;
    const auto note = [&](const std::string& name, const std::string& from, const std::string& to) {
      if (from != to) changes += (changes.empty() ? ": " : "; ") + name + ": " + step(from, to);
    };
    note("share", decimal(text_of(was, "share")), decimal(text_of(is, "share")));
    note("window", window_text(was), window_text(is));
    add({"policy", "", version, next, "",
         "policy " + step(version.empty() ? "?" : version, next.empty() ? "given" : next) +
             (is_policy_moved_ ? changes : " (which says the same)")});
  }

  void compare_suite() {
    if (!is_suite_moved_) return;
    const Json& was = member(before_, "suite");
    const Json& is = member(after_, "suite");
    const std::string old_name = text_of(was, "suite");
    const std::string name = text_of(is, "suite");
    Move move{"suite", "", text_of(was, "version"), text_of(is, "version"), "", ""};
    if (was.is_null()) {
      move.text = "suite " + name + "@" + move.after + " is there";
    } else if (is.is_null()) {
      move.text = "suite " + old_name + "@" + move.before + " no longer counts";
    } else if (old_name == name) {
      move.text = "suite " + name + " " + step(move.before, move.after);
    } else {
      move.before = old_name + "@" + move.before;
      move.after = name + "@" + move.after;
      move.text = "suite " + step(move.before, move.after);
    }
    add(std::move(move));
  }

  void compare_model(const std::string& called, const Json& was, const Json& is) {
    const std::string name = text_of(is, "model");
    const std::string version = text_of(was, "version");
    const std::string next = text_of(is, "version");
    const std::string root = text_of(was, "scores_root");
    const std::string scores = text_of(is, "scores_root");
    if (version != next) {
      const std::string from = text_of(was, "released");
      const std::string to = text_of(is, "released");
      add({"corrected", name, version, next, root == scores ? "" : job_of(name, next, 0, scores),
           called + name + " was corrected (version " + step(version, next) +
               (from == to ? "" : ", released " + step(from, to)) + ")" +
               (scores.empty() ? ", not examined yet" : "") +
               because(sources_.corrections, std::pair(name, next))});
      return;
    }
    compare_rounds(called + name, was, is);
    // On another suite all scores are others; the suite's own move says it for all.
    if (root == scores || (is_suite_moved_ && !root.empty())) return;
    const std::string job = job_of(name, next, 0, scores);
    const std::string by = job.empty() ? "" : " (job " + job + ")";
    if (root.empty()) {
      add({"examined", name, "", scores, job, called + name + " was examined" + by});
    } else if (scores.empty()) {
      add({"scores_gone", name, root, "", "",
           "the scores of " + name + " no longer count" + disowned(name, version, root)});
    } else {
      add({"scores", name, root, scores, job,
           "scores of " + name + " moved" + by + disowned(name, version, root)});
    }
  }

  /// Rounds of repeats that are looked at now.
  void compare_rounds(const std::string& called, const Json& was, const Json& is) {
    const std::size_t before = list_of(was, "rounds").size();
    const std::size_t after = list_of(is, "rounds").size();
    if (before == after) return;
    const std::string name = text_of(is, "model");
    const std::string job = after == 0 ? std::string()
                                       : job_of(name, text_of(is, "version"), after,
                                                list_of(is, "rounds").back().as_string());
    add({"repeated", name, std::to_string(before), std::to_string(after), job,
         called + ": rounds of repeats " + step(std::to_string(before), std::to_string(after)) +
             (job.empty() ? "" : " (job " + job + ")")});
  }

  void compare_candidate() {
    compare_model("", member(before_, "candidate"), member(after_, "candidate"));
  }

  void compare_cohort() {
    const std::map<std::string, const Json*> was = by_name(list_of(before_, "cohort"));
    const std::map<std::string, const Json*> is = by_name(list_of(after_, "cohort"));
    std::set<std::string> names;
    for (const auto& [name, model] : was) names.insert(name);
    for (const auto& [name, model] : is) names.insert(name);
    for (const std::string& name : names) {
      const auto old = was.find(name);
      const auto now = is.find(name);
      if (old == was.end()) {
        enter(name, *now->second);
      } else if (now == is.end()) {
        leave(name, *old->second);
      } else {
        compare_model("reference ", *old->second, *now->second);
      }
    }
  }

  /// What was decided since, and given; what counts no longer, as when a stage is opened or closed.
  void compare_decisions() {
    for (const Json& made : made_since("decisions", before_, after_)) {
      const std::string gate = text_of(made, "gate") + " (" + text_of(made, "component") + ")";
      const std::string state = member(made, "passed") == Json(true) ? "pass" : "fail";
      add({"decided", text_of(made, "candidate"), "", state, "",
           "gate " + gate + ": " + state + ", decided by " + text_of(made, "by") + " on " +
               text_of(made, "date")});
    }
    for (const Json& made : made_since("points", before_, after_)) {
      add({"points", text_of(made, "candidate"), "", text_of(made, "points"), "",
           "part " + text_of(made, "part") + ": " + text_of(made, "points") +
               " points, recorded by " + text_of(made, "by") + " on " + text_of(made, "date")});
    }
    for (const char* const key : {"decisions", "points"}) {
      const std::size_t gone = made_since(key, after_, before_).size();
      if (gone == 0) continue;
      add({std::string(key) == "points" ? key : "decided",
           text_of(member(after_, "candidate"), "model"), std::to_string(gone), "", "",
           std::to_string(gone) + " of its " + key +
               " count no longer (another stage, none, or other files)"});
    }
  }

  // ---- claims ----

  void compare_board() {
    const std::string name = text_of(member(after_, "board"), "board");
    const std::string was = text_of(member(before_, "board"), "release");
    const std::string is = text_of(member(after_, "board"), "release");
    is_board_moved_ = was != is || member(before_, "import").is_null();
    if (was != is) {
      add({"release", name, was, is, "",
           "board " + name + ": release " + step(was.empty() ? "none" : was, is)});
    }
    const Json& old = member(before_, "import");
    const Json& now = member(after_, "import");
    if (now.is_null() || text_of(old, "file") == text_of(now, "file")) return;
    // Imports in between moved others: what the last verdict saw is not what this one follows.
    const std::string version = text_of(now, "version");
    add({"import", name, "", version, "",
         "board " + name + " was imported" + (is_board_moved_ ? "" : " again") + " (version " +
             version + ", seen " + text_of(now, "seen") + ")"});
  }

  void compare_tasks() {
    if (is_board_moved_ || member(before_, "tasks") == member(after_, "tasks")) return;
    add({"tasks", "", std::to_string(list_of(before_, "tasks").size()),
         std::to_string(list_of(after_, "tasks").size()), "",
         "the board's tasks or their categories changed"});
  }

  void compare_rows() {
    if (is_board_moved_) return;
    const std::string candidate = text_of(member(after_, "candidate"), "model");
    compare_cells(candidate, member(before_, "candidate"), member(after_, "candidate"));
    const Json& was = member(before_, "best");
    const Json& is = member(after_, "best");
    const std::string old = text_of(was, "model");
    const std::string best = text_of(is, "model");
    if (old == best) {
      if (best != candidate) compare_cells(best, was, is);
      const std::string from = text_of(was, "dated");
      const std::string to = text_of(is, "dated");
      if (from != to) add({"best", best, from, to, "", best + " is dated " + step(from, to)});
      return;
    }
    const std::optional<Date> dated = parse_date(text_of(was, "dated"));
    const bool is_out = dated && !is_in_window(*dated);
    std::string text = best.empty() ? "no model of the cohort is the best any more"
                                    : "the best is " + best + (old.empty() ? "" : ", not " + old);
    if (is_out) text += ", which left the window (dated " + text_of(was, "dated") + ")";
    add({"best", best, old, best, "", std::move(text)});
  }

  void compare_lacking() {
    if (is_board_moved_) return;
    std::set<std::string> was;
    std::set<std::string> is;
    for (const Json& name : list_of(before_, "lacking")) was.insert(name.as_string());
    for (const Json& name : list_of(after_, "lacking")) is.insert(name.as_string());
    for (const std::string& name : is) {
      if (was.contains(name)) continue;
      add({"lacking", name, "", "lacking", "", name + " is in the cohort and lacks a value"});
    }
    for (const std::string& name : was) {
      if (is.contains(name)) continue;
      add({"lacking", name, "lacking", "", "",
           name + ", which lacked a value, has it or is out of the cohort"});
    }
    const Json& had = member(before_, "has_cohort");
    const Json& has = member(after_, "has_cohort");
    if (had == has) return;
    const bool is_there = has == Json(true);
    add({"cohort", "", "", "", "",
         is_there ? "a model of the board is in the window"
                  : "no model of the board is in the window any more"});
  }

  std::vector<Move> take() { return std::move(moves_); }

 private:
  /// Of a list what `now` has and `then` had not.
  static Json::Array made_since(const char* key, const Json& then, const Json& now) {
    Json::Array found;
    const Json::Array& had = list_of(then, key);
    for (const Json& made : list_of(now, key)) {
      if (std::find(had.begin(), had.end(), made) == had.end()) found.push_back(made);
    }
    return found;
  }

  void add(Move move) { moves_.push_back(std::move(move)); }

  /// ": why", where somebody said so.
  template <class Name>
  static std::string because(const std::map<Name, std::string>& reasons, const Name& name) {
    const auto found = reasons.find(name);
    return found == reasons.end() || found->second.empty() ? "" : ": " + found->second;
  }

  /// Why scores of the first round count no more, where answers in them are disowned.
  std::string disowned(const std::string& model, const std::string& version,
                       const std::string& scores) const {
    return because(sources_.disowned, ScoresName{model, version, 0, scores});
  }

  /// The newest version of the model, where there is one after `version`.
  std::string corrected_since(const std::string& name, const std::string& version) const {
    std::int64_t newest = std::strtoll(version.c_str(), nullptr, 10);
    std::string found;
    for (auto next = sources_.corrections.lower_bound({name, ""});
         next != sources_.corrections.end() && next->first.first == name; ++next) {
      const std::int64_t number = std::strtoll(next->first.second.c_str(), nullptr, 10);
      if (number <= newest) continue;
      newest = number;
      found = next->first.second;
    }
    return found;
  }

  static std::string window_text(const Json& target) {
    const std::string months = text_of(target, "window_months");
    return months.empty() ? "none" : months + " months";
  }

  std::string job_of(const std::string& model, const std::string& version, std::uint64_t round,
                     const std::string& scores) const {
    const auto found = sources_.jobs.find({model, version, round, scores});
    return found == sources_.jobs.end() ? std::string() : found->second;
  }

  /// In the window of what is there now; whoever names its reference has none.
  bool is_in_window(const Date& released) const {
    const Json& months = member(member(after_, "target"), "window_months");
    const std::optional<Date> day = parse_date(text_of(after_, "as_of"));
    if (!months.is_integer() || !day) return true;
    return in_window(released, *day, static_cast<std::int32_t>(months.as_integer()));
  }

  void enter(const std::string& name, const Json& model) {
    const std::string released = text_of(model, "released");
    const std::string scores = text_of(model, "scores_root");
    add({"entered", name, "", released, job_of(name, text_of(model, "version"), 0, scores),
         "reference " + name + " entered the cohort (released " + released + ")" +
             (scores.empty() && text_of(after_, "basis") == "measured" ? ", not examined yet"
                                                                       : "")});
  }

  void leave(const std::string& name, const Json& model) {
    const std::string released = text_of(model, "released");
    const std::optional<Date> date = parse_date(released);
    Move move{
        "retired", name,
        released,  "",
        "",        "reference " + name + " was retired" + because(sources_.retirements, name)};
    if (is_policy_moved_) {
      move.kind = "dropped";
      move.text = "reference " + name + " is no longer compared with";
    } else if (date && !is_in_window(*date)) {
      move.kind = "left_window";
      const std::int64_t months = member(member(after_, "target"), "window_months").as_integer();
      move.after = to_string(out_of_window(*date, static_cast<std::int32_t>(months)));
      move.text = "reference " + name + " left the window (released " + released + ", out since " +
                  move.after + ")";
    } else if (const std::string version = corrected_since(name, text_of(model, "version"));
               !version.empty() && !sources_.retirements.contains(name)) {
      move.kind = "corrected";
      move.before = text_of(model, "version");
      move.after = version;
      move.text = "reference " + name + " was corrected (version " + step(move.before, version) +
                  ") and is no longer compared with: it was released " + released + " until then" +
                  because(sources_.corrections, std::pair(name, version));
    }
    add(std::move(move));
  }

  void compare_cells(const std::string& model, const Json& was, const Json& is) {
    std::size_t cells = 0;
    const auto restate = [&](const std::string& task, const std::string& from,
                             const std::string& to) {
      if (from == to || ++cells > cells_named_max) return;
      add({"restated", model, from, to, "",
           "cell " + task + " of " + model +
               (from.empty() ? " is new: " + decimal(to)
                : to.empty() ? " is gone (it was " + decimal(from) + ")"
                             : " restated: " + step(decimal(from), decimal(to)))});
    };
    const Json& values = member(is, "values");
    for (const auto& [task, value] : members_of(is, "values")) {
      restate(task, text_of(member(was, "values"), task), text_of(values, task));
    }
    for (const auto& [task, value] : members_of(was, "values")) {
      if (values.find(task) == nullptr) restate(task, text_of(member(was, "values"), task), "");
    }
    if (cells <= cells_named_max) return;
    const std::string more = std::to_string(cells - cells_named_max);
    add({"restated", model, "", "", "", more + " more cells of " + model + " restated"});
  }

  const Json& before_;
  const Json& after_;
  const MoveSources& sources_;
  bool is_policy_moved_ = false;
  bool is_suite_moved_ = false;
  bool is_board_moved_ = false;
  std::vector<Move> moves_;
};

}  // namespace

std::vector<Move> moves_between(const Json& before, const Json& after, const MoveSources& sources) {
  if (before.is_null()) return {{"first", "", "", "", "", "the first verdict"}};
  const bool is_said = before.find("target") != nullptr && after.find("target") != nullptr &&
                       member(before, "basis") == member(after, "basis");
  if (!is_said) {
    return {{"unknown", "", "", "", "", "the verdict before rested on something else"}};
  }
  Difference difference(before, after, sources);
  difference.compare_rules();
  difference.compare_policy();
  if (text_of(after, "basis") == "claimed") {
    difference.compare_board();
    difference.compare_tasks();
    difference.compare_rows();
    difference.compare_lacking();
  } else {
    difference.compare_suite();
    difference.compare_candidate();
    difference.compare_cohort();
    difference.compare_decisions();
  }
  return difference.take();
}

std::vector<Move> cohort_moves(const Json& before, const Json& after, const MoveSources& sources) {
  Difference difference(before, after, sources);
  difference.compare_cohort();
  return difference.take();
}

Json to_json(const Move& move) {
  const auto text = [](const std::string& value) {
    return value.empty() ? Json(nullptr) : Json(value);
  };
  Json json;
  json["kind"] = move.kind;
  json["model"] = text(move.model);
  json["before"] = text(move.before);
  json["after"] = text(move.after);
  json["job"] = text(move.job);
  json["text"] = move.text;
  return json;
}

Json to_json(const std::vector<Move>& moves) {
  Json list = Json::array();
  for (const Move& move : moves) list.push_back(to_json(move));
  return list;
}

}  // namespace gwageo
