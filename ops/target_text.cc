#include "ops/target_text.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "benchmarks/target.h"
#include "coordinator/durable_file.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/verdict_chart_text.h"

namespace gwageo {
namespace {

/// The suite, or the board whose claims are judged.
std::string basis_of(const Json& judgement) {
  if (shown(judgement, "basis") != "claimed") return shown(judgement, "suite");
  const Json& board = member(judgement, "board");
  const bool has_release = shown(board, "release") != "-";
  return "the claims of board " + shown(board, "board") +
         (has_release ? "@" + shown(board, "release") : "") +
         (shown(board, "seen") == "-" ? " (not there yet)" : " as seen on " + shown(board, "seen"));
}

/// The references that what is compared with is made of, of the best of each axis with the axis.
std::string references_of(const Json& verdict) {
  const Json& references = member(verdict, "references");
  std::string out;
  const auto add = [&](const std::string& axis, const Json& model) {
    if (model.is_string()) out += (out.empty() ? "" : ", ") + axis + model.as_string();
  };
  if (references.is_object()) {
    for (const auto& [axis, model] : references.as_object()) add(axis + " ", model);
  }
  for (const Json& model : list(verdict, "references")) add("", model);
  return out.empty() ? "-" : out;
}

/// "all clear", else those that are not, by name.
std::string gates_text(const Json& verdict) {
  std::size_t clear = 0;
  std::string others;
  const auto& gates = member(verdict, "gates").as_object();
  for (const auto& [name, state] : gates) {
    if (state.is_string() && state.as_string() == "pass") {
      ++clear;
    } else if (state.is_string()) {
      others += (others.empty() ? "" : ", ") + name + " " + state.as_string();
    }
  }
  if (clear == gates.size()) return "all clear";
  return others;
}

/// Whether some verdict has the key, and more than null there.
bool says(const Json& judgement, const char* key) {
  const Json::Array& verdicts = list(judgement, "verdicts");
  return std::any_of(verdicts.begin(), verdicts.end(),
                     [&](const Json& verdict) { return shown(verdict, key) != "-"; });
}

/// The day on which the candidate entered, and how late that was.
std::string entry_text(const Json& verdict) {
  const std::int64_t days = number(verdict, "days_after_opening");
  return shown(verdict, "entered") +
         (days == 0 ? "" : " (" + std::to_string(days) + " days after the opening)");
}

/// The total of the composition; while parts of it are open, "-".
std::string points_text(const Json& verdict) {
  return shown(member(member(verdict, "composition"), "total"), "text");
}

std::string stage_of(const Json& judgement) {
  if (shown(judgement, "stage") == "-") return "";
  return "\nstage " + shown(judgement, "stage") + ", under version " + shown(judgement, "version");
}

std::string none_of(const Json& judgement) {
  return judgement.find("withheld") == nullptr ? "no candidates\n" : "";
}

/// Who enters and leaves until then, of a day to come.
std::string moves_of(const Json& judgement) {
  std::string text;
  for (const Json& move : list(judgement, "moves")) text += "  " + shown(move, "text") + "\n";
  return text.empty() ? "" : "compared with today:\n" + text;
}

/// What examinations a verdict waits for, one line each.
std::string examinations_of(const Json& judgement) {
  std::string text;
  const auto add = [&](const std::string& model, const Json& row) {
    const std::string under_way = shown(row, "under_way");
    const std::string ended = shown(row, "ended");
    const std::int64_t disowned = number(row, "disowned");
    if (disowned > 0) {
      text += model + ": its answers were disowned and asked anew " + std::to_string(disowned) +
              (disowned == 1 ? " time" : " times") + " (gwageo model show " + model + ")\n";
    }
    const std::int64_t anew = number(row, "asked_anew");
    if (anew > 0) {
      text += model + ": " + std::to_string(anew) + (anew == 1 ? " job" : " jobs") +
              " asked everything of it anew (gwageo status); the first whole examination counts\n";
    }
    const std::int64_t voided = number(row, "voided");
    if (voided > 0) {
      text += model + ": " + std::to_string(voided) + (voided == 1 ? " job" : " jobs") +
              " of it held answers that were disowned with their worker, and count no more\n";
    }
    if (under_way != "-") text += model + ": job " + under_way + " examines it\n";
    if (ended != "-") {
      text += model + ": job " + ended + " failed, was cancelled or has no answer; whether it " +
              "is examined again is yours to say (gwageo explain " + ended + ", gwageo submit)\n";
    }
  };
  for (const Json& row : list(judgement, "cohort")) add(shown(row, "model"), row);
  for (const Json& row : list(judgement, "verdicts")) add(shown(row, "candidate"), row);
  return text;
}

/// "90 % interval": `confidence` is that of each end.
std::string interval_head(const Json& judgement) {
  const Json& confidence = member(judgement, "confidence");
  if (!confidence.is_number()) return "interval";
  char head[48];
  std::snprintf(head, sizeof head, "%.6g %% interval", 100 * (2 * confidence.as_double() - 1));
  return head;
}

}  // namespace

std::string target_table(const Json& judgement) {
  std::string cohort;
  for (const Json& reference : list(judgement, "cohort")) {
    cohort += (cohort.empty() ? "" : ", ") + shown(reference, "model") + " (" +
              shown(reference, "released") + ")";
  }
  bool has_gates = false;
  for (const Json& verdict : list(judgement, "verdicts")) {
    const Json& gates = member(verdict, "gates");
    has_gates = has_gates || (gates.is_object() && !gates.as_object().empty());
  }
  const bool has_points = says(judgement, "composition");
  const bool has_places = has_points || shown(judgement, "stay") != "-";
  const bool has_roster = says(judgement, "entered");
  std::vector<std::string> columns = {
      "candidate", "verdict", "ratio",        interval_head(judgement),
      "meets",     "paired",  "compared with"};
  if (has_gates) columns.insert(columns.end(), {"gates", "admitted"});
  if (has_points) columns.push_back("points");
  if (has_places) columns.insert(columns.end(), {"place", "rank", "stays"});
  if (has_roster) columns.push_back("entered");
  TextTable table(std::move(columns));
  std::string reasons;
  for (const Json& verdict : list(judgement, "verdicts")) {
    std::vector<std::string> row = {shown(verdict, "candidate"),  shown(verdict, "verdict"),
                                    score_text(verdict, "ratio"), interval_text(verdict),
                                    shown(verdict, "meets"),      shown(verdict, "n"),
                                    references_of(verdict)};
    if (has_gates) row.insert(row.end(), {gates_text(verdict), shown(verdict, "admitted")});
    if (has_points) row.push_back(points_text(verdict));
    if (has_places) {
      row.insert(row.end(),
                 {shown(verdict, "place"), shown(verdict, "rank"), shown(verdict, "stays")});
    }
    if (has_roster) row.push_back(entry_text(verdict));
    table.add(std::move(row));
    const std::string place = shown(verdict, "rank_reason");
    if (has_places && place != "-") reasons += shown(verdict, "candidate") + ": " + place + "\n";
    for (const Json& reason : list(verdict, "reasons")) {
      reasons += shown(verdict, "candidate") + ": " +
                 (reason.is_string() ? reason.as_string() : "") + "\n";
    }
  }
  return "target " + shown(judgement, "target") + " on " + basis_of(judgement) + ", as of " +
         shown(judgement, "as_of") + ", share " + shown(judgement, "share") + stage_of(judgement) +
         "\ncohort: " + (cohort.empty() ? "empty" : cohort) + "\n" + moves_of(judgement) + "\n" +
         (table.empty() ? none_of(judgement) : table.text()) + withheld_text(judgement) +
         (reasons.empty() ? "" : "\n" + reasons) + examinations_of(judgement);
}

std::string withheld_text(const Json& answer) {
  const std::int64_t count = number(member(answer, "withheld"), "count");
  if (count == 0) return "";
  return std::to_string(count) + (count == 1 ? " is" : " are") +
         " not shown: under embargo until published\n";
}

Status add_policy(const Invocation& arguments, Json& body) {
  const std::optional<std::string> path = arguments.text("policy");
  if (!path) return {};
  GWAGEO_ASSIGN(text, read_file(*path, target_bytes_max));
  GWAGEO_TRY(load_target(*path, text));
  body["policy"] = text;
  body["path"] = *path;
  return {};
}

}  // namespace gwageo
