// Something moves, and exactly what is missing is asked for.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "coordinator/state.h"
#include "tests/coordinator/exam_hall.h"

namespace gwageo::testing {
namespace {

using Asked = std::map<std::string, std::uint64_t>;

constexpr std::size_t moved_item_count = 200;
const char* const moved_target_text = "target: t\nsuite: s\nwindow: {months: 6}\nshare: 0.95\n";

std::vector<std::string> moved_rows(std::size_t count = moved_item_count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(std::to_string(1000 + i));
  return out;
}

class Movement : public ::testing::Test {
 protected:
  Movement() : hall_("2026-06-30") {
    hall_.add_suite(1, moved_rows());
    hall_.add_model("ref-100", "reference", "2026-03-01");
    hall_.add_model("old-180", "reference", "2025-12-30");
    hall_.add_model("good-150", "candidate", "2026-06-01");
    hall_.add_model("weak-20", "candidate", "2026-06-01");
  }
  void add_target() {
    const Reply reply = hall_.add_target(moved_target_text);
    ASSERT_EQ(reply.code, ReplyCode::done) << reply.body;
  }
  /// What is asked once nothing moves any more.
  Asked asked() {
    hall_.pass(seconds(6));
    return hall_.take_asked();
  }
  const Job& newest_job() { return hall_.state().jobs().rbegin()->second; }
  std::size_t jobs() { return hall_.state().jobs().size(); }

