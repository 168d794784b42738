// What a fleet decides, look by look: a pool and a queue that are played, and what it orders.
#include "ops/fleet.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

using Words = std::vector<std::string>;

// Orders in short: "submit 3", "drain f-w1", "cancel 17".
Words orders(const FleetActions& actions) {
  Words words;
  for (const auto& one : actions.submissions)
    words.push_back("submit " + std::to_string(one.number));
  for (const auto& one : actions.drains) words.push_back("drain " + one.worker);
  for (const auto& one : actions.cancels) words.push_back("cancel " + one.job);
  return words;
}

std::string said(const FleetActions& actions) {
  std::string text;
  for (const FleetNote& note : actions.notes) text += note.text + "\n";
  return text;
}

// A fleet "f" of workers with four slots each, eight of them at most, among jobs and workers that
// the test moves. Job 100 + N is worker N's.
struct Fleets : ::testing::Test {
  FleetActions look(Duration later = seconds(1)) {
    now = now + later;
    return fleet.step(now, pool, jobs);
  }
  // One job of the pool: so many items of 1 s wait, so many are with workers.
  void work(std::uint64_t pending, std::uint64_t leased = 0) {
    pool.work.clear();
    if (pending + leased == 0) return;
    FleetWork job;
    job.team = "haneul";
    job.engine = "paced";
    job.pending = pending;
    job.leased = leased;
    pool.work.push_back(job);
  }
  BatchJob& job(std::uint32_t number, BatchState state, const std::string& word = "RUNNING") {
    const std::string id = std::to_string(100 + number);
    for (BatchJob& one : jobs) {
      if (one.id != id) continue;
      one.state = state;
      one.word = word;
      return one;
    }
    jobs.push_back({id, number, state, word, "", "n1", "", ""});
    return jobs.back();
  }
  FleetWorker& worker(std::uint32_t number, const std::string& state = "working") {
    FleetWorker& one = pool.workers[worker_name("f", number)];
    one.name = worker_name("f", number);
    one.state = state;
    one.shape.slots = 4;
    one.engines = {"paced"};
    return one;
  }
  // A job that runs and whose worker is there.
  FleetWorker& serving(std::uint32_t number) {
    job(number, BatchState::running);
    return worker(number);
  }
  // What the actions say is done.
  FleetActions carry_out(FleetActions actions) {
    for (const auto& one : actions.submissions) {
      job(one.number, BatchState::waiting, "PENDING");
      fleet.submitted(std::to_string(100 + one.number), one.number);
    }
    return actions;
  }
  static FleetPolicy policy_of_f() {
    FleetPolicy policy;
    policy.name = "f";
    policy.workers_max = 8;
    policy.shape.slots = 4;
    policy.idle = seconds(60);
    policy.work = seconds(10);
    policy.failures_max = 2;
    return policy;
  }
  FleetPolicy policy = policy_of_f();
  Instant now;
  PoolView pool;
  std::vector<BatchJob> jobs;
  Fleet fleet{policy};
};

TEST_F(Fleets, NothingWaitsNothingIsDone) {
  EXPECT_TRUE(orders(look()).empty());
  EXPECT_EQ(fleet.standing().state, FleetStanding::State::working);
}

struct Sized {
  std::uint64_t pending;
  std::uint64_t leased;
  std::uint32_t wanted;
};

// Items of 1 s, 10 s of work for each slot, 4 slots a worker, 8 workers at most.
TEST_F(Fleets, WorkersByWork) {
  for (const Sized& row : {Sized{0, 0, 0}, Sized{1, 0, 1}, Sized{40, 0, 1}, Sized{41, 0, 2},
                           Sized{0, 41, 2}, Sized{80, 0, 2}, Sized{100000, 0, 8}}) {
    Fleet fresh(policy);
    work(row.pending, row.leased);
    const FleetActions actions = fresh.step(now, pool, jobs);
    EXPECT_EQ(actions.submissions.size(), row.wanted) << row.pending << " + " << row.leased;
  }
}

TEST_F(Fleets, LongItemsGetASlotEach) {
  work(3);
  pool.work[0].item = seconds(3600);
  EXPECT_EQ(orders(carry_out(look())), (Words{"submit 1"}));
  pool.work[0].pending = 9;
  EXPECT_EQ(orders(look()), (Words{"submit 2", "submit 3"}));
}

TEST_F(Fleets, ItSaysWhy) {
  work(4812);
  policy.workers_max = 1;
  Fleet fresh(policy);
  EXPECT_EQ(fresh.step(now, pool, jobs).submissions.at(0).why,
            "backlog 4,812 items, 0 workers of 1");
}

TEST_F(Fleets, WhatIsSubmittedIsNotSubmittedAgain) {
  work(41);
  EXPECT_EQ(orders(carry_out(look())), (Words{"submit 1", "submit 2"}));
  EXPECT_TRUE(orders(look()).empty());
  job(1, BatchState::running);
  EXPECT_TRUE(orders(look()).empty());
}

