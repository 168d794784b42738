// gwageo target add | list | show | history.
#include "benchmarks/target.h"
#include "benchmarks/target_changes.h"
#include "coordinator/durable_file.h"
#include "ops/client.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

constexpr std::uint64_t target_bytes_max = std::uint64_t{1} << 20;

std::string interval(const Json& verdict) {
  const Json::Array& ends = list(verdict, "ci");
  if (ends.size() != 2 || !ends[0].is_number() || !ends[1].is_number()) return "-";
  return "[" + decimal(ends[0].as_double(), 4) + ", " + decimal(ends[1].as_double(), 4) + "]";
}

/// The suite, or the board whose claims are judged.
std::string basis_of(const Json& judgement) {
  if (shown(judgement, "basis") != "claimed") return shown(judgement, "suite");
  const Json& board = member(judgement, "board");
  const bool has_release = shown(board, "release") != "-";
  return "the claims of board " + shown(board, "board") +
         (has_release ? "@" + shown(board, "release") : "") +
         (shown(board, "seen") == "-" ? " (not there yet)" : " as seen on " + shown(board, "seen"));
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

std::string table_of(const Json& judgement) {
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
  std::vector<std::string> columns = {"candidate", "verdict", "ratio",        "90 % interval",
                                      "meets",     "paired",  "compared with"};
  if (has_gates) columns.insert(columns.end(), {"gates", "admitted"});
  TextTable table(std::move(columns));
  std::string reasons;
  for (const Json& verdict : list(judgement, "verdicts")) {
    std::vector<std::string> row = {shown(verdict, "candidate"),  shown(verdict, "verdict"),
                                    score_text(verdict, "ratio"), interval(verdict),
                                    shown(verdict, "meets"),      shown(verdict, "n"),
                                    references_of(verdict)};
    if (has_gates) row.insert(row.end(), {gates_text(verdict), shown(verdict, "admitted")});
    table.add(std::move(row));
    for (const Json& reason : list(verdict, "reasons")) {
      reasons += shown(verdict, "candidate") + ": " +
                 (reason.is_string() ? reason.as_string() : "") + "\n";
    }
  }
  return "target " + shown(judgement, "target") + " on " + basis_of(judgement) + ", as of " +
         shown(judgement, "as_of") + ", share " + shown(judgement, "share") +
         "\ncohort: " + (cohort.empty() ? "empty" : cohort) + "\n\n" +
         (table.empty() ? "no candidates\n" : table.text()) +
         (reasons.empty() ? "" : "\n" + reasons);
}

/// What a new version says otherwise than the one that it replaces; nothing of a first one.
using Changes = std::optional<std::vector<std::string>>;

Json added_json(const Target& target, std::int64_t version, bool known, const Changes& changed) {
  Json document;
  document["target"] = target.name;
  document["version"] = version;
  document["suite"] = target.is_claimed ? Json(nullptr) : Json(target.suite);
  if (target.is_claimed) document["board"] = target.board;
  document["known"] = known;
  document["changes"] = changed ? Json::array() : Json();
  if (!changed) return document;
  for (const std::string& line : *changed) document["changes"].push_back(line);
  return document;
}

std::string added_text(const std::string& name, std::int64_t version, bool known,
                       const Changes& changed) {
  std::string text = "target " + name + " version " + std::to_string(version) +
                     (known ? " was there already" : " added");
  if (!known && version > 1) {
    text += "; from now on it is judged by, in place of version " + std::to_string(version - 1);
  }
  text += "\n";
  if (!changed) return text;
  if (changed->empty()) text += "  nothing that it says changed\n";
  for (const std::string& line : *changed) text += "  " + line + "\n";
  return text;
}

}  // namespace

Result<int> verb_target_add(const Invocation& arguments) {
  const std::string path = arguments.text_or("FILE", "");
  GWAGEO_ASSIGN(text, read_file(path, target_bytes_max));
  GWAGEO_ASSIGN(target, load_target(path, text));
  Json body;
  body["path"] = path;
  body["text"] = text;
  GWAGEO_ASSIGN(before, ask(arguments, "target.list", Json::object()));
  GWAGEO_ASSIGN(answer, ask(arguments, "target.add", std::move(body)));
  const bool known = shown(answer.body, "known") == "true";
  std::int64_t version = 1;
  Changes changed;
  for (const Json& each : list(before.body, "targets")) {
    if (shown(each, "target") != target.name) continue;
    version = number(each, "version") + (known ? 0 : 1);
    const Result<Target> replaced = load_target(path, shown(each, "text"));
    if (replaced && !known) changed = changes(*replaced, target);
  }
  if (arguments.json()) {
    print(added_json(target, version, known, changed));
  } else {
    say(added_text(target.name, version, known, changed));
  }
  return exit_code::done;
}

Result<int> verb_target_list(const Invocation& arguments) {
  GWAGEO_ASSIGN(answer, ask(arguments, "target.list"));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"target", "version", "changed by it"});
  for (const Json& target : list(answer.body, "targets")) {
    std::string changed;
    for (const Json& line : list(target, "changes")) {
      changed += (changed.empty() ? "" : "; ") + (line.is_string() ? line.as_string() : "");
    }
    table.add({shown(target, "target"), shown(target, "version"), changed.empty() ? "-" : changed});
  }
  say(table.empty() ? "no targets yet; add one with: gwageo target add FILE\n" : table.text());
  return exit_code::done;
}

Result<int> verb_target_show(const Invocation& arguments) {
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  if (const auto date = arguments.text("as-of")) body["as_of"] = *date;
  GWAGEO_ASSIGN(answer, ask(arguments, "target.show", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
  } else {
    say(table_of(answer.body));
  }
  return exit_code::done;
}

Result<int> verb_target_history(const Invocation& arguments) {
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  GWAGEO_ASSIGN(answer, ask(arguments, "target.history", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"candidate", "verdict", "as of", "generation", "document"});
  for (const Json& verdict : list(answer.body, "verdicts")) {
    table.add({shown(verdict, "candidate"), shown(verdict, "verdict"), shown(verdict, "as_of"),
               shown(verdict, "generation"), shown(verdict, "document").substr(0, 16)});
  }
  say(table.empty() ? "no verdicts on record yet\n" : table.text());
  return exit_code::done;
}

}  // namespace gwageo
