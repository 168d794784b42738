// What a team's key is told of another team: for every verb that only looks.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "coordinator/commands.h"
#include "coordinator/state.h"
#include "tests/coordinator/programme_hall.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

class RivalsView : public SmallPool {
 protected:
  /// A job of team red with all that is nobody else's business: where its model lies, what its
  /// engine is told, how it was submitted and why it is held back.
  void SetUp() override {
    const std::string digest = to_hex(sha256("weights"));
    const Said added =
        say(op(), "model.add",
            R"({"name": "hidden", "role": "candidate", "team": "red",)"
            R"( "released": "2026-02-01", "engine": "recorded", "path": "/secret/path",)"
            R"( "options": {"url": "http://secret"}, "digest": ")" +
                digest + "\"}");
    ASSERT_EQ(added.code, ReplyCode::done) << added.text;
    hello("w1");
    submit(of_team("red"), "hidden",
           R"(, "priority": 777, "tier": "refresh", "within_seconds": 7777)");
    submit(of_team("red"), "hidden");
    say({"red-secret", Role::team, "red", {}, {}}, "pause", R"({"job": "2"})");
    class_key_ = to_hex(job(1).accepted.class_key);
  }
  Json status(const PrincipalRegistered& who, const std::string& id) {
    return say(who, "status", R"({"job": ")" + id + "\"}").body;
  }
  std::string class_key_;
};

TEST_F(RivalsView, NoVerbSaysMoreThanThatAJobIsThere) {
  const std::map<std::string, std::vector<std::string>> looks = {
      {"audit.prove", {R"({"job": "1", "item": 0})"}},
      {"checkpoint", {"{}"}},
      {"explain", {R"({"job": "1"})", R"({"job": "2"})"}},
      {"gate.show", {R"({"target": "t"})"}},
      {"health", {"{}"}},
      {"items", {R"({"job": "1"})"}},
      {"keys.show", {R"({"name": "red-key"})"}},
      {"log.checkpoint", {"{}"}},
      {"log.tile", {R"({"path": "tile/0/000"})", R"({"path": "tile/entries/000"})"}},
      {"model.list", {"{}"}},
      {"plan.estimate", {R"({"model": "hidden", "suite": "s"})"}},
      {"points.show", {R"({"target": "t"})"}},
      {"reference.list", {"{}"}},
      {"reference.show", {R"({"board": "b"})"}},
      {"results", {R"({"job": "1"})"}},
      {"roster.show", {R"({"target": "t"})"}},
      {"stage.list", {"{}"}},
      {"stage.show", {R"({"stage": "s-1"})"}},
      {"status", {"{}", R"({"job": "1"})", R"({"job": "2"})"}},
      {"suite.list", {"{}"}},
      {"target.history", {R"({"target": "t"})"}},
      {"target.list", {"{}"}},
      {"target.replay", {R"({"target": "t", "from": "2026-01-01", "to": "2026-02-01"})"}},
      {"target.show", {R"({"target": "t"})"}},
      {"team.show", {"{}", R"({"name": "red"})"}},
      {"verdict.explain", {R"({"verdict": "t/hidden"})"}},
      {"workers", {"{}"}}};
  const std::set<std::string> changes = {
      "cancel",        "evidence.put", "gate.decide", "keys.rotate", "log.cosign", "model.add",
      "model.correct", "pause",        "priority",    "resume",      "submit"};
  for (const std::string& verb : verbs()) {
    if (!may(Role::team, verb) || changes.contains(verb)) continue;
    ASSERT_TRUE(looks.contains(verb)) << verb << ": what may a rival see of it?";
    for (const std::string& body : looks.at(verb)) {
      const std::string told = say(of_team("blue"), verb, body).body.dump();
      for (const std::string& secret : {std::string("secret"), std::string("777"), class_key_}) {
        EXPECT_EQ(told.find(secret), std::string::npos) << verb << " " << body << ": " << told;
      }
    }
  }
}

TEST_F(RivalsView, AJobSaysThatItIsThereItsStateAndItsPlace) {
  EXPECT_EQ(status(of_team("blue"), "1").dump(),
            R"({"job":"1","model":"hidden","suite":"s@1","team":"red","state":"running",)"
            R"("paused":false,"scored":false,"position":1,"queued":1})");
  EXPECT_EQ(*status(of_team("blue"), "2").find("paused"), Json(true));
  EXPECT_TRUE(status(of_team("blue"), "2").find("position")->is_null());
  EXPECT_EQ(say(of_team("blue"), "explain", R"({"job": "1"})").code, ReplyCode::not_allowed);
  EXPECT_EQ(say(of_team("blue"), "results", R"({"job": "1"})").code, ReplyCode::not_allowed);
  EXPECT_EQ(say(of_team("red"), "results", R"({"job": "1"})").code, ReplyCode::done);
  EXPECT_EQ(say(of_team("blue"), "items", R"({"job": "1"})").code, ReplyCode::not_allowed);
  EXPECT_EQ(say(of_team("blue"), "audit.prove", R"({"job": "1", "item": 0})").code,
            ReplyCode::not_allowed);
  EXPECT_EQ(say(of_team("blue"), "team.show", R"({"name": "red"})").code, ReplyCode::not_allowed);
  for (const PrincipalRegistered& who : {op(), auditor(), of_team("red")}) {
    const Json all = status(who, "1");
    EXPECT_EQ(*all.find("priority"), Json(777)) << who.name;
    EXPECT_EQ(*all.find("due_in_seconds"), Json(7777)) << who.name;
    EXPECT_NE(all.find("estimate"), nullptr) << who.name;
  }
}