TEST_F(Fleets, OthersInThePoolAreCounted) {
  work(80);
  FleetWorker other;
  other.name = "station";
  other.state = "working";
  other.engines = {"paced"};
  other.shape.slots = 4;
  pool.workers["station"] = other;
  EXPECT_EQ(orders(look()), (Words{"submit 1"}));
}

TEST_F(Fleets, OthersWhoCannotServeItAreNot) {
  FleetWorker other;
  other.name = "station";
  other.engines = {"builtin"};
  other.shape.slots = 4;
  other.state = "working";
  work(40);
  pool.workers["station"] = other;
  EXPECT_EQ(orders(look()), (Words{"submit 1"}));
  pool.workers["station"].engines = {"paced"};
  pool.workers["station"].state = "drained";
  Fleet fresh(policy);
  EXPECT_EQ(orders(fresh.step(now, pool, jobs)), (Words{"submit 1"}));
}

// Workers of several nodes are for work of just that shape, and that work for them alone.
TEST_F(Fleets, NodesAreMet) {
  const auto are_met = [](std::uint32_t gpus, std::uint32_t nodes, const WorkerShape& shape) {
    FleetWork job;
    job.gpus = gpus;
    job.nodes = nodes;
    return fits(job, shape);
  };
  const WorkerShape spanning{16, "H100", 80 * 1024, 2};
  EXPECT_TRUE(are_met(16, 2, spanning));
  EXPECT_FALSE(are_met(8, 2, spanning));
  EXPECT_FALSE(are_met(32, 2, spanning));
  EXPECT_FALSE(are_met(16, 1, spanning));
  EXPECT_FALSE(are_met(1, 1, spanning));
  EXPECT_FALSE(are_met(16, 2, {16, "H100", 80 * 1024}));
  work(80);
  pool.work[0].gpus = 16;
  pool.work[0].nodes = 2;
  EXPECT_TRUE(orders(look()).empty());
  policy.shape = spanning;
  Fleet nodes(policy);
  EXPECT_EQ(orders(nodes.step(now, pool, jobs)).size(), 8u);
}

TEST_F(Fleets, WorkThatItsWorkersCannotServeIsNoReason) {
  work(40);
  pool.work[0].gpus = 8;
  EXPECT_TRUE(orders(look()).empty());
  pool.work[0].gpus = 1;
  pool.work[0].gpu_kind = "H100";
  EXPECT_TRUE(orders(look()).empty());
  policy.shape = {4, "H100", 80 * 1024};
  Fleet gpus(policy);
  EXPECT_EQ(orders(gpus.step(now, pool, jobs)), (Words{"submit 1"}));
  pool.work[0].gpu_memory_mib = 81 * 1024;
  Fleet small(policy);
  EXPECT_TRUE(orders(small.step(now, pool, jobs)).empty());
}

TEST_F(Fleets, ALimitOfTheTeamOrItsGroupIsTheLimit) {
  work(100000);
  pool.teams["haneul"].parent = "lab";
  pool.teams["lab"].limit = 8;
  EXPECT_EQ(orders(carry_out(look())), (Words{"submit 1", "submit 2"}));
  // Full: what waits cannot be given to anybody else, so whoever is idle is of no use.
  pool.teams["lab"].holds = 8;
  EXPECT_TRUE(orders(look()).empty());
  EXPECT_EQ(fleet.standing().pending, 0u);
}

TEST_F(Fleets, TheRateIsBounded) {
  policy.rate = 3;
  Fleet slow(policy);
  work(100000);
  FleetActions actions = slow.step(now, pool, jobs);
  EXPECT_EQ(orders(actions), (Words{"submit 1", "submit 2", "submit 3"}));
  carry_out(actions);
  for (const auto& one : actions.submissions)
    slow.submitted(std::to_string(100 + one.number), one.number);
  EXPECT_TRUE(orders(slow.step(now + seconds(59), pool, jobs)).empty());
  EXPECT_EQ(orders(slow.step(now + seconds(60), pool, jobs)),
            (Words{"submit 4", "submit 5", "submit 6"}));
}

TEST_F(Fleets, JobsOfBeforeAreAdopted) {
  work(120);
  job(7, BatchState::running);
  job(9, BatchState::waiting, "PENDING");
  job(5, BatchState::failed, "FAILED");  // Before our time.
  const FleetActions actions = look();
  EXPECT_EQ(orders(actions), (Words{"submit 10"}));
  EXPECT_EQ(fleet.standing().failures, 0u);
}

TEST_F(Fleets, NamesThatAreKnownAreNotUsedAgain) {
  work(1);
  pool.quarantined = {"f-w4", "g-w90", "f-w4x"};
  pool.workers["f-w3"].state = "working";
  EXPECT_EQ(orders(look()), (Words{"submit 5"}));
}

