// gwageo target add | list | show.
#include "benchmarks/target.h"
#include "benchmarks/target_changes.h"
#include "coordinator/durable_file.h"
#include "ops/client.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/target_text.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

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

/// `is_frozen`: an earlier version holds until a stage is closed.
std::string added_text(const std::string& name, std::int64_t version, bool known, bool is_frozen,
                       const Changes& changed) {
  std::string text = "target " + name + " version " + std::to_string(version) +
                     (known ? " was there already" : " added");
  if (!known && version > 1 && !is_frozen) {
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
  pass_on_warning(answer.body);
  const Json* const warning = answer.body.find("warning");
  std::int64_t version = 1;
  Changes changed;
  for (const Json& each : list(before.body, "targets")) {
    if (shown(each, "target") != target.name) continue;
    version = number(each, "version") + (known ? 0 : 1);
    const Result<Target> replaced = load_target(path, shown(each, "text"));
    if (replaced && !known) changed = changes(*replaced, target);
  }
  if (arguments.json()) {
    Json document = added_json(target, version, known, changed);
    if (warning != nullptr) document["warning"] = *warning;
    print(document);
  } else {
    say(added_text(target.name, version, known, warning != nullptr, changed));
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
  GWAGEO_TRY(add_policy(arguments, body));
  GWAGEO_ASSIGN(answer, ask(arguments, "target.show", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
  } else {
    say(target_table(answer.body));
  }
  return exit_code::done;
}

}  // namespace gwageo
