// What people decide beside the scores: who may, on what, and what follows.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "coordinator/keys.h"
#include "coordinator/state.h"
#include "protocol/limits.h"
#include "tests/coordinator/programme_hall.h"

namespace gwageo::testing {
namespace {

const char* const gates =
    "gates:\n"
    "  independence: {decision: {rule: v2, components: [core, encoder], by: [chair]}}\n"
    "  conduct: {decision: {rule: '7'}}\n"
    "  level: {axis: a, floor: 0.05}\n";

class Decisions : public ::testing::Test {
 protected:
  Decisions() { hall_.target(gates); }

  static Json body(const std::string& gate, const std::string& component, bool passed,
                   const std::string& rule, const std::string& candidate = "good-150") {
    Json json = Json::Object{{"target", "t"},    {"model", candidate}, {"gate", gate},
                             {"passed", passed}, {"rule", rule},       {"reason", "seen"}};
    if (!component.empty()) json["component"] = component;
    return json;
  }
  std::string decide(const Json& json, const std::string& who = "chair") {
    return hall_.tell("gate.decide", json, who);
  }
  std::size_t recorded() { return hall_.state().programme().decisions("t").size(); }
  Json row(const std::string& candidate = "good-150") {
    return ProgrammeHall::row(hall_.shown(), candidate);
  }
  /// "pass" or what it is.
  std::string gate(const std::string& name) { return row().find("gates")->find(name)->as_string(); }

  /// What moved the newest verdict on record, the last of it.
  std::string last_move() {
    const Json history =
        hall_.ask("target.history", Json::Object{{"target", "t"}, {"candidate", "good-150"}});
    const Json& newest = history.find("verdicts")->as_array().back();
    return newest.find("moves")->as_array().back().find("text")->as_string();
  }