  ExamHall hall_;
};

TEST_F(Movement, AnItemDoesNotComeBackAsSomethingElse) {
  const auto add = [this](std::uint32_t version, const std::vector<std::string>& all,
                          const std::string& changed = "") {
    const Reply reply = hall_.add_suite(version, all, changed);
    return reply.code == ReplyCode::done ? "done" : reply.body;
  };
  const std::string last = std::to_string(moved_item_count - 1);
  const std::string listed = "changed: [{task: t, item: '" + last + "', reason: broken}]\n";
  ASSERT_EQ(add(2, moved_rows(moved_item_count - 1), listed), "done");
  std::vector<std::string> other = moved_rows();
  other.back() = "77";
  const std::string refused = add(3, other);
  EXPECT_NE(refused.find("item " + last + " differs from version 1 of the suite: list it"),
            std::string::npos)
      << refused;
  EXPECT_EQ(add(3, other, listed), "done");
  // What was left out needs no word a second time, and comes back as it was last.
  ASSERT_EQ(add(4, moved_rows(moved_item_count - 1), listed), "done");
  EXPECT_EQ(add(5, moved_rows(moved_item_count - 1)), "done");
  EXPECT_NE(add(6, moved_rows()).find("differs from version 3"), std::string::npos);
  EXPECT_EQ(add(6, other), "done");
}

TEST_F(Movement, ATargetHasItsModelsExaminedAndNobodyElse) {
  EXPECT_EQ(asked(), Asked{});
  add_target();
  hall_.pass(seconds(4));
  EXPECT_EQ(hall_.take_asked(), Asked{});  // It may not be all that moves.
  EXPECT_EQ(asked(), (Asked{{"ref-100", 200}, {"good-150", 200}, {"weak-20", 200}}));
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pass");
  EXPECT_EQ(hall_.verdict("t", "weak-20"), "fail");
  const JobAccepted& first = hall_.state().job({1})->accepted;
  EXPECT_EQ(first.model, "ref-100");  // Every verdict waits for it.
  EXPECT_EQ(first.tier, Tier::refresh);
  EXPECT_EQ(first.cause, "target t needs ref-100 version 1 on suite s@1");
  EXPECT_EQ(first.submitter, "");
  EXPECT_EQ(asked(), Asked{});
}

TEST_F(Movement, ANewReferenceIsAllThatIsRun) {
  add_target();
  asked();
  hall_.add_model("best-190", "reference", "2026-06-29");
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pending");
  EXPECT_EQ(asked(), (Asked{{"best-190", 200}}));
  EXPECT_EQ(hall_.verdict("t", "good-150"), "fail");
}

TEST_F(Movement, OfANewSuiteVersionOnlyWhatChangedIsRun) {
  add_target();
  asked();
  std::vector<std::string> changed = moved_rows();
  for (const std::size_t i : {3, 50, 180}) changed[i] += "0";
  const Reply reply = hall_.add_suite(
      2, changed,
      "changed: [{task: t, item: '3', reason: typo}, {task: t, item: '50', reason: typo},"
      " {task: t, item: '180', reason: typo}]\n");
  ASSERT_EQ(reply.code, ReplyCode::done) << reply.body;
  EXPECT_EQ(asked(), (Asked{{"ref-100", 3}, {"good-150", 3}, {"weak-20", 3}}));
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pass");
}

TEST_F(Movement, AFixedScorerRunsNothing) {
  add_target();
  asked();
  const std::size_t before = hall_.state().verdict_history().size();
  const Reply reply = hall_.add_suite(
      2, moved_rows(), "",
      "    filter_list: [{name: f, filter: [{function: regex, regex_pattern: '([0-9]+)'},"
      " {function: take_first}]}]\n    metric_list: [{metric: exact_match}]\n");
  ASSERT_EQ(reply.code, ReplyCode::done) << reply.body;
  EXPECT_EQ(asked(), Asked{});
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pass");
  EXPECT_GT(hall_.state().verdict_history().size(), before);
}

TEST_F(Movement, AnotherPolicyRunsNothing) {
  add_target();
  asked();
  ASSERT_EQ(hall_.add_target(std::string(moved_target_text) + "confidence: 0.9\n").code,
            ReplyCode::done);
  EXPECT_EQ(asked(), Asked{});
  EXPECT_EQ(hall_.state().verdicts().at({"t", "good-150"}).target_version, 2u);
}

TEST_F(Movement, AReferenceEntersAndLeavesByTheCalendar) {
  add_target();
  asked();
  hall_.add_model("next-190", "reference", "2026-07-02");
  EXPECT_EQ(asked(), Asked{});  // It is not out yet.
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pass");
  hall_.begin("2026-07-02");
  EXPECT_EQ(asked(), (Asked{{"next-190", 200}}));
  EXPECT_EQ(hall_.verdict("t", "good-150"), "fail");
  hall_.begin("2027-01-02");  // Six months on it is out of the window, and nobody else is in.
  EXPECT_EQ(asked(), Asked{});
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pending");
}

TEST_F(Movement, WhatMovesTwiceIsRunOnce) {
  add_target();
  asked();
  hall_.add_model("best-190", "reference", "2026-06-29");
  hall_.pass(seconds(3));
  ASSERT_EQ(hall_.say("model.retire", Json::Object{{"name", "best-190"}}).code, ReplyCode::done);
  hall_.add_model("best-195", "reference", "2026-06-29");
  hall_.pass(seconds(3));
  EXPECT_EQ(hall_.take_asked(), Asked{});
  EXPECT_EQ(asked(), (Asked{{"best-195", 200}}));
}

TEST_F(Movement, WhatMovesAllTheTimeIsRunAllTheSame) {
  add_target();
  asked();
  hall_.add_model("best-190", "reference", "2026-06-29");
  for (int i = 0; i < 12; ++i) {
    hall_.pass(seconds(4));
    hall_.add_model("later-" + std::to_string(i), "reference", "2027-01-01");
  }
  EXPECT_EQ(hall_.take_asked(), Asked{});  // 48 s: ten times 5 s are not over.
  hall_.pass(seconds(3));
  EXPECT_EQ(hall_.take_asked(), (Asked{{"best-190", 200}}));
}

TEST_F(Movement, SupersededWorkIsCalledOff) {
  add_target();
  asked();
  hall_.answers = false;
  hall_.add_model("best-190", "reference", "2026-06-29");
  hall_.pass(seconds(6));
  const JobId started = newest_job().accepted.job;
  EXPECT_TRUE(newest_job().open());
  EXPECT_FALSE(hall_.state().leases_of(started).empty());
  ASSERT_EQ(hall_.say("model.retire", Json::Object{{"name", "best-190"}}).code, ReplyCode::done);
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pass");
  hall_.pass(seconds(6));
  const Job& job = *hall_.state().job(started);
  EXPECT_TRUE(job.cancelled);
  EXPECT_EQ(job.reason, "superseded: no target needs best-190 version 1 on suite s@1 any more");
  EXPECT_TRUE(hall_.state().leases_of(started).empty());
  // It comes back: that it was called off is no decision against it.
  hall_.answers = true;
  hall_.take_asked();
  hall_.add_model("best-190", "reference", "2026-06-29");
  EXPECT_EQ(asked(), (Asked{{"best-190", 200}}));
}

TEST_F(Movement, WhatSomebodySubmittedIsLeftAlone) {
  hall_.answers = false;
  ASSERT_EQ(
      hall_.say("submit", Json::Object{{"request", "r"}, {"model", "ref-100"}, {"suite", "s"}})
          .code,
      ReplyCode::done);
  add_target();
  hall_.pass(seconds(6));
  EXPECT_EQ(jobs(), 3u);  // The two candidates: the reference is being examined.
  ASSERT_EQ(hall_.say("model.retire", Json::Object{{"name", "ref-100"}}).code, ReplyCode::done);
  hall_.pass(seconds(6));
  EXPECT_TRUE(hall_.state().job({1})->open());
}

TEST_F(Movement, WhatSomebodyCancelledIsNotSubmittedAgain) {
  hall_.answers = false;
  add_target();
  hall_.pass(seconds(6));
  ASSERT_EQ(jobs(), 3u);
  ASSERT_EQ(hall_.say("cancel", Json::Object{{"job", "1"}}).code, ReplyCode::done);
  hall_.add_model("other-1", "candidate", "2026-06-01");
  hall_.pass(seconds(6));
  EXPECT_EQ(jobs(), 4u);
  EXPECT_EQ(newest_job().accepted.model, "other-1");
  // Who waits for the verdict is told which job it was, and of the others which examines them.
  const Result<Json> shown =
      Json::parse(hall_.say("target.show", Json::Object{{"target", "t"}}).body);
  ASSERT_TRUE(shown);
  const Json& reference = shown->find("cohort")->as_array().at(0);
  EXPECT_EQ(*reference.find("ended"), Json("1"));
  EXPECT_TRUE(reference.find("under_way")->is_null());
  const Json& candidate = shown->find("verdicts")->as_array().at(0);
  EXPECT_EQ(*candidate.find("under_way"), Json("2"));
  EXPECT_TRUE(candidate.find("ended")->is_null());
}

TEST_F(Movement, ACorrectedDateRunsNothing) {
  add_target();
  asked();
  const auto correct = [&](const std::string& key, const std::string& value) {
    return hall_.say("model.correct",
                     Json::Object{{"name", "ref-100"}, {"reason", "it was wrong"}, {key, value}});
  };
  ASSERT_EQ(correct("released", "2025-11-01").code, ReplyCode::done);
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pending");  // Nobody is left in the window.
  EXPECT_EQ(asked(), Asked{});
  ASSERT_EQ(correct("released", "2026-05-01").code, ReplyCode::done);
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pass");
  EXPECT_EQ(asked(), Asked{});
  EXPECT_EQ(hall_.state().model("ref-100")->version, 3u);
  ASSERT_EQ(correct("digest", to_hex(sha256("other weights"))).code, ReplyCode::done);
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pending");
  EXPECT_EQ(asked(), (Asked{{"ref-100", 200}}));
}

TEST_F(Movement, ACorrectionSaysWhyAndChangesSomething) {
  const auto refusal_of = [&](Json body) {
    const Reply reply = hall_.say("model.correct", body);
    EXPECT_NE(reply.code, ReplyCode::done);
    return reply.body;
  };
  const std::size_t before = hall_.state().models().at("ref-100").size();
  const auto is_said = [&](const std::string& said, const std::string& words) {
    EXPECT_NE(said.find(words), std::string::npos) << said;
  };
  is_said(refusal_of(Json::Object{{"name", "ref-100"}, {"reason", ""}}), "a correction says why");
  is_said(refusal_of(Json::Object{{"name", "ref-100"}, {"reason", "  "}}), "nothing but blanks");
  is_said(refusal_of(Json::Object{{"name", "ref-100"}, {"reason", "a\x1b[31mb"}}),
          "a control character");
  is_said(refusal_of(Json::Object{{"name", "ref-100"}, {"reason", "r"}}), "changes nothing");
  is_said(refusal_of(Json::Object{{"name", "nobody"}, {"reason", "r"}}), "no model is named");
  is_said(refusal_of(Json::Object{{"name", "ref-100"}, {"reason", "r"}, {"released", "soon"}}),
          "is no date");
  is_said(refusal_of(Json::Object{
              {"name", "ref-100"}, {"reason", "r"}, {"training_cutoff", "2026-03-02"}}),
          "after the release");
  EXPECT_EQ(hall_.state().models().at("ref-100").size(), before);
}

TEST_F(Movement, DisownedAnswersCountNoMoreAndAreAskedAnew) {
  add_target();
  asked();
  const Json body =
      Json::Object{{"name", "ref-100"}, {"reason", "another template"}, {"version", 1}};
  ASSERT_EQ(hall_.say("model.disown", body).code, ReplyCode::done);
  ASSERT_EQ(hall_.say("model.disown", body).code, ReplyCode::done);  // The answer was lost.
  EXPECT_EQ(hall_.state().model("ref-100")->version, 2u);
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pending");
  EXPECT_EQ(asked(), (Asked{{"ref-100", 200}}));
  EXPECT_EQ(hall_.verdict("t", "good-150"), "pass");
  // They stay disowned when the model is added again.
  ASSERT_EQ(hall_.say("model.retire", Json::Object{{"name", "ref-100"}}).code, ReplyCode::done);
  hall_.add_model("ref-100", "reference", "2026-03-01");
  EXPECT_EQ(hall_.state().model("ref-100")->salt, 1u);
  EXPECT_EQ(asked(), Asked{});
}

TEST_F(Movement, UnderRerunManualNothingHappensByItself) {
  ASSERT_EQ(hall_.add_target(std::string(moved_target_text) + "rerun: manual\n").code,
            ReplyCode::done);
  EXPECT_EQ(asked(), Asked{});
  EXPECT_EQ(jobs(), 0u);
}

// Nothing of what is due is kept: a new life looks at everything.
TEST_F(Movement, ARestartLosesNoMovement) {
  add_target();
  asked();
  hall_.add_model("best-190", "reference", "2026-06-29");
  hall_.restart();
  hall_.join();
  EXPECT_EQ(asked(), (Asked{{"best-190", 200}}));
}

TEST_F(Movement, QuotasBoundWhatATeamSubmitsAndNotWhatATargetNeeds) {
  ASSERT_EQ(hall_.say("team.add", Json::Object{{"name", "red"}, {"jobs", 1}}).code,
            ReplyCode::done);
  hall_.answers = false;
  add_target();
  hall_.pass(seconds(6));
  EXPECT_EQ(jobs(), 3u);
}

// The bar that this is held to, at its size (a tenth of the items under a sanitizer).
TEST(MovementAtSize, TenThousandItemsTenReferencesAndEightCandidates) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const std::size_t items = 1000;
#else
  const std::size_t items = 10000;
#endif
  ExamHall hall("2026-06-30");
  hall.add_suite(1, moved_rows(items));
  Asked all;
  const auto add = [&](const std::string& kind, const std::string& role, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = kind + "-" + std::to_string(items / 2 + i * items / 40);
      hall.add_model(name, role, "2026-03-01");
      all[name] = items;
    }
  };
  add("ref", "reference", 10);
  add("cand", "candidate", 8);
  hall.add_target(moved_target_text);
  hall.pass(seconds(6));
  EXPECT_EQ(hall.take_asked(), all);
  EXPECT_EQ(hall.verdict("t", "cand-" + std::to_string(items / 2)), "fail");

