// A sample of a job is run again by others: who forges answers is found, and who does not is not.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>

#include "benchmarks/audit_sample.h"
#include "coordinator/audit_drawing.h"
#include "coordinator/keys.h"
#include "coordinator/result_block.h"
#include "coordinator/suite_files.h"
#include "protocol/request.h"
#include "tests/coordinator/desk.h"
#include "worker/batch_signer.h"

namespace gwageo::testing {
namespace {

constexpr std::size_t item_count = 400;

/// Workers w1, w2, ... that answer at once, each with a way of its own.
class AuditHall : public Desk {
 public:
  explicit AuditHall(std::uint64_t workers) : Desk("2026-06-30") {
    say("keys.add", Json::Object{{"name", "pool"},
                                 {"role", "worker"},
                                 {"curve_key", to_hex(sha256("pool"))},
                                 {"sign_key", to_hex(sign_key_of("pool"))}});
    for (std::uint64_t i = 1; i <= workers; ++i) join(i);
    pass(microseconds(1));
    add_suite();
    const Reply added = say("model.add", Json::Object{{"name", "m"},
                                                      {"role", "candidate"},
                                                      {"team", "red"},
                                                      {"released", "2026-06-01"},
                                                      {"engine", engine},
                                                      {"options", Json::object()},
                                                      {"digest", to_hex(sha256("m"))}});
    EXPECT_EQ(added.code, ReplyCode::done) << added.body;
  }

  void join(std::uint64_t worker) {
    if (workers_.insert(worker).second) {
      signers_.try_emplace(worker, WorkerId{worker},
                           BatchSigning{log, "pool", [](auto bytes) {
                                          return sign(bytes, signing_key_of("pool"));
                                        }});
    }
    Hello hello;
    hello.protocol = limits::protocol_version;
    hello.worker = {worker};
    hello.name = "w" + std::to_string(worker);
    hello.engines = {engine};
    hello.slots = 1;
    hello.credit_items = 16;
    receive("pool", PeerId{100 + worker}, hello);
  }

  void run_job() {
    const Reply reply =
        say("submit", Json::Object{{"request", "r1"}, {"model", "m"}, {"suite", "s"}});
    ASSERT_EQ(reply.code, ReplyCode::done) << reply.body;
    let_pass(seconds(30));
    ASSERT_TRUE(state().job({1})->scored);
  }

  /// Begins an audit of job 1, by the number that is the digest of a text.
  Reply commit(std::int64_t sample, const std::string& number) {
    return say("audit.commit",
               Json::Object{{"job", "1"},
                            {"sample", sample},
                            {"commitment", to_hex(audit_commitment(sha256(number)))}},
               {}, "eye");
  }
  Reply reveal(std::int64_t audit, const std::string& number) {
    return say("audit.reveal", Json::Object{{"audit", audit}, {"nonce", to_hex(sha256(number))}},
               {}, "eye");
  }
  Json show(std::int64_t audit) {
    const Reply reply = say("audit.show", Json::Object{{"audit", audit}}, {}, "eye");
    EXPECT_EQ(reply.code, ReplyCode::done) << reply.body;
    return Json::parse(reply.body).value();
  }
  Json audited(std::int64_t sample, const std::string& number = "number") {
    EXPECT_EQ(commit(sample, number).code, ReplyCode::done);
    EXPECT_EQ(reveal(1, number).code, ReplyCode::done);
    let_pass(seconds(30));
    return show(1);
  }

  void let_pass(Duration time) {
    for (Duration left = time; left.microseconds > 0; left = left - seconds(1)) {
      for (const std::uint64_t worker : workers_) {
        Heartbeat heartbeat;
        heartbeat.worker = {worker};
        heartbeat.slots.resize(1);
        receive("pool", PeerId{100 + worker}, heartbeat);
        signing_time_ = signing_time_ + seconds(1);
        std::optional<Batch> batch = signers_.at(worker).next(signing_time_, true);
        if (batch) receive("pool", PeerId{100 + worker}, *std::move(batch));
      }
      pass(seconds(1));
    }
  }

