// Which slots health trusts, and what it wants to know when.
#include "worker/health.h"

#include <gtest/gtest.h>

#include <map>

namespace gwageo {
namespace {

using Finding = CheckEnded::Finding;

/// Slots whose checks are answered at once, as they are set here.
class Bench {
 public:
  explicit Bench(std::uint32_t slots, bool reduces = false, HealthOptions more = {}) {
    more.slots = slots;
    more.reads = more.answers = true;
    more.reduces = reduces;
    health.emplace(more);
    idle.assign(slots, true);
    gpus.assign(slots, GpuReading{});
  }

  /// Runs all that health wants now; what it was, one after another.
  std::string run() {
    std::string said;
    for (int i = 0; i < 200; ++i) {
      const auto check = health->next(now, idle);
      if (!check) return said;
      said += (said.empty() ? "" : " ") + text_of(*check);
      HealthCheck asked = *check;
      asked.beside_model = beside_model;
      health->ended(now, found(asked));
    }
    return said + " and so on";
  }
  std::string run_after(Duration time) {
    now = now + time;
    return run();
  }
  static std::string text_of(const HealthCheck& check) {
    const std::string slot = std::to_string(check.slot);
    switch (check.kind) {
      case HealthCheckKind::reading: return "read";
      case HealthCheckKind::known_answer: return "answer" + slot;
      case HealthCheckKind::copy_rate: return "copy" + slot;
      case HealthCheckKind::all_reduce: return "reduce" + slot + "+" + std::to_string(check.width);
    }
    return "?";
  }
  CheckEnded found(const HealthCheck& check) {
    CheckEnded out{check, Finding::good, {}, 0, {}};
    const auto& bad = check.kind == HealthCheckKind::known_answer ? answers : copies;
    const auto wrong = bad.find(check.slot);
    switch (check.kind) {
      case HealthCheckKind::reading:
        out.readings = gpus;
        if (is_silent) out.finding = Finding::failed;
        break;
      case HealthCheckKind::known_answer:
      case HealthCheckKind::copy_rate:
        out.bytes_per_second = rates.contains(check.slot) ? rates[check.slot] : 2000'000'000'000;
        if (wrong == bad.end()) break;
        out.finding = wrong->second;
        out.what = "it is broken";
        break;
      case HealthCheckKind::all_reduce:
        out.bytes_per_second = 100'000'000'000;
        for (const auto& [link, slow] : slow_links) {
          const auto end = check.slot + check.width;
          if (link >= check.slot && link + 1 < end) out.bytes_per_second = slow;
        }
    }
    return out;
  }
  std::string faults() const {
    std::string text;
    for (std::uint32_t i = 0; i < idle.size(); ++i) {
      if (!health->fault(i).empty()) text += (text.empty() ? "" : " ") + std::to_string(i);
    }
    return text;
  }