  const std::string entered = "new-" + std::to_string(items);
  hall.add_model(entered, "reference", "2026-06-30");
  hall.pass(seconds(6));
  EXPECT_EQ(hall.take_asked(), (Asked{{entered, items}}));
  all[entered] = items;

  std::vector<std::string> changed = moved_rows(items);
  for (const std::size_t i : {3, 50, 180}) changed[i] += "000";  // No other row asks that.
  hall.add_suite(
      2, changed,
      "changed: [{task: t, item: '3', reason: typo}, {task: t, item: '50', reason: typo},"
      " {task: t, item: '180', reason: typo}]\n");
  hall.pass(seconds(6));
  for (auto& [model, count] : all) count = 3;
  EXPECT_EQ(hall.take_asked(), all);

  hall.add_suite(
      3, changed, "",
      "    filter_list: [{name: f, filter: [{function: regex, regex_pattern: '([0-9]+)'},"
      " {function: take_first}]}]\n    metric_list: [{metric: exact_match}]\n");
  hall.add_target(std::string(moved_target_text) + "confidence: 0.9\n");
  hall.pass(seconds(6));
  EXPECT_EQ(hall.take_asked(), Asked{});
  EXPECT_NE(hall.verdict("t", "cand-" + std::to_string(items / 2)), "pending");
}

