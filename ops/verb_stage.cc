// gwageo stage open | close | list | show, and publish.
#include "ops/client.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/target_text.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

/// The stage as `stage list` shows it, now that something happened to it.
Result<Json> line_of_stage(Client& client, const std::string& name) {
  GWAGEO_ASSIGN(answer, client.call("stage.list"));
  for (const Json& stage : list(answer.body, "stages")) {
    if (shown(stage, "stage") == name) return stage;
  }
  return fail(ErrorKind::not_found, "no stage is named " + name + " (gwageo stage list)");
}

/// "s@1", or that there is none.
std::string basis_of_stage(const Json& stage) {
  const std::string version = shown(stage, "suite_version");
  return version == "-" ? "claims" : "suite version " + version;
}

std::string history_of(const Json& document) {
  const Json& opened = member(document, "opened");
  const Json& closed = member(document, "closed");
  std::string text = "stage " + shown(document, "stage") + ": opened on " + shown(opened, "date") +
                     " by " + shown(opened, "by");
  if (closed.is_null()) {
    text += ", open";
  } else {
    text += ", closed on " + shown(closed, "date") + " by " + shown(closed, "by") +
            (shown(closed, "reason") == "-" ? "" : ": " + shown(closed, "reason"));
  }
  for (const Json& one : list(document, "left")) {
    text += "\n" + shown(one, "candidate") + " " + shown(one, "how") + " on " + shown(one, "on") +
            ", while it was open";
  }
  return text + "\n";
}

}  // namespace

Result<int> verb_stage_open(const Invocation& arguments) {
  const std::string name = arguments.text_or("NAME", "");
  Json body;
  body["stage"] = name;
  if (const auto target = arguments.text("target")) body["target"] = *target;
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_TRY(client.call("stage.open", std::move(body)));
  GWAGEO_ASSIGN(stage, line_of_stage(client, name));
  if (arguments.json()) {
    print(stage);
  } else {
    say("stage " + name + " is open: until it is closed target " + shown(stage, "target") +
        " is judged by its version " + shown(stage, "version") + ", on " + basis_of_stage(stage) +
        "\n");
  }
  return exit_code::done;
}

Result<int> verb_stage_close(const Invocation& arguments) {
  const std::string name = arguments.text_or("NAME", "");
  Json body;
  body["stage"] = name;
  if (const auto reason = arguments.text("reason")) body["reason"] = *reason;
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_TRY(client.call("stage.close", std::move(body)));
  GWAGEO_ASSIGN(stage, line_of_stage(client, name));
  if (arguments.json()) {
    print(stage);
  } else {
    say("stage " + name + " is closed, and its verdicts of " + shown(stage, "closed") +
        " are fixed: document " + shown(stage, "document") + "\n");
  }
  return exit_code::done;
}

Result<int> verb_stage_list(const Invocation& arguments) {
  GWAGEO_ASSIGN(answer, ask(arguments, "stage.list"));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"stage", "target", "version", "suite version", "opened", "closed", "document"});
  for (const Json& stage : list(answer.body, "stages")) {
    table.add({shown(stage, "stage"), shown(stage, "target"), shown(stage, "version"),
               shown(stage, "suite_version"), shown(stage, "opened"), shown(stage, "closed"),
               shown(stage, "document").substr(0, 16)});
  }
  say(table.empty() ? "no stages yet; open one with: gwageo stage open NAME --target TARGET\n"
                    : table.text());
  return exit_code::done;
}

Result<int> verb_stage_show(const Invocation& arguments) {
  Json body;
  body["stage"] = arguments.text_or("NAME", "");
  GWAGEO_ASSIGN(answer, ask(arguments, "stage.show", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
  } else {
    say(history_of(answer.body) + target_table(answer.body));
  }
  return exit_code::done;
}

Result<int> verb_publish(const Invocation& arguments) {
  const std::string target = arguments.text_or("TARGET", "");
  const std::string stage = arguments.text_or("stage", "");
  Json body;
  body["target"] = target;
  if (!stage.empty()) body["stage"] = stage;
  GWAGEO_ASSIGN(answer, ask(arguments, "publish", std::move(body)));
  pass_on_warning(answer.body);
  const bool is_known = shown(answer.body, "known") == "true";
  if (arguments.json()) {
    Json document;
    document["target"] = target;
    document["stage"] = stage.empty() ? Json(nullptr) : Json(stage);
    document["known"] = is_known;
    print(document);
  } else {
    const std::string what = stage.empty() ? "the verdicts of target " + target + " up to today"
                                           : "stage " + stage + " of target " + target;
    say(what + (is_known ? ": published already\n" : ": published; everybody may see them now\n"));
  }
  return exit_code::done;
}

}  // namespace gwageo