  Instant now;
  std::optional<Health> health;
  std::vector<bool> idle;
  bool beside_model = false;
  bool is_silent = false;
  std::vector<std::optional<GpuReading>> gpus;
  std::map<std::uint32_t, Finding> answers;
  std::map<std::uint32_t, Finding> copies;
  std::map<std::uint32_t, std::uint64_t> rates;
  /// By slot: the link to the next one.
  std::map<std::uint32_t, std::uint64_t> slow_links;
};

TEST(Health, EverySlotAnswersBeforeItsWork) {
  Bench bench(2);
  EXPECT_TRUE(bench.health->holds(0) && bench.health->holds(1));
  EXPECT_EQ(bench.run(), "read answer0 copy0 answer1 copy1");
  EXPECT_FALSE(bench.health->holds(0) || bench.health->holds(1));
  EXPECT_EQ(bench.faults(), "");
}

TEST(Health, NothingIsDoneForAWorkerWithoutSlotsToLookAt) {
  Health health(HealthOptions{});
  EXPECT_FALSE(health.next({}, {}));
  EXPECT_FALSE(health.wake_at({}));
  EXPECT_FALSE(health.holds(0));
  EXPECT_EQ(health.fault(0), "");
  health.incident({}, 0, 1);
}

TEST(Health, IdleSlotsAnswerAgainOnASchedule) {
  Bench bench(2);
  bench.run();
  EXPECT_EQ(bench.run_after(seconds(9)), "");
  EXPECT_EQ(bench.health->wake_at(bench.now), Instant{} + seconds(10));
  EXPECT_EQ(bench.run_after(seconds(1)), "read");
  bench.idle[0] = false;
  EXPECT_EQ(bench.run_after(seconds(3600)), "read answer1 copy1");
  bench.idle[0] = true;
  EXPECT_EQ(bench.run(), "answer0 copy0");
}

// Else a worker would ask again and again until the slot is idle.
TEST(Health, WhatIsDueOnABusySlotWakesNobody) {
  Bench bench(1, true);
  bench.run();
  bench.idle[0] = false;
  EXPECT_EQ(bench.run_after(seconds(4000)), "read");
  EXPECT_EQ(bench.health->wake_at(bench.now), bench.now + seconds(10));
}

TEST(Health, AWrongAnswerTakesTheSlotOutUntilItIsRightTwice) {
  Bench bench(3);
  bench.answers[1] = Finding::wrong;
  EXPECT_EQ(bench.run(), "read answer0 copy0 answer1 answer2 copy2");
  EXPECT_EQ(bench.faults(), "1");
  EXPECT_EQ(bench.health->fault(1), "it is broken");
  EXPECT_FALSE(bench.health->holds(1));  // It is out, not held.
  bench.answers.clear();
  EXPECT_EQ(bench.run_after(seconds(300)), "read answer1");
  EXPECT_EQ(bench.faults(), "1");
  EXPECT_EQ(bench.run_after(seconds(300)), "read answer1 copy1");
  EXPECT_EQ(bench.faults(), "");
}

TEST(Health, OneRightAnswerBetweenWrongOnesIsNotEnough) {
  Bench bench(1);
  bench.answers[0] = Finding::wrong;
  bench.run();
  for (int i = 0; i < 4; ++i) {
    if (i % 2 == 0) bench.answers.clear();
    if (i % 2 == 1) bench.answers[0] = Finding::wrong;
    bench.run_after(seconds(300));
    EXPECT_EQ(bench.faults(), "0") << i;
  }
}

TEST(Health, AnAnswerForWhichThereIsNoRoomBesideAModelSaysNothing) {
  Bench bench(1);
  bench.run();
  bench.answers[0] = Finding::failed;
  bench.beside_model = true;
  bench.run_after(seconds(3600));
  EXPECT_EQ(bench.faults(), "");
  // After an incident it does, and where nothing is loaded.
  bench.health->incident(bench.now, 0, 1);
  EXPECT_TRUE(bench.health->holds(0));
  EXPECT_EQ(bench.run(), "answer0");
  EXPECT_EQ(bench.faults(), "0");
  Bench other(1);
  other.answers[0] = Finding::failed;
  other.run();
  EXPECT_EQ(other.faults(), "0");
}

TEST(Health, AnIncidentAsksOnceAMinute) {
  Bench bench(2);
  bench.run();
  bench.health->incident(bench.now, 0, 2);
  EXPECT_TRUE(bench.health->holds(0) && bench.health->holds(1));
  EXPECT_EQ(bench.run(), "answer0 copy0 answer1 copy1");
  bench.health->incident(bench.now, 0, 2);
  EXPECT_EQ(bench.run(), "");
  EXPECT_FALSE(bench.health->holds(0));
  bench.now = bench.now + seconds(60);
  bench.health->incident(bench.now, 1, 1);
  EXPECT_EQ(bench.run(), "read answer1 copy1");
}

TEST(Health, NewErrorsOfTheMemoryAskForAnAnswer) {
  Bench bench(2);
  bench.gpus[1]->retired_pages = 3;  // What was there before is old.
  bench.run();
  EXPECT_EQ(bench.run_after(seconds(10)), "read");
  bench.gpus[1]->retired_pages = 4;
  EXPECT_EQ(bench.run_after(seconds(10)), "read answer1 copy1");
}

TEST(Health, AFaultThatIsReadLastsAsLongAsItIsRead) {
  Bench bench(2);
  bench.run();
  bench.gpus[1]->celsius = 91;
  bench.run_after(seconds(10));
  EXPECT_EQ(bench.health->fault(1), "the GPU is too hot: 91 degrees");
  bench.gpus[1]->celsius = 88;  // Not cool enough yet.
  bench.run_after(seconds(10));
  EXPECT_EQ(bench.faults(), "1");
  bench.gpus[1]->celsius = 84;
  EXPECT_EQ(bench.run_after(seconds(10)), "read answer1 copy1");  // It proves itself first.
  EXPECT_EQ(bench.faults(), "");
}

TEST(Health, AGpuThatIsGoneIsFaultyAndIsNotComputedOn) {
  Bench bench(2);
  bench.gpus[0].reset();
  EXPECT_EQ(bench.run(), "read answer1 copy1");
  EXPECT_EQ(bench.health->fault(0), "the GPU is not there");
  bench.gpus[0] = GpuReading{};
  EXPECT_EQ(bench.run_after(seconds(10)), "read answer0 copy0");
  EXPECT_EQ(bench.faults(), "");
}

TEST(Health, AReadingThatFailsChangesNothing) {
  Bench bench(1);
  bench.gpus[0]->lost = "GPU is lost";
  bench.run();
  EXPECT_EQ(bench.faults(), "0");
  bench.is_silent = true;
  bench.run_after(seconds(10));
  EXPECT_EQ(bench.faults(), "0");
}

TEST(Health, ASlotThatCopiesSlowerThanTheOthersIsTimedTwice) {
  Bench bench(3);
  bench.rates[1] = 1000'000'000'000;
  EXPECT_EQ(bench.run(), "read answer0 copy0 answer1 copy1 copy1 answer2 copy2");
  EXPECT_EQ(bench.health->fault(1),
            "the GPU copies within its memory at 1000.0 GB/s; at least 1400.0 GB/s is expected");
  EXPECT_EQ(bench.faults(), "1");
  bench.rates[1] = 1500'000'000'000;
  EXPECT_EQ(bench.run_after(seconds(300)), "read answer1 copy1");
  EXPECT_EQ(bench.faults(), "");
}

TEST(Health, TheFirstSlotIsComparedWithThoseThatCameAfterIt) {
  Bench bench(2);
  bench.rates[0] = 100'000'000'000;
  EXPECT_EQ(bench.run(), "read answer0 copy0 answer1 copy1 copy0");
  EXPECT_EQ(bench.faults(), "0");
}

TEST(Health, ADeclaredRateIsAFloorForAll) {
  HealthOptions options;
  options.copy_floor = 3000'000'000'000;
  Bench bench(1, false, options);
  bench.run();
  EXPECT_EQ(bench.faults(), "0");
}

TEST(Health, ACopyThatFailsIsAFault) {
  Bench bench(1);
  bench.copies[0] = Finding::failed;
  bench.run();
  EXPECT_EQ(bench.faults(), "0");
  bench.copies.clear();
  bench.run_after(seconds(300));
  EXPECT_EQ(bench.faults(), "");
}

TEST(Health, BlocksReduceTogetherBeforeTheirWork) {
  Bench bench(6, true);
  EXPECT_EQ(bench.run(),
            "read answer0 copy0 answer1 copy1 answer2 copy2 answer3 copy3 answer4 copy4 answer5 "
            "copy5 reduce0+4 reduce4+2");
  EXPECT_EQ(bench.faults(), "");
  for (std::uint32_t i = 0; i < 6; ++i) EXPECT_FALSE(bench.health->holds(i));
}

TEST(Health, ABlockIsHeldUntilItHasReducedAndNoLonger) {
  Bench bench(2, true);
  bench.gpus[1].reset();
  bench.run();
  EXPECT_FALSE(bench.health->holds(0));  // The other one is out: there is nothing to wait for.
}

TEST(Health, ASlowBlockIsHalvedUntilItIsFound) {
  Bench bench(8, true);
  bench.run();
  bench.slow_links[2] = 10'000'000'000;  // Between 2 and 3.
  bench.run_after(seconds(3600));
  EXPECT_EQ(bench.faults(), "2 3");
  EXPECT_EQ(bench.health->fault(2),
            "an all-reduce over slots 2 to 3 goes at 10.0 GB/s; 100.0 GB/s was reached");
  bench.slow_links.clear();
  bench.run_after(seconds(300));
  EXPECT_EQ(bench.faults(), "");
}

TEST(Health, WhereBothHalvesAreGoodTheWholeBlockIsOut) {
  Bench bench(4, true);
  bench.run();
  bench.slow_links[1] = 10'000'000'000;  // Between the halves.
  bench.run_after(seconds(3600));
  EXPECT_EQ(bench.faults(), "0 1 2 3");
}

TEST(Health, BlocksAreMeasuredWhenAllOfThemIsIdle) {
  Bench bench(2, true);
  bench.run();
  bench.idle[1] = false;
  EXPECT_EQ(bench.run_after(seconds(3600)), "read answer0 copy0");
  bench.idle[1] = true;
  EXPECT_EQ(bench.run(), "answer1 copy1 reduce0+2");
}

TEST(Health, ACheckThatDoesNotEndTakesItsSlotOutAndNothingElse) {
  Bench bench(2);
  bench.health->ended(bench.now, bench.found(*bench.health->next(bench.now, bench.idle)));
  const HealthCheck hangs = *bench.health->next(bench.now, bench.idle);
  ASSERT_EQ(Bench::text_of(hangs), "answer0");
  EXPECT_FALSE(bench.health->next(bench.now, bench.idle));
  EXPECT_EQ(bench.health->wake_at(bench.now), bench.now + seconds(120));
  EXPECT_EQ(bench.run_after(seconds(120)), "read answer1 copy1");
  EXPECT_EQ(bench.health->fault(0), "the GPU does not end a check within 120 s");
  EXPECT_EQ(bench.run_after(seconds(3600)), "read answer1 copy1");  // Nothing more on 0.
  bench.health->ended(bench.now, bench.found(hangs));               // It did end.
  EXPECT_EQ(bench.faults(), "0");                                   // One right answer.
  EXPECT_EQ(bench.run_after(seconds(300)), "read answer0 copy0");
  EXPECT_EQ(bench.faults(), "");
}

TEST(Health, AReadingThatHangsKeepsNothingFromGoingOn) {
  Bench bench(1);
  const HealthCheck hangs = *bench.health->next(bench.now, bench.idle);
  ASSERT_EQ(Bench::text_of(hangs), "read");
  EXPECT_EQ(bench.run_after(seconds(120)), "answer0 copy0");
  EXPECT_EQ(bench.faults(), "");
  EXPECT_EQ(bench.run_after(seconds(60)), "");
  bench.health->ended(bench.now, bench.found(hangs));
  EXPECT_EQ(bench.run_after(seconds(10)), "read");
}

}  // namespace
}  // namespace gwageo