  ProgrammeHall hall_;
};

TEST_F(Decisions, WhatDoesNotFitIsRefusedAndRecordedNowhere) {
  EXPECT_EQ(decide(body("nothing", "core", true, "v2")),
            "gate nothing of target t is not there; people decide on: independence, conduct");
  EXPECT_EQ(decide(body("level", "", true, "v2")),
            "gate level of target t is a floor; people decide on: independence, conduct");
  EXPECT_EQ(decide(body("independence", "", true, "v2")),
            "gate independence of target t is decided component by component: say which "
            "(--component NAME) of: core, encoder");
  EXPECT_EQ(decide(body("independence", "tokenizer", true, "v2")),
            "gate independence of target t has no component tokenizer; it has: core, encoder");
  EXPECT_EQ(decide(body("independence", "core", true, "v1")),
            "gate independence of target t is decided under rule \"v2\", not \"v1\"");
  EXPECT_EQ(decide(body("independence", "core", true, "v2", "ref-100")),
            "ref-100 is no candidate of target t today; there are: good-150, weak-20");
  Json silent = body("independence", "core", true, "v2");
  silent["reason"] = "";
  EXPECT_EQ(decide(silent), "`reason`: say in words why (--reason TEXT)");
  Json unknown = body("independence", "core", true, "v2");
  unknown["evidence"] = to_hex(sha256("nothing"));
  EXPECT_EQ(decide(unknown), "evidence " + to_hex(sha256("nothing")) + " was not put");
  EXPECT_EQ(recorded(), 0u);
}

TEST_F(Decisions, OnlyTheEntitledDecide) {
  for (const char* const who : {"op", "red", "eye", "blue"}) {
    const Reply reply = hall_.say("gate.decide", body("independence", "core", true, "v2"), {}, who);
    EXPECT_EQ(reply.code, ReplyCode::not_allowed) << who;
    EXPECT_EQ(*ProgrammeHall::parsed(reply).find("error"),
              Json(std::string(who) +
                   " may not decide on gate independence of target t; entitled are: chair"));
  }
  const Reply unnamed = hall_.say("gate.decide", body("conduct", "", true, "7"), {}, "chair");
  EXPECT_EQ(unnamed.code, ReplyCode::not_allowed);
  EXPECT_EQ(*ProgrammeHall::parsed(unnamed).find("error"),
            Json("gate conduct of target t names nobody who decides, so operators do; chair is "
                 "none"));
  EXPECT_EQ(recorded(), 0u);
  EXPECT_EQ(decide(body("independence", "core", true, "v2"), "chair"), "done");
  EXPECT_EQ(decide(body("conduct", "", true, "7"), "op"), "done");
  EXPECT_EQ(recorded(), 2u);
}

TEST_F(Decisions, NobodyDecidesOnTheirOwn) {
  const Json answer = hall_.ask(
      "target.add", Json::Object{{"text",
                                  "target: u\nsuite: s\nshare: 0.95\n"
                                  "gates: {conduct: {decision: {rule: '7', by: [red, blue]}}}\n"}});
  ASSERT_NE(answer.find("warning"), nullptr);
  EXPECT_EQ(*answer.find("warning"),
            Json("gates are to be decided by blue, red, whose key is a team's: it decides on its "
                 "rivals' candidates"));
  Json decision = body("conduct", "", true, "7");
  decision["target"] = "u";
  EXPECT_EQ(decide(decision, "red"),
            "red is of team red, whose candidate good-150 is: nobody decides on their own");
  EXPECT_EQ(decide(decision, "blue"), "done");
}

TEST_F(Decisions, AGateIsPassedWhenEachComponentIs) {
  hall_.examine();
  EXPECT_EQ(gate("independence"), "pending");
  EXPECT_EQ(*row().find("admitted"), Json(nullptr));
  decide(body("conduct", "", true, "7"), "op");
  decide(body("independence", "core", true, "v2"));
  EXPECT_EQ(decide(body("independence", "core", true, "v2")), "known");
  EXPECT_EQ(gate("independence"), "pending");
  decide(body("independence", "encoder", false, "v2"));
  EXPECT_EQ(gate("independence"), "fail");
  EXPECT_EQ(*row().find("admitted"), Json(false));
  // The newest counts.
  decide(body("independence", "encoder", true, "v2"));
  EXPECT_EQ(gate("independence"), "pass");
  EXPECT_EQ(*row().find("admitted"), Json(true));
  EXPECT_EQ(row().find("gate_details")->find("independence")->dump(),
            R"({"state":"pass","rule":"v2","components":{)"
            R"("core":{"state":"pass","rule":"v2","reason":"seen","by":"chair",)"
            R"("date":"2026-06-30","evidence":null},)"
            R"("encoder":{"state":"pass","rule":"v2","reason":"seen","by":"chair",)"
            R"("date":"2026-06-30","evidence":null}}})");
  EXPECT_EQ(row().find("gate_details")->find("level")->dump(),
            R"({"state":"pass","rule":null,"components":{}})");
  // Each decision moved the verdict on its candidate, and no other.
  std::map<std::string, std::uint64_t> reached;
  for (const VerdictReached& verdict : hall_.state().verdict_history()) {
    ++reached[verdict.candidate];
  }
  EXPECT_EQ(reached["good-150"], reached["weak-20"] + 4);
  EXPECT_EQ(last_move(), "gate independence (encoder): pass, decided by chair on 2026-06-30");
  const Json before = row();
  hall_.restart();
  EXPECT_EQ(row(), before);
}

TEST_F(Decisions, AreOfTheFilesThatWereLookedAt) {
  hall_.examine();
  decide(body("conduct", "", true, "7"), "op");
  EXPECT_EQ(gate("conduct"), "pass");
  const auto correct = [this](const std::string& key, const std::string& value) {
    return hall_.tell("model.correct",
                      Json::Object{{"name", "good-150"}, {"reason", "a typo"}, {key, value}});
  };
  const auto other_files = [this] {
    const Json all = hall_.ask("gate.show", Json::Object{{"target", "t"}});
    std::string flags;
    for (const Json& each : all.find("decisions")->as_array()) {
      flags += each.find("on_other_files")->as_bool() ? "y" : "n";
    }
    return flags;
  };
  ASSERT_EQ(correct("released", "2026-06-02"), "done");  // The same files.
  EXPECT_EQ(gate("conduct"), "pass");
  EXPECT_EQ(other_files(), "n");
  const std::string first = to_hex(hall_.state().model("good-150")->digest);
  ASSERT_EQ(correct("digest", to_hex(sha256("other weights"))), "done");
  EXPECT_EQ(gate("conduct"), "pending");
  EXPECT_EQ(other_files(), "y");
  EXPECT_EQ(decide(body("conduct", "", true, "7"), "op"), "done");  // The same words are new ones.
  EXPECT_EQ(gate("conduct"), "pass");
  EXPECT_EQ(decide(body("conduct", "", true, "7"), "op"), "known");
  hall_.restart();
  EXPECT_EQ(gate("conduct"), "pass");
  EXPECT_EQ(other_files(), "yn");
  // Whoever goes back has what was decided on those files.
  ASSERT_EQ(correct("digest", first), "done");
  EXPECT_EQ(other_files(), "ny");
  EXPECT_EQ(gate("conduct"), "pass");
}

TEST_F(Decisions, OneWhoseVerdictIsInconclusiveNeedsThemToo) {
  hall_.add_model("near-96", "candidate", "2026-06-01");
  hall_.examine();
  hall_.examine();  // Its worker has three candidates now.
  ASSERT_EQ(*row("near-96").find("verdict"), Json("inconclusive"));
  ASSERT_EQ(hall_.open("s-1"), "done");
  const auto decide_all = [this](const std::string& candidate) {
    decide(body("conduct", "", true, "7", candidate), "op");
    decide(body("independence", "core", true, "v2", candidate));
    decide(body("independence", "encoder", true, "v2", candidate));
  };
  decide_all("good-150");
  const std::string refused = hall_.close("s-1");
  EXPECT_EQ(refused.find("stage s-1 has no answer yet on near-96 ("), 0u) << refused;
  decide_all("near-96");
  EXPECT_EQ(hall_.close("s-1"), "done");
  EXPECT_TRUE(hall_.stage("s-1").find("pending")->as_array().empty());
}

TEST_F(Decisions, OfAStageCountInItAlone) {
  hall_.examine();
  decide(body("conduct", "", false, "7"), "op");
  EXPECT_EQ(gate("conduct"), "fail");
  ASSERT_EQ(hall_.open("s-1"), "done");
  EXPECT_EQ(gate("conduct"), "pending");
  EXPECT_EQ(last_move(),
            "1 of its decisions count no longer (another stage, none, or other files)");
  decide(body("conduct", "", true, "7"), "op");
  EXPECT_EQ(gate("conduct"), "pass");
  EXPECT_EQ(hall_.close("s-1").substr(0, 46), "stage s-1 has no answer yet on good-150 (gwage");
  decide(body("independence", "core", true, "v2"));
  decide(body("independence", "encoder", true, "v2"));
  ASSERT_EQ(hall_.close("s-1"), "done");
  EXPECT_EQ(gate("conduct"), "fail");
  const Json closed = hall_.stage("s-1");
  EXPECT_EQ(*ProgrammeHall::row(closed, "good-150").find("gates")->find("conduct"), Json("pass"));
  // A rule that changes afterwards changes what is asked for from now on.
  hall_.target("gates: {conduct: {decision: {rule: '8'}}}\n");
  EXPECT_EQ(gate("conduct"), "pending");
  EXPECT_EQ(hall_.stage("s-1"), closed);
}

TEST_F(Decisions, RestOnAFileThatCanBeHadBack) {
  const std::string file(limits::piece_bytes_max + 5, 'x');
  const std::vector<std::string> pieces = {file.substr(0, limits::piece_bytes_max),
                                           file.substr(limits::piece_bytes_max)};
  for (const char* const who : {"red", "eye"}) {
    EXPECT_EQ(hall_.say("evidence.put", Json::object(), pieces, who).code, ReplyCode::not_allowed);
  }
  const Reply put = hall_.say("evidence.put", Json::object(), pieces, "chair");
  const std::string digest = to_hex(sha256(file));
  EXPECT_EQ(*ProgrammeHall::parsed(put).find("digest"), Json(digest));
  const Json asked = Json::Object{{"digest", digest}};
  EXPECT_EQ(hall_.tell("gate.evidence", asked),
            "no decision rests on evidence " + digest + " (gwageo gate show TARGET)");
  Json json = body("independence", "core", true, "v2");
  json["evidence"] = digest;
  json["evidence_name"] = "report.pdf";
  ASSERT_EQ(decide(json), "done");
  hall_.restart();
  for (const char* const who : {"op", "eye"}) {
    const Reply reply = hall_.say("gate.evidence", asked, {}, who);
    EXPECT_EQ(reply.attachments, pieces) << who;
    EXPECT_EQ(*ProgrammeHall::parsed(reply).find("name"), Json("report.pdf"));
  }
  EXPECT_EQ(hall_.say("gate.evidence", asked, {}, "red").code, ReplyCode::not_allowed);
  const Json shown = hall_.ask("gate.show", Json::Object{{"target", "t"}, {"model", "good-150"}});
  EXPECT_EQ(*shown.find("decisions")->as_array().at(0).find("evidence"), Json(digest));
  // Who has none rests on none.
  const std::string none = to_hex(Digest{});
  ASSERT_EQ(decide(body("independence", "core", true, "v2")), "done");
  EXPECT_EQ(hall_.tell("gate.evidence", Json::Object{{"digest", none}}),
            "no decision rests on evidence " + none + " (gwageo gate show TARGET)");
  EXPECT_TRUE(hall_.ask("gate.show", Json::Object{{"target", "t"}, {"model", "weak-20"}})
                  .find("decisions")
                  ->as_array()
                  .empty());
}

}  // namespace
}  // namespace gwageo::testing
