// A sample of a job is run again by others: who forges answers is found, and who does not is not.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmarks/audit_sample.h"
#include "coordinator/audit_drawing.h"
#include "coordinator/audit_report.h"
#include "coordinator/keys.h"
#include "coordinator/result_block.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "tests/coordinator/audit_hall.h"

namespace gwageo::testing {
namespace {

std::string reasons_of(const Json& report) {
  std::string text;
  for (const Json& reason : report.find("reasons")->as_array()) text += reason.as_string() + "\n";
  return text;
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

class AuditReplay : public ::testing::Test {
 protected:
  void SetUp() override { AuditHall::engine = "paced"; }
};

TEST_F(AuditReplay, HonestWorkersAreFoundConsistent) {
  AuditHall hall(4);
  hall.run_job();
  const Json report = hall.audited(120);
  EXPECT_EQ(*report.find("verdict"), Json("consistent")) << report.dump();
  EXPECT_EQ(*report.find("compared"), Json(120));
  EXPECT_EQ(*report.find("differ"), Json(0));
  EXPECT_EQ(*report.find("mode"), Json("exact"));
  EXPECT_EQ(*report.find("population"), Json(400));
  // Whoever meets a forged answer of an exact engine refuses it.
  const Json& detects = *report.find("detects");
  EXPECT_NEAR(detects.find("meets")->as_double(), chance_to_meet(400, 120, 4), 1e-12);
  EXPECT_EQ(*detects.find("chance"), *detects.find("meets"));
}

TEST_F(AuditReplay, NobodyIsAskedWhatHeAnswered) {
  AuditHall hall(4);
  hall.run_job();
  const Json report = hall.audited(200);
  ASSERT_EQ(report.find("parts")->as_array().size(), 2U);
  std::uint64_t items = 0;
  std::set<std::string> kept;
  for (const auto& [id, job] : hall.state().jobs()) {
    if (job.accepted.audit == 0) continue;
    EXPECT_EQ(job.accepted.tier, Tier::audit);
    EXPECT_TRUE(job.accepted.skip_lookup);
    EXPECT_EQ(job.executed.size(), job.accepted.items);  // Nothing of it was looked up.
    items += job.accepted.items;
    const AuditPart& part = hall.state().audits().at(1).drawn->parts[job.accepted.part];
    EXPECT_FALSE(part.not_on.empty());
    const std::set<std::string> ran = hall.who_ran(id);
    EXPECT_FALSE(ran.empty());
    for (const std::string& name : part.not_on) {
      EXPECT_FALSE(ran.contains(name)) << name;
      EXPECT_TRUE(kept.insert(name).second) << name;
    }
  }
  EXPECT_EQ(items, 200U);
  EXPECT_EQ(kept, hall.who_ran({1}));
}

TEST_F(AuditReplay, AWorkerThatForgesIsCaughtByName) {
  AuditHall hall(4);
  hall.forges = {2};
  hall.run_job();
  hall.forges.clear();  // It behaves while it is watched.
  const Json report = hall.audited(400);
  EXPECT_EQ(*report.find("verdict"), Json("inconsistent")) << report.dump();
  ASSERT_FALSE(report.find("differing")->as_array().empty());
  for (const Json& one : report.find("differing")->as_array()) {
    EXPECT_EQ(*one.find("ran_on"), Json("w2"));
    EXPECT_NE(*one.find("replayed_on"), Json("w2"));
    EXPECT_LT(std::stoull(one.find("item")->as_string()) % 100, 10U);
  }
  EXPECT_GT(report.find("scores")->find("gained")->as_integer(), 0);
  EXPECT_EQ(report.find("scores")->find("lost")->as_integer(), 0);
}

TEST_F(AuditReplay, AnAloneWorkerWaitsForAnother) {
  AuditHall hall(1);
  hall.run_job();
  EXPECT_EQ(*hall.audited(20).find("state"), Json("running"));
  const Reply why = hall.say("explain", Json::Object{{"job", "2"}});
  EXPECT_NE(why.body.find("whoever answered is not asked again"), std::string::npos) << why.body;
  hall.join(2);
  hall.let_pass(seconds(30));
  EXPECT_EQ(*hall.show(1).find("verdict"), Json("consistent"));
}

// Whoever holds a key comes under as many names as he likes.
TEST_F(AuditReplay, WhereWorkersHaveKeysOfTheirOwnAnotherKeyVouches) {
  AuditHall hall(0);
  hall.forges = {1, 2};
  for (const std::uint64_t worker : {1, 2}) hall.join(worker, "evil");
  hall.run_job();
  hall.forges.clear();
  hall.join(3, "honest");
  const Json report = hall.audited(200);
  ASSERT_EQ(report.find("parts")->as_array().size(), 1U);
  const Json& part = report.find("parts")->as_array()[0];
  EXPECT_EQ(part.find("not_by")->dump(), R"(["evil"])");
  EXPECT_EQ(part.find("not_on")->dump(), R"(["w1","w2"])");
  EXPECT_EQ(hall.who_ran({2}), std::set<std::string>{"w3"});
  EXPECT_EQ(*report.find("same_key"), Json(0));
  EXPECT_EQ(*report.find("compared"), Json(200));
  EXPECT_EQ(*report.find("verdict"), Json("inconsistent"));
  hall.restart();  // The parts are drawn again as they were, though nobody has said hello yet.
  EXPECT_EQ(hall.show(1).dump(), report.dump());
}

TEST_F(AuditReplay, WhereAllWorkersHaveOneKeyTheReportSaysSo) {
  AuditHall hall(2);
  hall.run_job();
  const Json report = hall.audited(40);
  EXPECT_EQ(*report.find("verdict"), Json("consistent"));
  EXPECT_EQ(*report.find("same_key"), Json(40));
  expect_part(reasons_of(report),
              "40 items of the sample were run again by a worker that comes "
              "with the key of the first");
}

// Whoever draws an audit may leave the keys out of it.
TEST_F(AuditReplay, WhoVouchedForItsOwnKeyIsAskedAgainOnceThereIsAnother) {
  AuditHall hall(2);
  hall.run_job();
  ASSERT_EQ(*hall.audited(40).find("verdict"), Json("consistent"));
  hall.join(3, "another");
  const Json report = hall.show(1);
  EXPECT_EQ(*report.find("verdict"), Json("escalate"));
  expect_part(reasons_of(report), "workers have several keys by now, so run it again");
}

TEST_F(AuditReplay, NobodyComesUnderTheNameOfAnothersWorker) {
  AuditHall hall(1);
  const WorkerId owner = hall.state().worker_named("w1");
  hall.join(77, "evil", "w1");
  EXPECT_EQ(hall.state().worker_named("w1"), owner);
  EXPECT_FALSE(hall.state().workers().contains({77}));
  hall.say("keys.revoke", Json::Object{{"name", "pool"}, {"reason", "it leaked"}});
  hall.join(77, "evil", "w1");
  EXPECT_EQ(hall.state().worker_named("w1"), WorkerId{77});
}

// Who came under many names once, and did nothing, kept them from everybody for good.
TEST_F(AuditReplay, ANameOnWhichNothingRestsGoesWithItsWorker) {
  AuditHall hall(1);
  hall.join(77, "evil", "w2");
  hall.join(2, "pool", "w2");
  EXPECT_EQ(hall.state().worker_named("w2"), WorkerId{77}) << "it is here";
  hall.leave(77);
  hall.join(2, "pool", "w2");
  EXPECT_EQ(hall.state().worker_named("w2"), WorkerId{2});
  hall.run_job();
  hall.leave(2);
  hall.join(78, "evil", "w2");
  EXPECT_EQ(hall.state().worker_named("w2"), WorkerId{2}) << "it has answered";
  // Nor is a quarantine left behind by another key.
  hall.join(79, "evil", "w3");
  const Json odd = Json::Object{{"worker", "w3"}, {"reason", "odd"}};
  ASSERT_EQ(hall.say("quarantine", odd).code, ReplyCode::done);
  hall.leave(79);
  hall.join(3, "pool", "w3");
  EXPECT_EQ(hall.state().worker_named("w3"), WorkerId{79});
}

TEST_F(AuditReplay, OfAnEngineThatIsNotExactChanceIsAllowed) {
  AuditHall::engine = "openai";
  AuditHall hall(4);
  hall.forges = {1, 2, 3, 4};
  hall.forged_in_hundred = 1;
  hall.run_job();
  hall.forges.clear();
  const Json honest = hall.audited(400);
  EXPECT_EQ(*honest.find("mode"), Json("statistical"));
  EXPECT_EQ(*honest.find("differ"), Json(4));  // One in a hundred differs by itself, as is allowed.
  EXPECT_EQ(*honest.find("allowed"), Json(mismatches_allowed(400, {})));
  EXPECT_EQ(*honest.find("verdict"), Json("consistent"));
  // All of the job meets what is forged, and still refuses one in a hundred in 11 % of audits only.
  const Json& detects = *honest.find("detects");
  EXPECT_EQ(*detects.find("meets"), Json(1.0));
  EXPECT_NEAR(detects.find("chance")->as_double(), 0.10688275082929863, 1e-9);
  EXPECT_TRUE(detects.find("sample_for_99")->is_null()) << detects.dump();

  AuditHall other(4);
  other.forges = {1, 2, 3, 4};
  other.run_job();
  other.forges.clear();
  EXPECT_EQ(*other.audited(400).find("verdict"), Json("inconsistent"));
}

// Who has a part called off that would tell is not told that all is well.
TEST_F(AuditReplay, WhatWasCancelledDoesNotHold) {
  AuditHall hall(4);
  hall.forges = {1, 2, 3, 4};
  hall.run_job();
  hall.forges.clear();
  ASSERT_EQ(hall.commit(400, "n").code, ReplyCode::done);
  hall.answers = false;
  ASSERT_EQ(hall.reveal(1, "n").code, ReplyCode::done);
  for (const char* const part : {"2", "3"}) {
    ASSERT_EQ(hall.say("cancel", Json::Object{{"job", part}}).code, ReplyCode::done);
  }
  const Json report = hall.show(1);
  EXPECT_EQ(*report.find("state"), Json("complete"));
  EXPECT_EQ(*report.find("missing"), Json(400));
  EXPECT_EQ(*report.find("verdict"), Json("escalate")) << report.dump();
}

void disown(AuditHall& hall, const std::string& worker) {
  for (const char* const verb : {"quarantine", "disown"}) {
    const Reply reply = hall.say(verb, Json::Object{{"worker", worker}, {"reason", "it lies"}});
    ASSERT_EQ(reply.code, ReplyCode::done) << reply.body;
  }
}

// Answers that count no more kept an audit consistent, and no report said so.
TEST_F(AuditReplay, DisownedAnswersVouchForNothing) {
  AuditHall hall(4);
  hall.run_job();
  const Json before = hall.audited(120);
  ASSERT_EQ(*before.find("verdict"), Json("consistent"));
  EXPECT_EQ(*before.find("voided"), Json(false));
  EXPECT_EQ(*before.find("disowned"), Json(0));
  disown(hall, "w1");
  const Json report = hall.show(1);
  const std::int64_t disowned = report.find("disowned")->as_integer();
  EXPECT_GT(disowned, 0);
  EXPECT_EQ(*report.find("missing"), Json(disowned));
  EXPECT_EQ(*report.find("compared"), Json(120 - disowned));
  EXPECT_EQ(*report.find("disowned_differ"), Json(0));
  EXPECT_EQ(*report.find("verdict"), Json("escalate")) << report.dump();
  EXPECT_EQ(*report.find("voided"), Json(true));
  const std::uint64_t left = 120 - static_cast<std::uint64_t>(disowned);
  EXPECT_NEAR(report.find("detects")->find("meets")->as_double(), chance_to_meet(400, left, 4),
              1e-12);
  expect_part(reasons_of(report), std::to_string(disowned) + " items of the sample count as not");
  expect_part(reasons_of(report), "answers of worker w1 are disowned: it lies");
  expect_part(reasons_of(report), "no target counts job 1");
  EXPECT_EQ(reasons_of(report).find("have no answer to compare"), std::string::npos);
}

// As whoever grants what the rule forbids would have it on record.
TEST_F(AuditReplay, WhoAnsweredVouchesForNothing) {
  AuditHall hall(2);
  hall.run_job();
  ASSERT_EQ(*hall.audited(40).find("verdict"), Json("consistent"));
  const State& state = hall.state();
  AuditReportInput input = audit_report_input(state, state.audits().at(1), {}, 0.01);
  for (auto& [worker, who] : input.question.workers) who.name = "w1";
  const Result<Json> report = audit_report(input, hall.store());
  ASSERT_TRUE(report);
  EXPECT_EQ(*report->find("same_worker"), Json(40));
  EXPECT_EQ(*report->find("missing"), Json(40));
  EXPECT_EQ(*report->find("compared"), Json(0));
  EXPECT_EQ(*report->find("verdict"), Json("escalate"));
  expect_part(reasons_of(*report), "was asked again");
}

TEST_F(AuditReplay, DisownedAnswersAccuseNobody) {
  AuditHall hall(4);
  hall.forges = {2};
  hall.run_job();
  hall.forges.clear();
  const Json before = hall.audited(400);
  ASSERT_EQ(*before.find("verdict"), Json("inconsistent"));
  disown(hall, "w2");
  const Json report = hall.show(1);
  EXPECT_EQ(*report.find("differ"), Json(0));
  EXPECT_EQ(*report.find("disowned_differ"), *before.find("differ"));
  EXPECT_TRUE(report.find("differing")->as_array().empty());
  EXPECT_EQ(*report.find("scores")->find("gained"), Json(0));
  EXPECT_EQ(*report.find("verdict"), Json("escalate")) << report.dump();
}

TEST_F(AuditReplay, ADisownedReplayLeavesTheJobAsItIs) {
  AuditHall hall(1);
  hall.run_job();
  hall.join(2);
  ASSERT_EQ(*hall.audited(20).find("verdict"), Json("consistent"));
  disown(hall, "w2");
  const Json report = hall.show(1);
  EXPECT_EQ(*report.find("disowned"), Json(20));
  EXPECT_EQ(*report.find("compared"), Json(0));
  EXPECT_EQ(*report.find("detects")->find("chance"), Json(0.0));
  EXPECT_EQ(*report.find("voided"), Json(false));
  EXPECT_EQ(*report.find("verdict"), Json("escalate")) << report.dump();
  EXPECT_EQ(reasons_of(report).find("no target counts"), std::string::npos);
}

// Said before a sample is drawn, too: no replay changes it.
TEST_F(AuditReplay, AVoidedJobIsSaidToBeOne) {
  AuditHall hall(2);
  hall.run_job();
  disown(hall, "w1");
  ASSERT_EQ(hall.commit(10, "n").code, ReplyCode::done);
  const Json report = hall.show(1);
  EXPECT_EQ(*report.find("state"), Json("committed"));
  EXPECT_EQ(*report.find("voided"), Json(true));
  expect_part(reasons_of(report), "no target counts job 1");
}

TEST_F(AuditReplay, TheSampleIsWhatAnybodyDraws) {
  AuditHall hall(2);
  hall.run_job();
  ASSERT_EQ(hall.commit(50, "mine").code, ReplyCode::done);
  const Audit committed = hall.state().audits().at(1);
  MerkleFrontier tree;
  ASSERT_TRUE(hall.store().scan(keys::journal(0), keys::journal(committed.size),
                                [&](std::string_view, std::string_view record) {
                                  tree.add(merkle_leaf(record));
                                  return true;
                                }));
  ASSERT_EQ(tree.size(), committed.size);
  ASSERT_EQ(hall.reveal(1, "mine").code, ReplyCode::done);
  const AuditDrawn& drawn = *hall.state().audits().at(1).drawn;
  EXPECT_EQ(drawn.root, tree.root());
  const auto indexes = draw_sample(audit_seed(tree.root(), sha256("mine")), 400, 50);
  EXPECT_EQ(sampled_indexes(*hall.state().job({1}), committed.committed,
                            audit_seed(drawn.root, drawn.nonce)),
            indexes);
}

// Whoever holds the disk writes into a stored block who answered: nobody is asked anew by that.
TEST_F(AuditReplay, TheSampleIsSplitByTheLeasesOnRecord) {
  AuditHall hall(4);
  hall.run_job();
  ASSERT_EQ(hall.commit(200, "mine").code, ReplyCode::done);
  const std::unique_ptr<Store> altered = new_memory_store();
  const keys::KeyRange blocks = keys::result_blocks({1});
  ASSERT_TRUE(hall.store().scan("", "\xff", [&](std::string_view key, std::string_view value) {
    std::string bytes(value);
    if (blocks.first <= key && key < blocks.second) {
      ResultBlock block = decode_result_block(value).value();
      block.worker = {block.worker.value == 1 ? 2U : 1U};
      bytes = encode(block);
    }
    return altered->write({{{std::string(key), bytes}}, {}}, Sync::no).has_value();
  }));
  AuditQuestion question = audit_question(hall.state(), hall.state().audits().at(1));
  question.nonce = sha256("mine");
  const Result<AuditDrawn> drawn = draw_audit(question, *altered, *altered);
  ASSERT_TRUE(drawn) << drawn.error().message;
  ASSERT_EQ(hall.reveal(1, "mine").code, ReplyCode::done);
  EXPECT_EQ(*drawn, *hall.state().audits().at(1).drawn);
}

TEST_F(AuditReplay, WhomThePartsAreKeptFromIsKnownFromTheRecord) {
  AuditHall hall(4);
  hall.run_job();
  hall.audited(200);
  AuditQuestion question = audit_question(hall.state(), hall.state().audits().at(1));
  EXPECT_EQ(wrong_parts(question, hall.store()).value(), "");
  std::vector<AuditPart>& parts = question.audit.drawn->parts;
  std::swap(parts[0].not_on, parts[1].not_on);
  EXPECT_EQ(wrong_parts(question, hall.store()).value(),
            "part 1 of audit 1 is kept from w3, w4, but by the leases on record its items were "
            "answered by w1, w2");
  std::swap(parts[0], parts[1]);
  expect_part(wrong_parts(question, hall.store()).value(), "has other items than its seed draws");
  parts.pop_back();
  expect_part(wrong_parts(question, hall.store()).value(), "has 1 parts, and its seed draws 2");
}

TEST_F(AuditReplay, AuditedScoresAndVerdictsStayWhatTheyAre) {
  AuditHall hall(4);
  hall.run_job();
  const Digest before = hall.state().job({1})->scored->scores_root;
  hall.say("target.add", Json::Object{{"text", "target: t\nsuite: s\nshare: 0.95\n"}});
  const std::size_t verdicts = hall.state().verdict_history().size();
  hall.audited(60);
  EXPECT_EQ(hall.state().job({1})->scored->scores_root, before);
  EXPECT_EQ(hall.state().verdict_history().size(), verdicts);
}

TEST_F(AuditReplay, WhatIsRefused) {
  AuditHall hall(2);
  EXPECT_EQ(hall.commit(10, "early").code, ReplyCode::bad_input);  // There is no such job.
  hall.run_job();
  EXPECT_EQ(hall.commit(0, "n").code, ReplyCode::bad_input);
  EXPECT_EQ(hall.commit(100'001, "n").code, ReplyCode::bad_input);
  ASSERT_EQ(hall.commit(10, "n").code, ReplyCode::done);
  EXPECT_EQ(hall.commit(10, "n").code, ReplyCode::done);  // The same twice is once.
  EXPECT_EQ(hall.state().audits().size(), 1U);
  const Reply used = hall.commit(11, "n");  // A number is used once.
  EXPECT_EQ(used.code, ReplyCode::bad_input);
  expect_part(used.body, "was committed to before, in audit 1: take another");
  // Of somebody else's audit another number would be another audit.
  const Json same = Json::Object{
      {"job", "1"}, {"sample", 10}, {"commitment", to_hex(audit_commitment(sha256("n")))}};
  const Reply others = hall.say("audit.commit", same);
  EXPECT_EQ(others.code, ReplyCode::bad_input);
  expect_part(others.body, "eye's, who alone goes on with it");
  expect_part(others.body, "gwageo audit replay --audit 1 --keep FILE");
  EXPECT_EQ(hall.reveal(1, "another").code, ReplyCode::bad_input);
  EXPECT_EQ(hall.reveal(2, "n").code, ReplyCode::bad_input);
  EXPECT_FALSE(hall.state().audits().at(1).drawn);
  ASSERT_EQ(hall.reveal(1, "n").code, ReplyCode::done);
  const std::size_t jobs = hall.state().jobs().size();
  EXPECT_EQ(hall.reveal(1, "n").code, ReplyCode::done);
  EXPECT_EQ(hall.reveal(1, "another").code, ReplyCode::bad_input);
  EXPECT_EQ(hall.state().jobs().size(), jobs);
  hall.let_pass(seconds(30));
  const Reply again =
      hall.say("audit.commit",
               Json::Object{{"job", "2"}, {"sample", 1}, {"commitment", to_hex(sha256("x"))}});
  EXPECT_EQ(again.code, ReplyCode::bad_input);
  EXPECT_NE(again.body.find("is an audit itself"), std::string::npos);
  for (const char* const verb : {"audit.commit", "audit.reveal", "audit.show", "audit.list"}) {
    EXPECT_EQ(hall.say(verb, Json::object(), {}, "red").code, ReplyCode::not_allowed) << verb;
  }
}

TEST_F(AuditReplay, AnAuditOutlivesTheCoordinator) {
  AuditHall hall(4);
  hall.run_job();
  ASSERT_EQ(hall.commit(80, "n").code, ReplyCode::done);
  hall.restart();
  ASSERT_EQ(hall.reveal(1, "n").code, ReplyCode::done);
  hall.restart();
  for (std::uint64_t worker = 1; worker <= 4; ++worker) hall.join(worker);
  hall.let_pass(seconds(60));
  const Json report = hall.show(1);
  EXPECT_EQ(*report.find("verdict"), Json("consistent")) << report.dump();
  EXPECT_EQ(*report.find("compared"), Json(80));
}

}  // namespace
}  // namespace gwageo::testing