TEST_F(RivalsView, AModelSaysWhoseItIsAndNotWhereItLies) {
  const auto hidden = [&](const PrincipalRegistered& who) {
    const Json body = say(who, "model.list", "{}").body;
    for (const Json& model : body.find("models")->as_array()) {
      if (*model.find("model") == Json("hidden")) return model;
    }
    return Json();
  };
  const Json seen = hidden(of_team("blue"));
  EXPECT_EQ(*seen.find("team"), Json("red"));
  EXPECT_EQ(*seen.find("digest"), Json(to_hex(sha256("weights"))));
  EXPECT_TRUE(seen.find("path")->is_null());
  EXPECT_TRUE(seen.find("options")->is_null());
  for (const PrincipalRegistered& who : {op(), auditor(), of_team("red")}) {
    EXPECT_EQ(*hidden(who).find("path"), Json("/secret/path")) << who.name;
    EXPECT_EQ(*hidden(who).find("options")->find("url"), Json("http://secret")) << who.name;
  }
}

// A target under embargo, a stage of it that is closed and one that is open: what red's candidate
// scored, how it was judged, what was decided on it and why.
TEST(RivalsViewUnderEmbargo, NoVerbSaysWhatCameOfIt) {
  ProgrammeHall hall;
  hall.target("embargo: others\ngates: {conduct: {decision: {rule: '7'}}}\n");
  hall.examine();
  for (const char* const stage : {"s-1", "s-2"}) {
    ASSERT_EQ(hall.open(stage), "done");
    ASSERT_EQ(hall.tell("gate.decide", Json::Object{{"target", "t"},
                                                    {"model", "good-150"},
                                                    {"gate", "conduct"},
                                                    {"passed", true},
                                                    {"rule", "7"},
                                                    {"reason", "secret grounds"}}),
              "done");
    if (stage == std::string("s-1")) {
      ASSERT_EQ(hall.close(stage, "a secret end"), "done");
    }
  }
  std::vector<Json> bodies = {Json::object()};
  for (const char* const stage : {"s-1", "s-2"}) bodies.push_back(Json::Object{{"stage", stage}});
  for (const char* const day : {"2026-06-01", "2026-06-30", "2026-12-01"}) {
    bodies.push_back(Json::Object{{"target", "t"}, {"as_of", day}});
  }
  bodies.push_back(Json::Object{{"target", "t"}});
  // By a policy of one's own nobody sees more.
  const std::string policy = "target: mine\nsuite: s\nwindow: {months: 6}\n";
  for (const char* const name : {"t", "mine"}) {
    Json body = Json::Object{{"target", name}, {"policy", policy}};
    bodies.push_back(body);
    body["from"] = "2026-06-28";
    body["to"] = "2026-07-02";
    bodies.push_back(body);
  }
  bodies.push_back(Json::Object{{"target", "t"}, {"from", "2026-06-28"}, {"to", "2026-07-02"}});
  bodies.push_back(Json::Object{{"verdict", "t/good-150"}});
  bodies.push_back(Json::Object{{"target", "t"}, {"model", "good-150"}});
  for (const auto& [id, job] : hall.state().jobs()) {
    if (job.accepted.model != "good-150") continue;
    bodies.push_back(Json::Object{{"job", std::to_string(id.value)}});
  }
  std::size_t answered = 0;
  for (const std::string& verb : verbs()) {
    if (!may(Role::team, verb)) continue;
    for (const Json& body : bodies) {
      const Reply reply = hall.say(verb, body, {}, "blue");
      answered += reply.code == ReplyCode::done ? 1 : 0;
      for (const char* const secret : {"secret", "\"pass\"", "3/2", "0.75"}) {
        EXPECT_EQ(reply.body.find(secret), std::string::npos) << verb << " " << reply.body;
      }
    }
  }
  EXPECT_GE(answered, 15u);
  const Json open = hall.stage("s-2");
  EXPECT_NE(open.dump().find("secret grounds"), std::string::npos);
  EXPECT_NE(open.dump().find("3/2"), std::string::npos);
}

}  // namespace
}  // namespace gwageo::testing