  /// Which workers answered items of a job, by the records.
  std::set<std::string> who_ran(JobId job) const {
    std::set<std::string> names;
    const keys::KeyRange range = keys::result_blocks(job);
    EXPECT_TRUE(store().scan(range.first, range.second, [&](std::string_view, std::string_view v) {
      names.insert("w" + std::to_string(decode_result_block(v)->worker.value));
      return true;
    }));
    return names;
  }

  std::set<std::uint64_t> forges;  ///< Workers that make up every hundredth answer.
  static inline std::string engine = "paced";

 protected:
  void hear(const Message& message) override {
    if (const auto* const kept = std::get_if<BatchKept>(&message)) {
      signers_.at(kept->worker.value).kept(*kept);
    }
    if (const auto* const known = std::get_if<Acknowledge>(&message)) acknowledged(*known);
    const auto* const grant = std::get_if<Grant>(&message);
    if (grant == nullptr) return;
    for (const Acknowledge& known : grant->acknowledged) acknowledged(known);
    inbox_.push_back(*grant);
  }
  bool work() override {
    if (!answers || inbox_.empty()) return false;
    for (const Grant& grant : std::exchange(inbox_, {})) {
      const WorkerId worker = state().lease(grant.lease)->granted.worker;
      Results results;
      results.worker = worker;
      results.lease = grant.lease;
      std::vector<ItemIdentity> identities;
      for (const GrantItem& item : grant.items) {
        Response response;
        const Result<Request> request = decode_request(item.requests.front());
        response.text = request->prompt.substr(0, request->prompt.size() - 1);
        const std::uint64_t id = std::stoull(item.item);
        if (forges.contains(worker.value) && id % 100 < forged_in_hundred) response.text = "42";
        results.items.push_back({item.index, {encode(response)}});
        identities.push_back({item.digest, item.repeat});
      }
      receive("pool", PeerId{100 + worker.value}, results);
      sent_[grant.lease] = {std::move(results), std::move(identities)};
    }
    return true;
  }

 public:
  std::uint64_t forged_in_hundred = 10;
  bool answers = true;  ///< Else what is asked waits.

 private:
  struct Sent {
    Results results;
    std::vector<ItemIdentity> items;
  };

  void acknowledged(const Acknowledge& known) {
    const auto sent = sent_.find(known.lease);
    if (sent == sent_.end()) return;
    signers_.at(sent->second.results.worker.value)
        .recorded(sent->second.results, sent->second.items, known.recorded);
    sent_.erase(sent);
  }

  void add_suite() {
    std::string data;
    for (std::size_t i = 0; i < item_count; ++i) {
      data += "{\"id\":" + std::to_string(i) + ",\"q\":\"" + std::to_string(1000 + i) + "\"}\n";
    }
    const std::string suite =
        "suite: s\nversion: 1\naxes: {a: {weight: 1}}\ntasks:\n  - task: t\n    axis: a\n"
        "    output_type: generate_until\n    dataset_kwargs: {data_files: d.jsonl}\n"
        "    doc_to_text: '{{q}}?'\n    doc_to_target: '{{q}}'\n"
        "    generation_kwargs: {until: ['.'], max_gen_toks: 8}\n"
        "    metric_list: [{metric: exact_match}]\n";
    Manifest manifest;
    manifest.main = "s.yaml";
    for (const auto& [path, bytes] :
         std::map<std::string, std::string>{{"s.yaml", suite}, {"d.jsonl", data}}) {
      say("put", Json::object(), {bytes});
      manifest.files.push_back({path, bytes.size(), {sha256(bytes)}});
    }
    const Reply reply = say("suite.add", to_json(manifest));
    EXPECT_EQ(reply.code, ReplyCode::done) << reply.body;
  }

  std::deque<Grant> inbox_;
  std::set<std::uint64_t> workers_;
  std::map<std::uint64_t, BatchSigner> signers_;
  std::map<LeaseId, Sent> sent_;
  Instant signing_time_;
};

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
  EXPECT_EQ(hall.commit(11, "n").code, ReplyCode::bad_input);  // A number is used once.
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
