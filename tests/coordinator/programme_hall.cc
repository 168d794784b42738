#include "tests/coordinator/programme_hall.h"

#include <utility>

#include "coordinator/commands.h"
#include "coordinator/state.h"
#include "protocol/limits.h"

namespace gwageo::testing {

ProgrammeHall::ProgrammeHall() : ExamHall("2026-06-30") {
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < 200; ++i) rows.push_back(std::to_string(1000 + i));
  rows_ = rows;
  add_suite(1, rows);
  for (const std::string name : {"blue", "chair"}) {
    say("keys.add", Json::Object{{"name", name},
                                 {"role", name == "blue" ? "team" : "auditor"},
                                 {"curve_key", to_hex(sha256(name))},
                                 {"sign_key", to_hex(sign_key_of(name))}});
  }
  add_model("ref-100", "reference", "2026-03-01");
  add_model("good-150", "candidate", "2026-06-01");
  Json of_blue = model("weak-20", "candidate", "2026-06-01");
  of_blue["team"] = "blue";
  say("model.add", of_blue);
}

ProgrammeHall::~ProgrammeHall() = default;

Json ProgrammeHall::target(const std::string& lines) {
  const Reply reply = add_target("target: t\nsuite: s\nwindow: {months: 6}\nshare: 0.95\n" + lines);
  return parsed(reply);
}

void ProgrammeHall::examine() { pass(seconds(6)); }

std::string ProgrammeHall::tell(const std::string& verb, const Json& body, const std::string& who) {
  const Reply reply = say(verb, body, {}, who);
  const Json answer = parsed(reply);
  if (answer.find("error") != nullptr) return answer.find("error")->as_string();
  const Json* const known = answer.find("known");
  return known != nullptr && known->as_bool() ? "known" : "done";
}

Json ProgrammeHall::ask(const std::string& verb, const Json& body, const std::string& who) {
  return parsed(say(verb, body, {}, who));
}

std::string ProgrammeHall::open(const std::string& stage, const std::string& target) {
  return tell("stage.open", Json::Object{{"stage", stage}, {"target", target}});
}

std::string ProgrammeHall::close(const std::string& stage, const std::string& reason) {
  Json body = Json::Object{{"stage", stage}};
  if (!reason.empty()) body["reason"] = reason;
  return tell("stage.close", body);
}

Json ProgrammeHall::stage(const std::string& name, const std::string& who) {
  return ask("stage.show", Json::Object{{"stage", name}}, who);
}

Json ProgrammeHall::shown(const std::string& who, const std::string& as_of) {
  Json body = Json::Object{{"target", "t"}};
  if (!as_of.empty()) body["as_of"] = as_of;
  return ask("target.show", body, who);
}

Json ProgrammeHall::row(const Json& document, const std::string& candidate) {
  for (const Json& each : document.find("verdicts")->as_array()) {
    if (*each.find("candidate") == Json(candidate)) return each;
  }
  return Json();
}

std::string ProgrammeHall::verdicts(const Json& document) {
  std::string text;
  for (const Json& each : document.find("verdicts")->as_array()) {
    text += (text.empty() ? "" : ", ") + each.find("candidate")->as_string() + " " +
            each.find("verdict")->as_string();
  }
  return text;
}

Json ProgrammeHall::parsed(const Reply& reply) { return Json::parse(reply.body).value(); }

std::size_t ProgrammeHall::records() const { return state().programme().stages().size(); }

void ProgrammeHall::crash_while_closing(const std::string& stage) {
  dies_ = true;
  command("stage.close", Json::Object{{"stage", stage}});
  pass(microseconds(1));
  dies_ = false;
  restart();
}

void ProgrammeHall::add_while_closing(const Json& added) { added_ = added; }

bool ProgrammeHall::finishes(ErrandKind errand) {
  if (errand != ErrandKind::closing) return true;
  if (added_) command("model.add", *std::exchange(added_, std::nullopt));
  return !dies_;
}

void ProgrammeHall::command(const std::string& verb, const Json& body) {
  const Command command{0, limits::protocol_version, verb, body.dump(), {}};
  receive("op", PeerId{3},
          must_be_signed(verb) ? signed_command(command, "op", "op", log) : command);
}

}  // namespace gwageo::testing