TEST_F(Fleets, AnIdleWorkerIsDrainedAndThenItsJobCancelled) {
  work(0);
  serving(1);
  EXPECT_TRUE(orders(look()).empty());
  EXPECT_TRUE(orders(look(seconds(59))).empty());
  EXPECT_EQ(orders(look()), (Words{"drain f-w1"}));
  worker(1, "drained");
  EXPECT_EQ(orders(look()), (Words{"cancel 101"}));
  job(1, BatchState::cancelled, "CANCELLED");
  pool.workers.clear();
  EXPECT_TRUE(orders(look()).empty());
  EXPECT_EQ(fleet.standing().failures, 0u);
}

TEST_F(Fleets, WhoeverHoldsALeaseIsNeverCancelled) {
  work(0, 4);
  serving(1).is_empty = false;
  EXPECT_TRUE(orders(look(seconds(1000))).empty());
  work(0);
  worker(1).is_empty = true;
  look();
  EXPECT_EQ(orders(look(seconds(60))), (Words{"drain f-w1"}));
  // Between the look and the drain it was given something.
  worker(1, "draining").is_empty = false;
  EXPECT_TRUE(orders(look(seconds(1000))).empty());
  worker(1, "drained").is_empty = true;
  EXPECT_EQ(orders(look(seconds(60))), (Words{"cancel 101"}));
}

TEST_F(Fleets, ADrainThatDidNotReachTheCoordinatorIsSaidAgain) {
  work(0);
  serving(1);
  look();
  EXPECT_EQ(orders(look(seconds(60))), (Words{"drain f-w1"}));
  EXPECT_EQ(orders(look()), (Words{"drain f-w1"}));
}

TEST_F(Fleets, NobodyIsIdleWhileItemsWaitThatItCouldHave) {
  work(40);
  serving(1);
  look();
  EXPECT_TRUE(orders(look(seconds(1000))).empty());
  // One too many for what waits is.
  serving(2);
  look();
  EXPECT_EQ(orders(look(seconds(60))), (Words{"drain f-w1"}));
}

TEST_F(Fleets, SurplusInTheQueueIsCancelledNewestFirst) {
  work(100);
  EXPECT_EQ(orders(carry_out(look())), (Words{"submit 1", "submit 2", "submit 3"}));
  job(1, BatchState::running);
  worker(1).is_empty = false;
  work(0, 8);
  EXPECT_TRUE(orders(look()).empty());
  EXPECT_TRUE(orders(look(seconds(29))).empty());
  EXPECT_EQ(orders(look()), (Words{"cancel 103", "cancel 102"}));
}

TEST_F(Fleets, ItPausesWhenStartsKeepFailingAndTriesOneAfterwards) {
  work(100);
  carry_out(look());
  job(1, BatchState::failed, "FAILED").last_words = "no such file: /shared/worker.key";
  job(2, BatchState::failed, "NODE_FAIL");
  const FleetActions failed = look();
  EXPECT_EQ(fleet.standing().state, FleetStanding::State::paused);
  EXPECT_TRUE(orders(failed).empty());
  EXPECT_NE(said(failed).find("its log ends: no such file: /shared/worker.key"), std::string::npos);
  EXPECT_NE(said(failed).find("paused for 60 s"), std::string::npos);
  EXPECT_NE(fleet.standing().reason.find("2 starts failed in a row"), std::string::npos);
  job(3, BatchState::cancelled, "CANCELLED");
  EXPECT_TRUE(orders(look(seconds(58))).empty());
  EXPECT_EQ(orders(carry_out(look(seconds(2)))), (Words{"submit 4"}));
  EXPECT_TRUE(orders(look()).empty());
  job(4, BatchState::failed, "FAILED");
  EXPECT_NE(said(look()).find("paused for 2 min"), std::string::npos);
  EXPECT_TRUE(orders(look(seconds(119))).empty());
  EXPECT_EQ(orders(carry_out(look(seconds(2)))), (Words{"submit 5"}));
  serving(5);
  const FleetActions joined = look();
  EXPECT_NE(said(joined).find("no more pauses"), std::string::npos);
  EXPECT_EQ(orders(joined), (Words{"submit 6", "submit 7"}));
  EXPECT_EQ(fleet.standing().failures, 0u);
}

TEST_F(Fleets, ARefusedSubmissionIsAFailedStart) {
  work(1);
  look();
  EXPECT_NE(said(fleet.refused(now, 1, "sbatch: error: no account")).find("no account"),
            std::string::npos);
  EXPECT_EQ(fleet.standing().state, FleetStanding::State::working);
  fleet.refused(now, 2, "sbatch: error: no account");
  EXPECT_EQ(fleet.standing().state, FleetStanding::State::paused);
  EXPECT_TRUE(orders(look()).empty());
}

