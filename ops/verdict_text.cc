#include "ops/verdict_text.h"

#include <utility>
#include <vector>

#include "ops/output.h"
#include "ops/table.h"
#include "ops/verdict_chart_text.h"

namespace gwageo {
namespace {

std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    out += "   " + text.substr(at, end - at) + "\n";
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return out;
}

std::string percent(const Json& object, std::string_view key) {
  const Json* const value = object.find(key);
  return value != nullptr && value->is_number() ? decimal(100 * value->as_double(), 1) + " %" : "-";
}

bool is_claimed(const Json& answer) { return shown(answer, "basis") == "claimed"; }

std::string yardstick_words(const Json& rule) {
  const std::string compare = shown(rule, "compare");
  if (compare == "model") return "reference " + shown(rule, "reference");
  if (compare == "bar") return "the bar " + shown(rule, "bar");
  if (compare == "mean_top") return "the mean of the " + shown(rule, "top") + " best models";
  if (compare == "best_per_axis") return "the best of each axis";
  return "the best model";
}

std::string rule_text(const Json& answer) {
  const Json& rule = member(answer, "rule");
  const Json& window = member(rule, "window");
  std::string text = "The candidate has to reach " + shown(rule, "share") + " (" +
                     shown(rule, "share_exact") + ") of " + yardstick_words(rule);
  text += window.is_null()
              ? ".\n"
              : ", of those released from " + shown(window, "first") + " to " +
                    shown(window, "last") + " (" + shown(window, "months") + " months).\n";
  if (shown(rule, "decide") == "point") {
    return text + "The ratio as it is decides.\n";
  }
  return text + "The interval decides, with confidence " + shown(rule, "confidence") +
         " at each end: pass when its lower end\nreaches the share, fail when its upper end stays "
         "below, else inconclusive.\n";
}

std::string cohort_text(const Json& answer) {
  if (is_claimed(answer)) {
    const Json& best = member(member(answer, "inputs"), "best");
    if (best.is_null())
      return "No model of the board is in the window with a value for every task.\n";
    return "The best of the board's models in the window is " + shown(best, "model") + ", dated " +
           shown(best, "dated") + " (" +
           (shown(best, "dated_by") == "release" ? "its release" : "when it was first seen") +
           ").\n";
  }
  TextTable table(
      {"reference", "version", "released", "out since", "examined by job", "total", "exact"});
  for (const Json& model : list(answer, "cohort")) {
    table.add({shown(model, "model"), shown(model, "version"), shown(model, "released"),
               shown(model, "out_since"), shown(model, "job"), score_text(model, "total"),
               shown(model, "total_exact")});
  }
  std::string text = table.empty() ? "There is none.\n" : table.text();
  for (const Json& move : list(answer, "moves")) {
    const std::string kind = shown(move, "kind");
    if (kind == "left_window" || kind == "retired" || kind == "dropped") {
      text += "Not any more: " + shown(move, "text") + ".\n";
    }
  }
  return text;
}

std::string scores_text(const Json& answer) {
  std::string text;
  if (!is_claimed(answer)) {
    text = shown(answer, "candidate") + " has " + score_text(answer, "total") + " in all (" +
           shown(answer, "total_exact") + ", job " + shown(answer, "candidate_job") + ")" +
           (shown(answer, "best_reference") == "-"
                ? ""
                : "; the best reference is " + shown(answer, "best_reference")) +
           ".\n";
    TextTable axes({"axis", "weight", "candidate", "reference", "ratio"});
    for (const Json& axis : list(answer, "axes")) {
      axes.add({shown(axis, "axis"), shown(axis, "weight"), score_text(axis, "candidate"),
                score_text(axis, "reference"), score_text(axis, "ratio")});
    }
    return text + (axes.empty() ? "" : axes.text());
  }
  TextTable table({"category", "candidate", "best", "ratio"});
  for (const auto& [name, row] : members(member(answer, "categories"))) {
    table.add({name, score_text(row, "candidate"), score_text(row, "reference"),
               score_text(row, "ratio")});
  }
  return table.empty() ? "There is nothing to compare.\n" : table.text();
}

std::string ratio_text(const Json& answer) {
  if (shown(answer, "ratio") == "-") return "There is none.\n";
  return shown(answer, "ratio_exact") + " = " + score_text(answer, "ratio") + ", which " +
         (shown(answer, "meets") == "true" ? "reaches" : "does not reach") + " the share.\n";
}

std::string interval_step(const Json& answer) {
  if (is_claimed(answer)) return "Claims have no items, so there is none.\n";
  if (interval_text(answer) == "-") return "There is none.\n";
  const std::string method = shown(answer, "method");
  const std::string how =
      method == "score_test"
          ? "a score test of candidate - share x reference against each reference, inverted"
      : method == "none" ? "as `compare` says (ops/README.md)"
                         : "percentiles of a paired bootstrap against each reference";
  return interval_text(answer) + " from " + shown(answer, "n") + " paired items: " + how + ".\n";
}

std::string decision_text(const Json& answer) {
  std::string text = shown(answer, "verdict") + "\n";
  for (const Json& reason : list(answer, "reasons")) {
    if (reason.is_string()) text += "- " + reason.as_string() + "\n";
  }
  for (const auto& [gate, state] : members(member(answer, "gates"))) {
    text += "gate " + gate + ": " + (state.is_string() ? state.as_string() : "-") + "\n";
  }
  if (shown(answer, "admitted") != "-") {
    text += std::string("admitted: ") + (shown(answer, "admitted") == "true" ? "yes" : "no") + "\n";
  }
  const Json& settled = member(answer, "settled_by");
  if (settled.is_object()) text += "settled by about " + shown(settled, "items") + " items\n";
  return text;
}

std::string moves_step(const Json& answer) {
  const Json& before = member(answer, "before");
  std::string text = before.is_null() ? ""
                                      : "Before it was " + shown(before, "verdict") + ", as of " +
                                            shown(before, "as_of") + " (generation " +
                                            shown(before, "generation") + ").\n";
  for (const Json& move : list(answer, "moves")) text += "- " + shown(move, "text") + "\n";
  return text;
}

std::string tasks_text(const Json& answer) {
  TextTable table({"task", "axis", "of the total", "items", "candidate", "reference", "both right",
                   "only candidate", "only reference", "both wrong"});
  for (const Json& task : list(answer, "tasks")) {
    table.add({shown(task, "task"), shown(task, "axis"), percent(task, "share"), shown(task, "n"),
               score_text(task, "candidate"), score_text(task, "reference"),
               shown(task, "both_right"), shown(task, "only_candidate"),
               shown(task, "only_reference"), shown(task, "both_wrong")});
  }
  return table.empty() ? "There is nothing to compare item by item.\n" : table.text();
}

std::string items_text(const Json& answer) {
  if (is_claimed(answer)) return "";
  const std::string withheld = shown(answer, "items_withheld");
  if (withheld != "-") return withheld + ".\n";
  TextTable table({"task", "item", "candidate", "reference", "item digest"});
  for (const Json& item : list(answer, "items")) {
    table.add({shown(item, "task"), shown(item, "item"), shown(item, "candidate"),
               shown(item, "reference"), shown(item, "digest").substr(0, 16)});
  }
  if (table.empty()) return "";
  return "Items that count most against the candidate (--items N for more):\n" + table.text() +
         "Their answers: gwageo results " + shown(answer, "candidate_job") +
         " --format lm-eval --out DIR" +
         (shown(answer, "reference_job") == "-"
              ? ""
              : ", and likewise job " + shown(answer, "reference_job")) +
         ".\n";
}

}  // namespace

std::string derivation_text(const Json& answer) {
  std::string text = "verdict " + shown(answer, "target") + "/" + shown(answer, "candidate") + "@" +
                     shown(answer, "generation") + ", as of " + shown(answer, "as_of") +
                     ", policy " + shown(answer, "target_version") + ": " +
                     shown(answer, "verdict") + "\n";
  if (shown(answer, "document_at_hand") == "false") {
    return text + "\nIts document is not at hand: " + document_advice() + ".\n\n" +
           rule_text(answer) + moves_step(answer);
  }
  const std::vector<std::pair<std::string, std::string>> steps = {
      {"The rule", rule_text(answer)},
      {"The cohort", cohort_text(answer)},
      {"The scores", scores_text(answer)},
      {"The ratio", ratio_text(answer)},
      {"The interval", interval_step(answer)},
      {"The decision", decision_text(answer)},
      {"What moved since the verdict before", moves_step(answer)},
      {"The items",
       is_claimed(answer) ? "Claims have none.\n" : tasks_text(answer) + items_text(answer)}};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    text += "\n" + std::to_string(i + 1) + ". " + steps[i].first + "\n" + indented(steps[i].second);
  }
  return text;
}

}  // namespace gwageo
