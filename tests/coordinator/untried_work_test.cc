// Work of which nobody has seen the end of one item: it is lent as if it took a moment, and may
// take hours.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "coordinator/job.h"
#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "coordinator/waiting_reasons.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

class UntriedWork : public SmallPool {
 protected:
  // Red has had the pool for long, and its next model is to be loaded where the first one was.
  explicit UntriedWork(const std::string& first = "red") {
    team("add", R"("name": ")" + first + R"(")");  // Of teams that are served alike, it is next.
    submit(of_team("red"), "red-1");
    worker_ = hello("w1", 8, 1);
    for (int round = 0; round < 11; ++round) pass_round();
  }
  /// 100 s, and everything that was asked for before them comes in, of red.
  void pass_round() {
    const std::vector<LeaseId> asked = leases(worker_);
    pass(seconds(100));
    report_loaded(worker_);
    for (const LeaseId lease : asked) {
      if (job_of(lease).accepted.team == "red") hand_in_all(lease);
    }
  }
  const Job& job_of(LeaseId lease) const { return job(state().lease(lease)->granted.job.value); }
  int held_by(const std::string& team) const {
    int held = 0;
    for (const LeaseId lease : leases(worker_)) held += job_of(lease).accepted.team == team ? 1 : 0;
    return held;
  }
  WorkerId worker_;
};

TEST_F(UntriedWork, TakesNoTeamBeyondItsPartWhileOthersWait) {
  submit(of_team("red"), "red-2");
  submit(of_team("blue"), "blue-1");  // It was served nothing yet.
  for (int round = 0; round < 4; ++round) {
    pass_round();
    EXPECT_EQ(held_by("red") + held_by("blue"), 8);
    EXPECT_LE(held_by("blue"), 4);
  }
  EXPECT_EQ(held_by("blue"), 4);
}

TEST_F(UntriedWork, HasWhatNobodyElseWants) {
  submit(of_team("blue"), "blue-1");
  for (int round = 0; round < 3; ++round) pass_round();
  EXPECT_EQ(held_by("red"), 0);
  EXPECT_EQ(held_by("blue"), 8);
}

TEST_F(UntriedWork, GoesFirstByItsTierAllTheSame) {
  submit(of_team("red"), "red-2");
  ASSERT_EQ(submit(op(), "blue-1", R"(, "tier": "interactive")").code, ReplyCode::done);
  for (int round = 0; round < 4; ++round) pass_round();
  EXPECT_EQ(held_by("blue"), 8);
}

// Estimates are forgotten with the coordinator.
TEST_F(UntriedWork, IsBoundedAfterARestart) {
  submit(of_team("red"), "red-2");
  submit(of_team("blue"), "blue-1");
  restart();
  worker_ = hello("w1", 8, 1);
  EXPECT_EQ(held_by("red") + held_by("blue"), 8);
  EXPECT_LE(held_by("blue"), 4);
}

class UntriedWorkOfFirst : public UntriedWork {
 protected:
  UntriedWorkOfFirst() : UntriedWork("blue") {}
};

// It was served less, and yet gets no further slot.
TEST_F(UntriedWorkOfFirst, IsNotSaidToGoFirstWhereItGoesLast) {
  submit(of_team("red"), "red-2");
  submit(of_team("blue"), "blue-1");
  const auto names_blue = [&] {
    const auto reasons = waiting_reasons(Forecast(scheduler()), job(2), {});
    return std::any_of(reasons.begin(), reasons.end(), [](const WaitReason& reason) {
      return reason.reason == Wait::others_less_served;
    });
  };
  EXPECT_TRUE(names_blue());
  while (held_by("blue") < 4) pass_round();
  const auto& teams = state().ledger().names();
  ASSERT_TRUE(state().ledger().before(teams.at("blue"), teams.at("red")));
  EXPECT_FALSE(names_blue());
}

}  // namespace
}  // namespace gwageo::testing
