// Points that people record, the places that follow, and gates beside them.
#include <gtest/gtest.h>

#include <string>

#include "coordinator/state.h"
#include "tests/coordinator/programme_hall.h"

namespace gwageo::testing {
namespace {

const char* const composed =
    "gates: {conduct: {decision: {rule: '7'}}}\n"
    "composition:\n"
    "  benchmark: {points: 60, parts: {measured: {points: 50, total: true},"
    " individual: {points: 10, recorded: true}}}\n"
    "  expert: {points: 40, recorded: true}\n"
    "stay: 1\n";

class PointsRecordedByPeople : public ::testing::Test {
 protected:
  PointsRecordedByPeople() {
    hall_.add_model("best-180", "candidate", "2026-06-02");
    hall_.target(composed);
    hall_.examine();
  }
  std::string record(const std::string& candidate, const std::string& part,
                     const std::string& points, const std::string& who = "op") {
    return hall_.tell("points.record",
                      Json::Object{{"target", "t"},
                                   {"model", candidate},
                                   {"part", part},
                                   {"points", points},
                                   {"reason", "mean of ten"}},
                      who);
  }
  std::string decide(const std::string& candidate, bool passed) {
    return hall_.tell("gate.decide", Json::Object{{"target", "t"},
                                                  {"model", candidate},
                                                  {"gate", "conduct"},
                                                  {"passed", passed},
                                                  {"rule", "7"},
                                                  {"reason", "seen"}});
  }
  Json row(const std::string& candidate) { return ProgrammeHall::row(hall_.shown(), candidate); }
  std::string total(const std::string& candidate) {
    const Json total = *row(candidate).find("composition")->find("total");
    return total.is_null() ? "open" : total.find("text")->as_string();
  }
  std::size_t recorded() { return hall_.state().programme().points("t").size(); }
  ProgrammeHall hall_;
};

TEST_F(PointsRecordedByPeople, WhatDoesNotFitIsRefusedAndRecordedNowhere) {
  EXPECT_EQ(record("good-150", "user", "3"),
            "target t has no part user whose points are recorded; those that are: "
            "benchmark/individual, expert");
  EXPECT_EQ(record("good-150", "benchmark/measured", "3").substr(0, 38),
            "the points of part benchmark/measured ");
  for (const char* const points : {"40.1", "-1", "x", ""}) {
    EXPECT_EQ(record("good-150", "expert", points),
              "points of part expert: expected a decimal from 0 to 40, got '" +
                  std::string(points) + "'");
  }
  EXPECT_EQ(record("good-150", "expert", "1e1"),
            "`points`: \"1e1\" is kept as it is written: write it without an exponent, for "
            "instance 31.6");
  EXPECT_EQ(record("ref-100", "expert", "3"),
            "ref-100 is no candidate of target t today; there are: best-180, good-150, weak-20");
  for (const char* const who : {"red", "eye", "chair"}) {
    EXPECT_EQ(hall_.say("points.record", Json::object(), {}, who).code, ReplyCode::not_allowed);
  }
  EXPECT_EQ(recorded(), 0u);
}

TEST_F(PointsRecordedByPeople, AddUpWhenNonePartIsOpen) {
  EXPECT_EQ(total("good-150"), "open");
  EXPECT_EQ(record("good-150", "expert", "31.6"), "done");
  EXPECT_EQ(record("good-150", "expert", "31.6"), "known");
  EXPECT_EQ(total("good-150"), "open");
  EXPECT_EQ(record("good-150", "benchmark/individual", "9.2"), "done");
  EXPECT_EQ(total("good-150"), "90.8");
  EXPECT_EQ(record("good-150", "expert", "30"), "done");  // The newest counts.
  EXPECT_EQ(total("good-150"), "89.2");
  const Json before = row("good-150");
  hall_.restart();
  EXPECT_EQ(row("good-150"), before);
  // What moves the points is on record with the verdict, and the last of it was said.
  const Json history =
      hall_.ask("target.history", Json::Object{{"target", "t"}, {"candidate", "good-150"}});
  const Json& newest = history.find("verdicts")->as_array().back();
  EXPECT_EQ(newest.find("moves")->as_array().back().find("text")->as_string(),
            "part expert: 30 points, recorded by op on 2026-06-30");
  std::uint64_t reached = 0;
  for (const VerdictReached& verdict : hall_.state().verdict_history()) {
    if (verdict.candidate == "good-150") reached = verdict.generation;
  }
  EXPECT_EQ(hall_.state().verdicts().at({"t", "weak-20"}).generation + 3, reached);
}

// The first by what it scored is out, for what was decided on it: both show.
TEST_F(PointsRecordedByPeople, ATeamMayRankHighAndStillBeOut) {
  for (const char* const candidate : {"best-180", "good-150"}) {
    const bool is_best = candidate == std::string("best-180");
    record(candidate, "expert", is_best ? "40" : "20");
    record(candidate, "benchmark/individual", is_best ? "10" : "5");
    decide(candidate, !is_best);
  }
  const Json best = row("best-180");
  EXPECT_EQ(*best.find("verdict"), Json("pass"));
  EXPECT_EQ(*best.find("composition")->find("total")->find("text"), Json("100.0"));
  EXPECT_EQ(*best.find("place"), Json(1));
  EXPECT_EQ(*best.find("gates")->find("conduct"), Json("fail"));
  EXPECT_EQ(*best.find("admitted"), Json(false));
  EXPECT_EQ(*best.find("rank"), Json(nullptr));
  EXPECT_EQ(*best.find("stays"), Json(false));
  const Json good = row("good-150");
  EXPECT_EQ(*good.find("place"), Json(2));
  EXPECT_EQ(*good.find("rank"), Json(1));
  EXPECT_EQ(*good.find("stays"), Json(true));
}

TEST_F(PointsRecordedByPeople, OfAStageCountInItAlone) {
  record("good-150", "expert", "40");
  record("good-150", "benchmark/individual", "10");
  EXPECT_EQ(total("good-150"), "100.0");
  ASSERT_EQ(hall_.open("s-1"), "done");
  EXPECT_EQ(total("good-150"), "open");
  decide("good-150", true);
  decide("best-180", false);
  EXPECT_EQ(hall_.close("s-1").substr(0, 44), "stage s-1 has no answer yet on good-150 (gwa");
  record("good-150", "expert", "1");
  record("good-150", "benchmark/individual", "2");
  ASSERT_EQ(hall_.close("s-1"), "done");
  EXPECT_EQ(total("good-150"), "100.0");
  const Json closed = hall_.stage("s-1");
  const Json good = ProgrammeHall::row(closed, "good-150");
  EXPECT_EQ(*good.find("composition")->find("total")->find("text"), Json("53.0"));
  EXPECT_EQ(*good.find("rank"), Json(1));
}

TEST_F(PointsRecordedByPeople, AreUnderEmbargoWithTheirPlaces) {
  hall_.target(std::string("embargo: others\n") + composed);
  record("good-150", "expert", "40");
  record("weak-20", "expert", "1");
  const Json asked = Json::Object{{"target", "t"}};
  const Json seen = hall_.ask("points.show", asked, "blue");
  ASSERT_EQ(seen.find("points")->as_array().size(), 1u);
  EXPECT_EQ(*seen.find("points")->as_array()[0].find("candidate"), Json("weak-20"));
  EXPECT_EQ(*seen.find("withheld")->find("count"), Json(1));
  record("weak-20", "benchmark/individual", "1");
  const Json own = ProgrammeHall::row(hall_.shown("blue"), "weak-20");
  EXPECT_FALSE(own.find("composition")->find("total")->is_null());
  EXPECT_EQ(*own.find("place"), Json(nullptr));
  EXPECT_FALSE(row("weak-20").find("place")->is_null());
}

}  // namespace
}  // namespace gwageo::testing
