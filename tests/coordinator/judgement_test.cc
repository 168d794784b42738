// Which models a target has on a day.
#include "coordinator/judgement.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

constexpr const char* target_text = R"(target: t-95
suite: s
window: {months: 6}
share: 0.95
compare: best
confidence: 0.95
decide: confidence
min_coverage: 1.0
basis: measured
candidates: all
)";

ModelAdded judged_model(const std::string& name, ModelRole role) {
  ModelAdded added;
  added.name = name;
  added.role = role;
  added.released = "2026-07-01";
  added.engine = "paced";
  return added;
}

class Gather : public ::testing::Test {
 protected:
  void decide(const Fact& fact) { state_.apply(Instant{1}, fact); }
  std::size_t cohort(const std::string& as_of) { return gathered(as_of).cohort.size(); }
  std::size_t candidates(const std::string& as_of) { return gathered(as_of).candidates.size(); }
  JobId counted() { return gathered("2026-08-01").candidates.at(0).job; }
  State state_;

 private:
  JudgementInput gathered(const std::string& as_of) {
    const Result<JudgementInput> input = gather(state_, "t-95", *parse_date(as_of));
    EXPECT_TRUE(input) << input.error().message;
    return input ? *input : JudgementInput{};
  }
};

TEST_F(Gather, ADayBeforeARetirementIsJudgedAsItWas) {
  decide(Founded{"origin.example/a", "UTC"});
  decide(DayBegan{"2026-09-01"});
  decide(judged_model("old", ModelRole::reference));
  decide(judged_model("new", ModelRole::candidate));
  decide(TargetAdded{"t-95", 1, target_text});
  decide(DayBegan{"2026-10-01"});
  decide(ModelRetired{"old"});
  decide(ModelRetired{"new"});
  decide(DayBegan{"2026-10-02"});
  for (const char* before : {"2026-08-01", "2026-09-30"}) {
    EXPECT_EQ(cohort(before), 1u) << before;
    EXPECT_EQ(candidates(before), 1u) << before;
  }
  for (const char* after : {"2026-10-01", "2026-10-02", "2026-11-30"}) {
    EXPECT_EQ(cohort(after), 0u) << after;
    EXPECT_EQ(candidates(after), 0u) << after;
  }
}

// However early it was registered. The days on record keep what was judged on them.
TEST_F(Gather, OnADayThatIsOverACandidateIsThereFromItsReleaseOn) {
  decide(Founded{"origin.example/a", "UTC"});
  decide(judged_model("new", ModelRole::candidate));
  decide(TargetAdded{"t-95", 1, target_text});
  decide(DayBegan{"2026-06-29"});
  const auto seen = [&](const std::string& as_of) {
    return look_back(state_, state_.targets().at("t-95").back(), *parse_date(as_of))
        .value()
        .candidates.size();
  };
  EXPECT_EQ(seen("2026-06-28"), 0u);
  EXPECT_EQ(seen("2026-06-29"), 1u);  // Today, as it is judged.
  decide(DayBegan{"2026-10-01"});
  EXPECT_EQ(seen("2026-06-30"), 0u);
  EXPECT_EQ(seen("2026-07-01"), 1u);
  EXPECT_EQ(seen("2027-07-01"), 1u);  // It has no window.
  EXPECT_EQ(candidates("2026-06-30"), 1u);
}

// Whatever its date, but not before it.
TEST_F(Gather, OneNamedReferenceIsTheCohort) {
  decide(Founded{"origin.example/a", "UTC"});
  decide(judged_model("old", ModelRole::reference));
  decide(judged_model("other", ModelRole::reference));
  decide(TargetAdded{"t-95", 1, "target: t-95\nsuite: s\ncompare: {model: old}\n"});
  EXPECT_EQ(cohort("2026-08-01"), 1u);
  EXPECT_EQ(cohort("2029-08-01"), 1u);
  EXPECT_EQ(cohort("2026-06-30"), 0u);
}

TEST_F(Gather, ASpoiledExaminationHidesNoWholeOne) {
  decide(Founded{"origin.example/a", "UTC"});
  decide(judged_model("m", ModelRole::candidate));
  SuiteAdded suite;
  suite.name = "s";
  suite.version = 1;
  suite.items = 10;
  decide(suite);
  decide(TargetAdded{"t-95", 1, target_text});
  const auto examine = [&](std::uint64_t id, std::uint64_t answered) {
    JobAccepted accepted;
    accepted.job = {id};
    accepted.request = "r" + std::to_string(id);
    accepted.model = "m";
    accepted.model_version = state_.model("m")->version;
    accepted.suite = "s";
    accepted.suite_version = 1;
    accepted.items = 10;
    decide(accepted);
    decide(JobCancelled{{id}, "han"});
    Scored scored;
    scored.job = {id};
    scored.items = 10;
    scored.outcomes[static_cast<std::size_t>(Outcome::answered)] = answered;
    scored.outcomes[static_cast<std::size_t>(Outcome::cancelled)] = 10 - answered;
    decide(scored);
  };
  examine(1, 9);
  EXPECT_EQ(counted(), JobId{1});
  examine(2, 9);
  EXPECT_EQ(counted(), JobId{1});  // Of equals the oldest.
  examine(3, 4);
  EXPECT_EQ(counted(), JobId{1});
  examine(4, 10);
  EXPECT_EQ(counted(), JobId{4});
}

TEST_F(Gather, WhatIsRetiredBeforeTheFirstDayIsOutOnAll) {
  decide(Founded{"origin.example/a", "UTC"});
  decide(judged_model("old", ModelRole::reference));
  decide(TargetAdded{"t-95", 1, target_text});
  decide(ModelRetired{"old"});
  EXPECT_EQ(cohort("2026-08-01"), 0u);
}

}  // namespace
}  // namespace gwageo
