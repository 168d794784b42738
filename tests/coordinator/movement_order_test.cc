// A movement comes to the same whatever the order of its events, and wherever the coordinator dies.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "coordinator/state.h"
#include "tests/coordinator/exam_hall.h"

namespace gwageo::testing {
namespace {

constexpr std::size_t ordered_item_count = 60;

// A sanitizer sees the same code in every order and at every turn, and takes minutes for all.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int orders_apart = 633;
constexpr std::uint64_t deaths_apart = 5;
#else
constexpr int orders_apart = 211;
constexpr std::uint64_t deaths_apart = 1;
#endif
using Movement = std::function<void(ExamHall&)>;

std::vector<std::string> ordered_rows() {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < ordered_item_count; ++i) out.push_back(std::to_string(1000 + i));
  return out;
}

void prepare(ExamHall& hall) {
  hall.add_suite(1, ordered_rows());
  hall.add_model("ref-30", "reference", "2026-03-01");
  hall.add_model("wrong-58", "reference", "2026-04-01");
  hall.add_model("good-45", "candidate", "2026-06-01");
  hall.add_model("weak-6", "candidate", "2026-06-01");
  hall.add_target("target: t\nsuite: s\nwindow: {months: 6}\nshare: 0.95\n");
  hall.pass(seconds(6));
}

Json named(const std::string& name) { return Json::Object{{"name", name}, {"reason", "r"}}; }

/// What happens within a day; each may come before or after any other.
std::vector<Movement> events() {
  return {
      [](ExamHall& hall) { hall.add_model("new-50", "reference", "2026-06-29"); },
      [](ExamHall& hall) { hall.add_model("late-40", "candidate", "2026-06-29"); },
      [](ExamHall& hall) { hall.say("model.retire", named("wrong-58")); },
      [](ExamHall& hall) {
        Json body = named("ref-30");
        body["version"] = 1;
        hall.say("model.disown", body);
      },
      [](ExamHall& hall) {
        Json body = named("good-45");
        body["released"] = "2026-06-02";
        hall.say("model.correct", body);
      },
      [](ExamHall& hall) {
        std::vector<std::string> changed = ordered_rows();
        changed[7] = "77";
        hall.add_suite(2, changed, "changed: [{task: t, item: '7', reason: typo}]\n");
      },
      [](ExamHall& hall) {
        hall.add_target("target: t\nsuite: s\nwindow: {months: 6}\nshare: 0.9\n");
      },
  };
}

/// What is left of it for anybody to see: verdicts as they stand, and the roots of what speaks.
std::string outcome(const ExamHall& hall) {
  std::string text;
  for (const auto& [name, verdict] : hall.state().verdicts()) {
    text += name.second + " " + verdict.verdict + " " + to_hex(verdict.inputs) + " " +
            to_hex(verdict.document) + "\n";
  }
  std::map<std::string, std::string> examined;  // The newest of each.
  for (const auto& [id, job] : hall.state().jobs()) {
    if (!job.scored || job.accepted.suite_version != 2) continue;
    examined[job.accepted.model] = to_hex(job.scored->plan_root) + " " +
                                   to_hex(job.scored->results_root) + " " +
                                   to_hex(job.scored->scores_root);
  }
  for (const auto& [model, roots] : examined) {
    if (model != "wrong-58") text += model + " " + roots + "\n";  // Examined if it was there still.
  }
  return text;
}

std::string outcome_of(const std::vector<std::size_t>& order, std::size_t pause) {
  const std::vector<Movement> all = events();
  ExamHall hall("2026-06-30");
  prepare(hall);
  for (std::size_t i = 0; i < order.size(); ++i) {
    all[order[i]](hall);
    // Some are dealt with before the next comes, some together.
    hall.pass(seconds(static_cast<std::int64_t>((i * 5 + pause) % 8 + 1)));
  }
  hall.pass(seconds(30));
  return outcome(hall);
}

TEST(MovementOrder, AnyOrderComesToTheSameVerdictsAndRoots) {
  std::vector<std::size_t> order(events().size());
  std::iota(order.begin(), order.end(), 0);
  const std::string expected = outcome_of(order, 0);
  EXPECT_NE(expected.find("good-45 "), std::string::npos) << expected;
  EXPECT_NE(expected.find("late-40 "), std::string::npos) << expected;
  EXPECT_EQ(expected.find("pending"), std::string::npos) << expected;
  EXPECT_EQ(outcome_of({order.rbegin(), order.rend()}, 3), expected);
  // Every so many of the 5,040 orders.
  for (std::size_t n = 1; n * orders_apart < 5040; ++n) {
    for (int i = 0; i < orders_apart; ++i) std::next_permutation(order.begin(), order.end());
    ASSERT_EQ(outcome_of(order, n), expected) << "order " << n;
  }
}

std::string outcome_with_a_crash(std::uint64_t turn, Desk::Crash how, std::uint64_t& turns) {
  ExamHall hall("2026-06-30");
  prepare(hall);
  hall.crash_in(turn, how);
  const std::uint64_t before = hall.turns();
  for (const Movement& event : events()) {
    event(hall);
    hall.pass(seconds(2));
  }
  hall.pass(seconds(30));
  turns = hall.turns() - before;
  hall.state().check();
  return outcome(hall);
}

TEST(MovementOrder, ACoordinatorThatDiesAtAnyPointChangesNothing) {
  std::uint64_t turns = 0;
  const std::string expected = outcome_with_a_crash(0, Desk::Crash::before_it_is_sent, turns);
  const std::uint64_t last = turns;
  EXPECT_GT(last, 60u);
  for (std::uint64_t turn = 1; turn <= last; turn += deaths_apart) {
    for (const Desk::Crash how :
         {Desk::Crash::before_it_is_durable, Desk::Crash::before_it_is_sent}) {
      ASSERT_EQ(outcome_with_a_crash(turn, how, turns), expected) << "turn " << turn;
    }
  }
}

}  // namespace
}  // namespace gwageo::testing
