// Verdicts on claims: the window, the best, the share to the last digit.
#include "benchmarks/claimed_verdict.h"

#include <gtest/gtest.h>

#include "benchmarks/leaderboard_file.h"

namespace gwageo {
namespace {

class ClaimedVerdict : public ::testing::Test {
 protected:
  void board(const std::string& csv) {
    const auto read = read_board(BoardFormat::livebench, "b", {"t.csv", csv}, std::nullopt);
    ASSERT_TRUE(read) << read.error().message;
    board_ = read->board;
  }
  void seen(const std::string& model, const std::string& date) {
    first_seen_[model] = *parse_date(date);
  }
  Verdict judge(const std::string& candidate, const std::string& as_of = "2026-07-01") {
    const Target target =
        load_target("t", "target: t\nbasis: claimed\nboard: b\nshare: 0.95\n").value();
    models_ = claimed_models(board_, first_seen_);
    const ClaimedCohort cohort = claimed_cohort(models_, *parse_date(as_of), target.window_months);
    for (const ClaimedModel& model : models_) {
      if (model.name == candidate) return judge_claimed(target, board_, model, cohort);
    }
    ClaimedModel absent;
    absent.name = candidate;
    return judge_claimed(target, board_, absent, cohort);
  }

  Leaderboard board_;
  std::map<std::string, Date> first_seen_;
  std::vector<ClaimedModel> models_;
};

TEST_F(ClaimedVerdict, ExactlyTheShareMeetsIt) {
  board("model,a,b\nbest,60.0,60\nat,57.0,57\nbelow,57.0,56.999999999\neven,60,54\n");
  for (const char* name : {"best", "at", "below", "even"}) seen(name, "2026-06-01");
  EXPECT_EQ(judge("best").kind, VerdictKind::pass);
  EXPECT_EQ(judge("best").ratio_exact, (Fraction{1, 1}));
  EXPECT_EQ(judge("at").kind, VerdictKind::pass);
  EXPECT_EQ(judge("at").ratio_exact, (Fraction{19, 20}));
  EXPECT_EQ(judge("even").ratio_exact, (Fraction{19, 20}));
  const Verdict below = judge("below");
  EXPECT_EQ(below.kind, VerdictKind::fail);
  EXPECT_EQ(below.meets, false);
  EXPECT_EQ(below.best_reference, "best");
  EXPECT_EQ(below.n, 0u);
  EXPECT_FALSE(below.low);
  ASSERT_EQ(below.axes.size(), 2u);
  EXPECT_EQ(below.axes[0].axis, "a");
  EXPECT_EQ(below.axes[0].ratio, 0.95);
  EXPECT_EQ(below.axes[0].ratio_exact, (Fraction{19, 20}));
  ASSERT_EQ(below.references.size(), 1u);
  EXPECT_EQ(below.references[0].model, "best");
  EXPECT_EQ(below.reasons.back(),
            "decided by the point ratio 0.9500 stays below the share 0.9500; claims have no items, "
            "so there is no interval");
  EXPECT_EQ(below.reasons.front(),
            "the board does not say when 'best' was released, so it counts from the day it was "
            "first seen, 2026-06-01");
}

TEST_F(ClaimedVerdict, TheWindowGoesByTheReleaseElseByTheDayOfTheFirstSight) {
  board("model,a\nold,90\nnew,60\nnewest,50\n");
  seen("old", "2026-01-01");
  seen("new", "2026-01-02");
  seen("newest", "2026-07-02");
  EXPECT_EQ(judge("new", "2026-07-01").best_reference, "new");  // old fell out on this day.
  EXPECT_EQ(judge("new", "2026-06-30").best_reference, "old");
  EXPECT_EQ(judge("newest", "2026-07-01").best_reference, "new");
  for (BoardRow& row : board_.rows) {
    if (row.model == "old") row.released = parse_date("2026-05-05");
  }
  EXPECT_EQ(judge("new", "2026-07-01").best_reference, "old");
  EXPECT_EQ(judge("new", "2026-05-04").best_reference, "new");
}

TEST_F(ClaimedVerdict, WhatCannotBeComparedIsPendingAndNeverAPass) {
  board("model,a,b\nx,90,90\ny,80,\n");
  const auto last = [&](const std::string& candidate) { return judge(candidate).reasons.back(); };
  EXPECT_EQ(judge("x").kind, VerdictKind::pending);
  EXPECT_EQ(
      last("x"),
      "no cohort: no model of the board was released, or first seen, in the window of 6 months");
  seen("x", "2026-06-01");
  seen("y", "2026-06-01");
  EXPECT_EQ(judge("y").kind, VerdictKind::pending);
  EXPECT_EQ(last("y"),
            "the board has no value of the candidate for 'b': what is missing is not wrong, so "
            "there is no overall");
  EXPECT_EQ(judge("z").kind, VerdictKind::pending);
  EXPECT_EQ(last("z"), "the candidate is not on the board");
  EXPECT_EQ(judge("x").kind, VerdictKind::pass);
  EXPECT_EQ(judge("x").reasons[1], "left out of the cohort for want of a value: 'y'");
  board("model,a\nx,0\n");
  EXPECT_EQ(judge("x").kind, VerdictKind::inconclusive);
  EXPECT_EQ(last("x"), "the best reference scores 0, so there is no ratio");
}

TEST_F(ClaimedVerdict, OfEqualBestsTheFirstByNameDecides) {
  board("model,a\nb,70\na,70\nc,60\n");
  for (const char* name : {"a", "b", "c"}) seen(name, "2026-06-01");
  EXPECT_EQ(judge("c").best_reference, "a");
}

}  // namespace
}  // namespace gwageo