// A time limit, a preemption or somebody's scancel: the worker was there.
TEST_F(Fleets, AJobThatEndsAfterItsWorkerJoinedIsReplacedAndNoFailure) {
  work(40);
  serving(1).is_empty = false;
  look();
  job(1, BatchState::failed, "TIMEOUT");
  pool.workers.clear();
  EXPECT_EQ(orders(look()), (Words{"submit 2"}));
  EXPECT_EQ(fleet.standing().failures, 0u);
}

TEST_F(Fleets, AJobThatVanishesBeforeItsWorkerJoinedIsAFailure) {
  work(1);
  carry_out(look());
  jobs.clear();
  look();
  EXPECT_EQ(fleet.standing().failures, 1u);
}

TEST_F(Fleets, WhileTheCoordinatorIsAwayNothingIsDoneAndNobodyGrowsIdle) {
  work(0);
  serving(1);
  look();
  const Result<PoolView> away = fail(ErrorKind::unavailable, "nobody answers there");
  now = now + seconds(30);
  EXPECT_NE(said(fleet.step(now, away, jobs)).find("does not answer, jobs stay"),
            std::string::npos);
  now = now + seconds(30);
  EXPECT_TRUE(said(fleet.step(now, away, jobs)).empty());
  EXPECT_EQ(fleet.standing().state, FleetStanding::State::blind);
  EXPECT_NE(fleet.standing().reason.find("has not answered for 30 s"), std::string::npos);
  const FleetActions back = look(seconds(1));
  EXPECT_NE(said(back).find("answers again, after 31 s"), std::string::npos);
  EXPECT_TRUE(orders(back).empty());
  EXPECT_TRUE(orders(look(seconds(59))).empty());
  EXPECT_EQ(orders(look(seconds(1))), (Words{"drain f-w1"}));
}

TEST_F(Fleets, WhileSlurmIsAwayNothingIsDone) {
  work(100);
  const Result<std::vector<BatchJob>> away = fail(ErrorKind::unavailable, "no controller");
  EXPECT_TRUE(orders(fleet.step(now, pool, away)).empty());
  EXPECT_EQ(fleet.standing().state, FleetStanding::State::blind);
  EXPECT_EQ(orders(look()).size(), 3u);
}

TEST_F(Fleets, AQuarantinedWorkerIsReplacedAndHandedBack) {
  work(40);
  serving(1);
  look();
  worker(1, "quarantined");
  EXPECT_EQ(orders(carry_out(look())), (Words{"submit 2"}));
  EXPECT_EQ(orders(look(seconds(60))), (Words{"cancel 101"}));
}

TEST_F(Fleets, AJobThatIsHeldIsSaidOnceAndStaysOneOfTheFleets) {
  work(1);
  carry_out(look());
  job(1, BatchState::waiting, "PENDING").reason = "Priority";
  EXPECT_EQ(said(look()), "");
  job(1, BatchState::waiting, "PENDING").reason = "JobHeldUser";
  const FleetActions held = look();
  EXPECT_NE(said(held).find("job 101 (f-w1) is held (JobHeldUser) and counts as one of the fleet's:"
                            " scontrol release 101 or scancel 101"),
            std::string::npos)
      << said(held);
  EXPECT_TRUE(orders(held).empty());
  EXPECT_EQ(said(look()), "");
  job(1, BatchState::waiting, "PENDING").reason = "QOSMaxGRESPerUser";
  EXPECT_NE(said(look()).find("job 101 (f-w1) waits: QOSMaxGRESPerUser"), std::string::npos);
}

TEST_F(Fleets, AWorkerWithFewerGpusIsSaid) {
  policy.shape = {4, "H100", 80 * 1024};
  Fleet gpus(policy);
  serving(1).shape = {3, "H100", 80 * 1024};
  EXPECT_NE(said(gpus.step(now, pool, jobs)).find("f-w1 has 3 of 4 GPUs on n1"), std::string::npos);
}

TEST(FleetNames, TellWhoseAJobIs) {
  EXPECT_EQ(job_name("night", 12), "gwageo-night-w12");
  EXPECT_EQ(number_of_job("night", "gwageo-night-w12"), 12u);
  for (const char* other :
       {"gwageo-night-w", "gwageo-night-w0", "gwageo-night-w012", "gwageo-night-w1-w2",
        "gwageo-nights-w1", "night-w1", "", "gwageo-night-w9999999999"}) {
    EXPECT_FALSE(number_of_job("night", other)) << other;
  }
  EXPECT_FALSE(number_of_job("a", "gwageo-a-w1-w3"));
  EXPECT_EQ(number_of_job("a-w1", "gwageo-a-w1-w3"), 3u);
}

}  // namespace
}  // namespace gwageo
