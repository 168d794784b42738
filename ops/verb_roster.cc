// gwageo roster enter | leave | show.
#include "ops/client.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

Result<int> change(const Invocation& arguments, const std::string& verb) {
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  body["model"] = arguments.text_or("MODEL", "");
  for (const char* key : {"on", "reason"}) {
    if (const std::optional<std::string> value = arguments.text(key)) body[key] = *value;
  }
  GWAGEO_ASSIGN(answer, ask(arguments, "roster." + verb, body));
  pass_on_warning(answer.body);
  if (arguments.json()) {
    Json document;
    document["target"] = *body.find("target");
    document["model"] = *body.find("model");
    document["change"] = verb == "enter" ? "entered" : "left";
    if (const Json* const warning = answer.body.find("warning")) document["warning"] = *warning;
    print(document);
  } else {
    say(shown(body, "model") + (verb == "enter" ? " is on" : " leaves") + " the roster of " +
        shown(body, "target") + (verb == "enter" ? " from " : " on ") +
        arguments.text_or("on", "today") + (verb == "enter" ? " on\n" : "\n"));
  }
  return exit_code::done;
}

}  // namespace

Result<int> verb_roster_enter(const Invocation& arguments) { return change(arguments, "enter"); }
Result<int> verb_roster_leave(const Invocation& arguments) { return change(arguments, "leave"); }

Result<int> verb_roster_show(const Invocation& arguments) {
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  if (const auto date = arguments.text("as-of")) body["as_of"] = *date;
  GWAGEO_ASSIGN(answer, ask(arguments, "roster.show", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  std::string there;
  for (const Json& entry : list(answer.body, "roster")) {
    there += (there.empty() ? "" : ", ") + shown(entry, "candidate") + " (since " +
             shown(entry, "entered") +
             (member(entry, "retired").is_null() ? "" : ", retired " + shown(entry, "retired")) +
             ")";
  }
  TextTable table({"date", "candidate", "change", "recorded", "by", "reason"});
  for (const Json& each : list(answer.body, "changes")) {
    table.add({shown(each, "date"), shown(each, "candidate"), shown(each, "change"),
               shown(each, "recorded"), shown(each, "by"), shown(each, "reason")});
  }
  say("the roster of " + shown(answer.body, "target") + ", as of " + shown(answer.body, "as_of") +
      ": " + (there.empty() ? "nobody" : there) + "\n" +
      (table.empty() ? "" : "\nas recorded:\n" + table.text()));
  return exit_code::done;
}

}  // namespace gwageo