// Whoever is asked until the answers please would pass by luck in the end.
TEST_F(Movement, TheFirstWholeExaminationCountsHoweverOftenItIsAskedAnew) {
  hall_.add_model("lucky-20", "candidate", "2026-06-01");
  add_target();
  asked();
  ASSERT_EQ(hall_.verdict("t", "lucky-20"), "fail");
  const VerdictReached before = hall_.state().verdicts().at({"t", "lucky-20"});
  for (int i = 0; i < 3; ++i) {
    hall_.luck += 60;
    const Json body = Json::Object{{"request", "again" + std::to_string(i)},
                                   {"model", "lucky-20"},
                                   {"suite", "s"},
                                   {"skip_lookup", true}};
    ASSERT_EQ(hall_.say("submit", body).code, ReplyCode::done);
    asked();
  }
  EXPECT_EQ(hall_.state().verdicts().at({"t", "lucky-20"}), before);
  const Reply shown = hall_.say("target.show", Json::Object{{"target", "t"}});
  const Json document = Json::parse(shown.body).value();
  for (const Json& row : document.find("verdicts")->as_array()) {
    const bool is_its = *row.find("candidate") == Json("lucky-20");
    EXPECT_EQ(*row.find("asked_anew"), Json(is_its ? 3 : 0)) << row.dump();
  }
}

}  // namespace
}  // namespace gwageo::testing
