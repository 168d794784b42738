// Checks of workers against one another: what is drawn, in which leases it is asked, and who is
// accused by what comes of it.
#include "coordinator/checks.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "protocol/limits.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo {
namespace {

TEST(Checks, DrawnIsTheStatedShareAndTheSameForEverybody) {
  std::uint64_t drawn = 0;
  std::uint64_t both = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const Digest leaf = sha256("record " + std::to_string(i / 32));
    const bool is_again = is_drawn(CheckKind::again, leaf, i, 20'000);
    drawn += is_again ? 1 : 0;
    both += is_again && is_drawn(CheckKind::known, leaf, i, 20'000) ? 1 : 0;
    EXPECT_FALSE(is_drawn(CheckKind::again, leaf, i, 0));
    EXPECT_TRUE(is_drawn(CheckKind::again, leaf, i, check_share_one));
  }
  EXPECT_GT(drawn, 340u);  // 400 expected, standard deviation 20.
  EXPECT_LT(drawn, 460u);
  EXPECT_LT(both, 30u);  // The two draws have nothing to do with one another: 8 expected.
  // By the documented rule, so that whoever reads the journal draws the same.
  EXPECT_TRUE(is_drawn(CheckKind::again, sha256("record 0"), 3, 1'000'000));
}

TEST(Checks, EvidenceForgetsOldMeritsAndAddsUp) {
  CheckEvidence evidence;
  for (int i = 0; i < 100000; ++i) evidence.add(false);
  EXPECT_EQ(evidence.value(), 0);
  for (int i = 0; i < 8; ++i) evidence.add(true);
  EXPECT_FALSE(evidence.is_too_much());
  evidence.add(true);
  EXPECT_TRUE(evidence.is_too_much());
}

class CrossChecked : public testing::SmallPool {
 protected:
  void check(std::uint32_t again, std::uint32_t known) {
    ASSERT_EQ(
        say(op(), "checks.set", Json(Json::Object{{"again", again}, {"known", known}}).dump()).code,
        ReplyCode::done);
  }
  /// What the worker says to every item of its lease; what comes on record is sealed.
  void answer(LeaseId id, const std::string& word, std::uint64_t most = 1000) {
    const Lease lease = *state().lease(id);
    ResultsReceived results{lease.granted.worker, id, 0, {}};
    RangeSet rest = lease.rest;
    for (const Range& range : rest.take_front(most).ranges()) {
      for (std::uint64_t i = range.begin; i < range.end; ++i) {
        const std::string text = word + std::to_string(i);
        results.items.push_back({i, Outcome::answered, sha256(text), sha256(text)});
      }
    }
    seal(step(results), lease.granted.worker);
  }
  /// `checker`: who was asked, where something is compared.
  void seal(const Actions& actions, WorkerId checker) {
    for (const Fact& fact : actions.facts) {
      const auto* const f = std::get_if<ResultsRecorded>(&fact);
      if (f != nullptr) seal_record(*f, sha256("record " + std::to_string(++records_)));
      const auto* const checked = std::get_if<AnswersChecked>(&fact);
      if (checked == nullptr) continue;
      checked_.insert(checked_.end(), checked->items.begin(), checked->items.end());
      for (const CheckedItem& item : checked->items) {
        asked_.insert({answerer(state(), item.by).key, answerer(state(), checker).key});
      }
    }
  }
  bool is_check(LeaseId id) const { return state().lease(id)->granted.probe; }
  /// Its leases that are checks.
  std::vector<LeaseId> checks_of(WorkerId worker) const {
    std::vector<LeaseId> found;
    for (const LeaseId id : leases(worker)) {
      if (is_check(id)) found.push_back(id);
    }
    return found;
  }
  /// Each worker answers all it has, by its own word, until nothing is left to do; then time
  /// passes, so that the last checks are asked too.
  void work(const std::map<WorkerId, std::string>& words) {
    for (int round = 0; round < 200; ++round) {
      for (const auto& [worker, word] : words) {
        while (!leases(worker).empty()) answer(leases(worker)[0], word);
        heartbeat(worker);
      }
      pass(seconds(1));
    }
  }
  CheckCounts of(const std::string& name) const {
    const auto found = state().checks().find(name);
    return found == state().checks().end() ? CheckCounts{} : found->second.all();
  }
  std::string reason(const std::string& worker) const {
    const auto it = state().quarantine().find(worker);
    return it == state().quarantine().end() ? "" : it->second.reason;
  }

  /// A worker that comes with this key.
  WorkerId hello_with(const std::string& key, const std::string& name, std::uint64_t id) {
    step(HelloReceived{{limits::protocol_version, {id}, name, "t", {"recorded"}, 1, 10, {}}, key});
    return {id};
  }

  std::vector<CheckedItem> checked_;
  std::set<std::pair<std::string, std::string>> asked_;  ///< Keys: who answered, who was asked.

 private:
  std::uint64_t records_ = 0;
};

TEST_F(CrossChecked, NothingIsCheckedUnlessSomebodySaysSo) {
  const WorkerId a = hello("a");
  const WorkerId b = hello("b");
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  work({{a, "yes"}, {b, "yes"}});
  EXPECT_EQ(job(1).done.size(), suite_items);
  EXPECT_TRUE(checked_.empty());
}

TEST_F(CrossChecked, ASecondWorkerIsAskedAndNobodyIsCharged) {
  const WorkerId a = hello("a");
  const WorkerId b = hello("b");
  check(check_share_one, 0);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  while (checks_of(b).empty()) {
    ASSERT_FALSE(leases(a).empty());
    answer(leases(a)[0], "yes");
    heartbeat(b);
    pass(milliseconds(100));
    if (checks_of(b).empty() && !leases(b).empty()) answer(leases(b)[0], "yes");
  }
  const Lease lease = *state().lease(checks_of(b)[0]);
  EXPECT_GE(lease.rest.size(), 8u);  // As large as other leases of this worker.
  EXPECT_LE(lease.rest.size(), 10u);
  EXPECT_EQ(lease.expected, Duration{});
  const RangeSet done = job(1).done;
  const Duration charged = state().gpu_time("red");
  pass(milliseconds(500));
  answer(lease.granted.lease, "yes");
  EXPECT_EQ(job(1).done, done);
  EXPECT_EQ(state().gpu_time("red"), charged);
  EXPECT_EQ(checked_.size(), lease.rest.size());
  for (const CheckedItem& item : checked_) {
    EXPECT_EQ(item.by, a);
    EXPECT_EQ(item.kind, CheckKind::again);
    EXPECT_EQ(item.finding, CheckFinding::agreed);
  }
}

TEST_F(CrossChecked, HonestWorkersAreAllComparedAndNobodyIsAccused) {
  const std::map<WorkerId, std::string> words = {
      {hello("a"), "yes"}, {hello("b"), "yes"}, {hello("c"), "yes"}};
  check(check_share_one, check_share_one);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  work(words);
  std::set<std::uint64_t> again;
  for (const CheckedItem& item : checked_) again.insert(item.index);
  // Of the second job on, something is known of the model.
  ASSERT_EQ(submit(op(), "red-1", R"(, "skip_lookup": true)").code, ReplyCode::done);
  work(words);
  EXPECT_TRUE(state().quarantine().empty());
  EXPECT_EQ(job(1).differed, 0u);
  std::uint64_t known = 0;
  for (const CheckedItem& item : checked_) {
    known += item.kind == CheckKind::known ? 1 : 0;
    // By whom it is known: both, who are two.
    EXPECT_EQ(bool(item.other), item.kind == CheckKind::known);
    EXPECT_NE(item.other, item.by);
    EXPECT_EQ(item.finding, CheckFinding::agreed);
  }
  EXPECT_EQ(again.size(), suite_items);
  EXPECT_GE(known, 20u);  // Whoever answered or checked an item is not asked it again.
  EXPECT_EQ(of("a").wrong + of("b").wrong + of("c").wrong, 0u);
}

TEST_F(CrossChecked, AThirdDecidesAndTheLiarIsQuarantinedWithTheReason) {
  const std::map<WorkerId, std::string> words = {
      {hello("a"), "yes"}, {hello("b"), "no"}, {hello("c"), "yes"}};
  check(200'000, 0);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  work(words);
  EXPECT_EQ(job(1).done.size(), suite_items);
  EXPECT_EQ(state().quarantine().size(), 1u);
  EXPECT_NE(reason("b").find("two others agree"), std::string::npos) << reason("b");
  EXPECT_GT(of("b").wrong, 0u);
  EXPECT_EQ(of("a").wrong + of("c").wrong, 0u);
  EXPECT_GT(job(1).differed, 0u);
  // Operators see the counts by model; teams see none of it.
  const Json seen = say(op(), "workers", "{}").body;
  const Json* const checks = seen.find("workers")->as_array()[1].find("checks");
  EXPECT_EQ(*checks->find("models")->as_array()[0].find("model"), Json("red-1"));
  EXPECT_EQ(*checks->find("wrong"), Json(of("b").wrong));
  const Json rival = say(of_team("blue"), "workers", "{}").body;
  EXPECT_TRUE(rival.find("workers")->as_array()[1].find("checks")->is_null());
}

TEST_F(CrossChecked, OfTwoWorkersNobodyCanSayWhoIsWrong) {
  const std::map<WorkerId, std::string> words = {{hello("a"), "yes"}, {hello("b"), "no"}};
  check(200'000, 0);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  work(words);
  EXPECT_TRUE(state().quarantine().empty());
  EXPECT_GT(of("a").open, 0u);
  EXPECT_EQ(of("a").open, of("b").open);
  EXPECT_EQ(of("a").wrong + of("b").wrong, 0u);
}

TEST_F(CrossChecked, TwoNamesOfOneKeyAreOneWordAgainstAnother) {
  std::map<WorkerId, std::string> words = {{hello_with("evil", "a", 101), "no"},
                                           {hello_with("evil", "b", 102), "no"},
                                           {hello_with("honest", "c", 103), "yes"}};
  check(check_share_one, check_share_one);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  work(words);
  const std::set<std::pair<std::string, std::string>> others = {{"evil", "honest"},
                                                                {"honest", "evil"}};
  EXPECT_EQ(asked_, others);                  // Nobody has vouched for himself.
  EXPECT_TRUE(state().quarantine().empty());  // Two against one were one against one.
  EXPECT_GT(of("c").open, 0u);
  words[hello_with("another", "d", 104)] = "yes";
  work(words);
  EXPECT_FALSE(reason("a").empty());
  EXPECT_FALSE(reason("b").empty());
  EXPECT_EQ(of("c").wrong + of("d").wrong, 0u);
}

// A key alone in the pool could agree with itself, and convict whoever came after.
TEST_F(CrossChecked, WhatOneKeyAgreedOnConvictsNobodyOfAnother) {
  std::map<WorkerId, std::string> words = {{hello_with("evil", "a", 101), "no"},
                                           {hello_with("evil", "b", 102), "no"}};
  check(check_share_one, check_share_one);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  work(words);
  words[hello_with("honest", "c", 103)] = "yes";
  ASSERT_EQ(submit(op(), "red-1", R"(, "skip_lookup": true)").code, ReplyCode::done);
  work(words);
  EXPECT_TRUE(state().quarantine().empty()) << reason("c");
}

// One name that is wrong may be a broken machine; two are the hand, whatever it calls itself.
TEST_F(CrossChecked, AKeyOfWhichTwoNamesAreWrongIsOfNoUseUnderOthers) {
  std::map<WorkerId, std::string> words = {{hello_with("evil", "a", 101), "no"},
                                           {hello_with("evil", "b", 102), "no"},
                                           {hello_with("evil", "good", 103), "yes"},
                                           {hello_with("honest", "c", 104), "yes"},
                                           {hello_with("another", "d", 105), "yes"}};
  check(check_share_one, check_share_one);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  work(words);
  ASSERT_FALSE(reason("a").empty());
  ASSERT_FALSE(reason("b").empty());
  EXPECT_EQ(reason("good").rfind("workers a and b, which have its key (evil), were found", 0), 0u)
      << reason("good");
  const WorkerId again = hello_with("evil", "z", 106);
  EXPECT_FALSE(reason("z").empty());
  ASSERT_EQ(submit(op(), "red-1", R"(, "skip_lookup": true)").code, ReplyCode::done);
  EXPECT_TRUE(leases(again).empty());
  EXPECT_TRUE(reason("c").empty() && reason("d").empty());
  // Whom an operator lets go on does so, though another name comes.
  EXPECT_EQ(say(op(), "drain", R"({"worker": "z", "undo": true})").code, ReplyCode::done);
  hello_with("evil", "y", 107);
  EXPECT_FALSE(reason("y").empty());
  EXPECT_TRUE(reason("z").empty());
  // And everybody does once no two are left.
  for (const std::string name : {"a", "good", "y"}) {
    const std::string body = R"({"worker": ")" + name + R"(", "undo": true})";
    EXPECT_EQ(say(op(), "drain", body).code, ReplyCode::done);
  }
  hello_with("evil", "x", 108);
  EXPECT_TRUE(reason("x").empty());
}

// It is asked something known before it gets more, as one that fails is.
TEST_F(CrossChecked, WhoHasTheKeyOfOneThatIsWrongIsSuspected) {
  std::map<WorkerId, std::string> words = {{hello_with("evil", "a", 101), "no"},
                                           {hello_with("evil", "b", 102), "yes"},
                                           {hello_with("honest", "c", 103), "yes"},
                                           {hello_with("another", "d", 104), "yes"}};
  check(check_share_one, check_share_one);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  work(words);
  ASSERT_FALSE(reason("a").empty());
  EXPECT_EQ(state().quarantine().size(), 1u);
  hello_with("evil", "z", 105);
  const Json seen = say(op(), "workers", "{}").body;
  for (const Json& worker : seen.find("workers")->as_array()) {
    const std::string said = worker.find("suspicion")->dump();
    const bool is_suspected = said.find("worker a, which has its key") != std::string::npos;
    EXPECT_EQ(is_suspected, *worker.find("worker") == Json("z")) << said;
  }
}

TEST_F(CrossChecked, ACheckThatIsLostIsAskedOfSomebodyElse) {
  const WorkerId a = hello("a");
  check(check_share_one, 0);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  while (!leases(a).empty()) answer(leases(a)[0], "yes");
  const WorkerId b = hello("b");
  pass(seconds(31));  // Nobody else has the model: it is loaded for the checks.
  heartbeat(b);
  ASSERT_FALSE(checks_of(b).empty());
  const RangeSet asked = state().lease(checks_of(b)[0])->rest;
  step(GoodbyeReceived{b});
  EXPECT_EQ(job(1).done.size(), suite_items);
  const WorkerId c = hello("c");
  work({{a, "yes"}, {c, "yes"}});
  std::set<std::uint64_t> compared;
  for (const CheckedItem& item : checked_) compared.insert(item.index);
  for (const Range& range : asked.ranges()) {
    for (std::uint64_t i = range.begin; i < range.end; ++i) EXPECT_TRUE(compared.contains(i)) << i;
  }
}

TEST_F(CrossChecked, TheEndOfAQuarantineForgivesAndTheCountsStay) {
  const std::map<WorkerId, std::string> words = {
      {hello("a"), "yes"}, {hello("b"), "no"}, {hello("c"), "yes"}};
  check(200'000, 0);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  work(words);
  ASSERT_EQ(reason("b").empty(), false);
  EXPECT_GT(state().checks().at("b").evidence.value(), 0);
  const std::uint64_t wrong = of("b").wrong;
  EXPECT_EQ(say(op(), "drain", R"({"worker": "b", "undo": true})").code, ReplyCode::done);
  EXPECT_EQ(state().checks().at("b").evidence.value(), 0);
  EXPECT_EQ(of("b").wrong, wrong);
}

// Nothing rests on the name any more once its quarantine is over and its key revoked: it is free.
TEST_F(CrossChecked, WhatIsHeldAgainstANameIsHeldAgainstItsKey) {
  hello_with("one", "a", 1);
  hello_with("two", "b", 2);
  hello_with("three", "c", 3);
  const std::map<WorkerId, std::string> words = {{{1}, "yes"}, {{2}, "no"}, {{3}, "yes"}};
  check(30'000, 0);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  work(words);
  ASSERT_GT(state().checks().at("b").evidence.value(), 0);
  const std::uint64_t wrong = of("b").wrong;
  ASSERT_GT(wrong, 0U);
  State passed_on = state();
  passed_on.apply(Instant{}, WorkerJoined{{9}, "b", "two"});
  EXPECT_GT(passed_on.checks().at("b").evidence.value(), 0);
  EXPECT_EQ(passed_on.checks().at("b").all().wrong, wrong);
  EXPECT_TRUE(passed_on.has_its_name({2}));
  passed_on.apply(Instant{}, WorkerJoined{{10}, "b", "four"});
  EXPECT_EQ(passed_on.checks().at("b"), WorkerChecks{});
  EXPECT_FALSE(passed_on.has_its_name({2}));
  EXPECT_TRUE(passed_on.has_its_name({10}));
}

// A name that is nobody's any more when its answers are compared.
TEST(CountedChecks, OfNoNameAreNotCounted) {
  Checks checks;
  CheckedItem item;
  item.kind = CheckKind::again;
  item.finding = CheckFinding::undecided;
  count_check(checks, "m", item, "", "", "c");
  EXPECT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks.at("c").all().checked, 1U);
  item.kind = CheckKind::third;
  item.finding = CheckFinding::other_right;
  count_check(checks, "m", item, "", "o", "c");
  EXPECT_EQ(checks.size(), 2U);
  EXPECT_FALSE(checks.contains(""));
}

TEST_F(CrossChecked, ARestartForgetsWhatWasDrawnAndNotWhatWasFound) {
  const WorkerId a = hello("a");
  const WorkerId b = hello("b");
  check(check_share_one, 0);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  while (checks_of(b).empty()) {
    if (!leases(a).empty()) answer(leases(a)[0], "yes");
    if (checks_of(b).empty() && !leases(b).empty()) answer(leases(b)[0], "yes");
    heartbeat(b);
    pass(milliseconds(100));
  }
  const std::vector<LeaseId> held = leases(b);
  const LeaseId check_lease = checks_of(b)[0];
  const CheckCounts before = of("a");
  restart();
  hello_again(b, "b", 1, {}, held);
  answer(check_lease, "no");  // With what it would be compared is not known any more.
  EXPECT_EQ(state().lease(check_lease), nullptr);
  EXPECT_EQ(of("a"), before);
  EXPECT_TRUE(state().quarantine().empty());
}

}  // namespace
}  // namespace gwageo
