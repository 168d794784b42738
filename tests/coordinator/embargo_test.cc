// What a team's key is told before a publication, and after it.
#include <gtest/gtest.h>

#include <string>

#include "coordinator/state.h"
#include "tests/coordinator/programme_hall.h"

namespace gwageo::testing {
namespace {

class EmbargoOfATarget : public ::testing::Test {
 protected:
  void begin(const std::string& kind) {
    hall_.target("embargo: " + kind + "\n");
    hall_.examine();
  }
  std::string seen(const std::string& who, const std::string& as_of = "") {
    return ProgrammeHall::verdicts(hall_.shown(who, as_of));
  }
  std::size_t history(const std::string& who) {
    return hall_.ask("target.history", Json::Object{{"target", "t"}}, who)
        .find("verdicts")
        ->as_array()
        .size();
  }
  std::string publish(const std::string& stage = "") {
    Json body = Json::Object{{"target", "t"}};
    if (!stage.empty()) body["stage"] = stage;
    return hall_.tell("publish", body);
  }
  ReplyCode results(const std::string& model, const std::string& who) {
    for (const auto& [id, job] : hall_.state().jobs()) {
      if (job.accepted.model != model) continue;
      return hall_.say("results", Json::Object{{"job", std::to_string(id.value)}}, {}, who).code;
    }
    return ReplyCode::failed;
  }
  ProgrammeHall hall_;
};

TEST_F(EmbargoOfATarget, KeepsOtherTeamsVerdictsBack) {
  begin("others");
  EXPECT_EQ(seen("op"), "good-150 pass, weak-20 fail");
  EXPECT_EQ(seen("eye"), "good-150 pass, weak-20 fail");
  EXPECT_EQ(seen("red"), "good-150 pass");
  EXPECT_EQ(seen("blue"), "weak-20 fail");
  const Json withheld = Json::Object{{"count", 1}, {"reason", "embargo"}};
  EXPECT_EQ(*hall_.shown("red").find("withheld"), withheld);
  EXPECT_EQ(hall_.shown("op").find("withheld"), nullptr);
  EXPECT_LT(history("red"), history("op"));
  EXPECT_EQ(results("good-150", "red"), ReplyCode::done);
  EXPECT_EQ(results("good-150", "blue"), ReplyCode::not_allowed);
  EXPECT_EQ(results("ref-100", "blue"), ReplyCode::done);
  EXPECT_EQ(results("good-150", "eye"), ReplyCode::done);
}

TEST_F(EmbargoOfATarget, HoldsForEveryDayAndEveryPolicy) {
  begin("others");
  const auto replayed = [&](const std::string& who, const std::string& policy = "",
                            const std::string& target = "t") {
    Json body = Json::Object{{"target", target}, {"from", "2026-06-29"}, {"to", "2026-07-02"}};
    if (!policy.empty()) body["policy"] = policy;
    return hall_.ask("target.replay", body, who);
  };
  EXPECT_EQ(ProgrammeHall::verdicts(replayed("op")), "good-150 pass, weak-20 fail");
  EXPECT_EQ(ProgrammeHall::verdicts(replayed("red")), "good-150 pass");
  EXPECT_EQ(*replayed("red").find("withheld")->find("count"), Json(1));
  const std::string policy = "target: mine\nsuite: s\nshare: 0.5\n";
  for (const char* const target : {"t", "mine"}) {
    EXPECT_EQ(ProgrammeHall::verdicts(replayed("red", policy, target)), "good-150 pass") << target;
    const Json shown =
        hall_.ask("target.show", Json::Object{{"target", target}, {"policy", policy}}, "red");
    EXPECT_EQ(ProgrammeHall::verdicts(shown), "good-150 pass") << target;
  }
  const auto explain = [&](const std::string& candidate, const std::string& who) {
    return hall_.say("verdict.explain", Json::Object{{"verdict", "t/" + candidate}}, {}, who).code;
  };
  EXPECT_EQ(explain("weak-20", "red"), ReplyCode::not_allowed);
  EXPECT_EQ(explain("good-150", "red"), ReplyCode::done);
  EXPECT_EQ(explain("weak-20", "eye"), ReplyCode::done);
  ASSERT_EQ(publish(), "done");
  EXPECT_EQ(explain("weak-20", "red"), ReplyCode::done);
  EXPECT_EQ(ProgrammeHall::verdicts(replayed("red")), "good-150 pass, weak-20 fail");
}

TEST_F(EmbargoOfATarget, OfAllKeepsEveryVerdictBack) {
  begin("all");
  EXPECT_EQ(seen("op"), "good-150 pass, weak-20 fail");
  EXPECT_EQ(seen("red"), "");
  EXPECT_EQ(*hall_.shown("red").find("withheld")->find("count"), Json(2));
  EXPECT_EQ(history("red"), 0u);
  EXPECT_EQ(results("good-150", "red"), ReplyCode::done);
}

TEST_F(EmbargoOfATarget, EndsForWhatWasOnRecordWhenItWasPublished) {
  begin("all");
  for (const char* const who : {"red", "eye"}) {
    EXPECT_EQ(hall_.say("publish", Json::Object{{"target", "t"}}, {}, who).code,
              ReplyCode::not_allowed);
  }
  EXPECT_EQ(publish(), "done");
  EXPECT_EQ(publish(), "known");
  EXPECT_EQ(seen("red"), "good-150 pass, weak-20 fail");
  EXPECT_EQ(hall_.shown("red"), hall_.shown("op"));
  EXPECT_EQ(history("red"), history("op"));
  EXPECT_EQ(results("good-150", "blue"), ReplyCode::done);
  hall_.begin("2026-07-10");
  EXPECT_EQ(seen("red"), "good-150 pass, weak-20 fail");  // A day alone makes no new verdict.

  // What moves afterwards is not published, whatever day is asked for.
  hall_.add_model("best-190", "reference", "2026-06-29");
  hall_.examine();
  EXPECT_EQ(seen("op"), "good-150 fail, weak-20 fail");
  EXPECT_EQ(seen("red"), "");
  EXPECT_EQ(seen("red", "2026-06-30"), "");
  EXPECT_EQ(seen("op", "2026-06-30"), "good-150 fail, weak-20 fail");
  hall_.restart();
  EXPECT_EQ(seen("red"), "");
  EXPECT_EQ(publish(), "done");
  EXPECT_EQ(seen("red"), "good-150 fail, weak-20 fail");
}

TEST_F(EmbargoOfATarget, DoesNotEndForWhatComesLaterThatDay) {
  begin("all");
  ASSERT_EQ(publish(), "done");
  hall_.add_model("best-190", "reference", "2026-06-29");
  hall_.add_model("late-40", "candidate", "2026-06-29");
  hall_.examine();
  EXPECT_EQ(seen("op"), "good-150 fail, late-40 fail, weak-20 fail");
  EXPECT_EQ(seen("red"), "");
  EXPECT_EQ(results("good-150", "blue"), ReplyCode::done);
  EXPECT_EQ(results("late-40", "blue"), ReplyCode::not_allowed);
  // What was published stays so, whatever other targets come.
  hall_.add_target("target: u\nsuite: s\nembargo: all\n");
  EXPECT_EQ(results("good-150", "blue"), ReplyCode::done);
  EXPECT_EQ(publish(), "done");
  EXPECT_EQ(publish(), "known");
  EXPECT_EQ(seen("red"), "good-150 fail, late-40 fail, weak-20 fail");
  EXPECT_EQ(results("late-40", "blue"), ReplyCode::done);
}

TEST_F(EmbargoOfATarget, NamesNobodyWhoLeft) {
  begin("others");
  hall_.begin("2026-07-02");
  ASSERT_EQ(hall_.tell("model.retire", Json::Object{{"name", "weak-20"}}), "done");
  const auto replayed = [&](const std::string& who) {
    return hall_.ask("target.replay",
                     Json::Object{{"target", "t"}, {"from", "2026-07-01"}, {"to", "2026-07-03"}},
                     who);
  };
  EXPECT_NE(replayed("op").dump().find("weak-20 is no candidate any more"), std::string::npos);
  const Json kept = replayed("red");
  EXPECT_EQ(kept.dump().find("weak-20"), std::string::npos);
  EXPECT_NE(kept.find("withheld"), nullptr);
}

TEST_F(EmbargoOfATarget, OfAStageEndsWithItsPublication) {
  begin("others");
  ASSERT_EQ(hall_.open("s-1"), "done");
  EXPECT_EQ(publish("s-1"),
            "stage s-1 is open, and its verdicts may still move: close it first (gwageo stage "
            "close s-1)");
  EXPECT_EQ(publish("s-2"), "target t has no stage s-2 (gwageo stage list)");
  EXPECT_EQ(ProgrammeHall::verdicts(hall_.stage("s-1", "red")), "good-150 pass");
  ASSERT_EQ(hall_.close("s-1", "weak-20 is far off"), "done");
  const Json kept = hall_.stage("s-1", "red");
  EXPECT_EQ(ProgrammeHall::verdicts(kept), "good-150 pass");
  EXPECT_EQ(kept.dump().find("weak-20"), std::string::npos);
  EXPECT_EQ(hall_.ask("stage.list", Json::object(), "red").dump().find("far off"),
            std::string::npos);
  // The policy that a stage was frozen with holds for it.
  hall_.target();
  EXPECT_EQ(ProgrammeHall::verdicts(hall_.stage("s-1", "red")), "good-150 pass");
  EXPECT_EQ(publish("s-1"), "done");
  EXPECT_EQ(publish("s-1"), "known");
  EXPECT_EQ(hall_.stage("s-1", "red"), hall_.stage("s-1"));
  EXPECT_EQ(publish("nothing"), "target t has no stage nothing (gwageo stage list)");
}

TEST_F(EmbargoOfATarget, HoldsForDecisions) {
  hall_.target("embargo: others\ngates: {conduct: {decision: {rule: '7'}}}\n");
  hall_.examine();
  for (const char* const candidate : {"good-150", "weak-20"}) {
    hall_.tell("gate.decide", Json::Object{{"target", "t"},
                                           {"model", candidate},
                                           {"gate", "conduct"},
                                           {"passed", true},
                                           {"rule", "7"},
                                           {"reason", "seen"}});
  }
  const Json asked = Json::Object{{"target", "t"}};
  const Json seen = hall_.ask("gate.show", asked, "blue");
  ASSERT_EQ(seen.find("decisions")->as_array().size(), 1u);
  EXPECT_EQ(*seen.find("decisions")->as_array()[0].find("candidate"), Json("weak-20"));
  EXPECT_EQ(*seen.find("withheld")->find("count"), Json(1));
  ASSERT_EQ(publish(), "done");
  EXPECT_EQ(hall_.ask("gate.show", asked, "blue"), hall_.ask("gate.show", asked));
}

}  // namespace
}  // namespace gwageo::testing
