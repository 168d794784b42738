// Answers that are on record and not in the store, or others in their place: nothing is scored as
// if nobody had given them, or the others.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/evaluation.h"
#include "coordinator/keys.h"
#include "coordinator/lost_answers.h"
#include "coordinator/plan_store.h"
#include "coordinator/result_block.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "coordinator/suite_files.h"
#include "protocol/bytes.h"
#include "protocol/json.h"
#include "tests/coordinator/audit_hall.h"

namespace gwageo::testing {
namespace {

// The block with another response to the first of its items, and of another worker.
std::string altered(std::string_view bytes) {
  ResultBlock block = decode_result_block(bytes).value();
  Response response = decode_response(block.items.front().responses.front()).value();
  response.text = "another answer";
  block.items.front().responses.front() = encode(response);
  block.worker = {7};
  return encode(block);
}

// The same rows but for the first `without` blocks of results of job 1, which are not there, or
// altered.
std::unique_ptr<Store> copy_of(const Store& store, int without, bool alters = false) {
  std::unique_ptr<Store> copy = new_memory_store();
  WriteBatch batch;
  const keys::KeyRange results = keys::result_blocks(JobId{1});
  EXPECT_TRUE(store.scan("", "z", [&](std::string_view key, std::string_view value) {
    const bool is_lost = key >= results.first && key < results.second && without-- > 0;
    if (is_lost && !alters) return true;
    batch.puts.emplace_back(key, is_lost ? altered(value) : value);
    return true;
  }));
  EXPECT_TRUE(copy->write(batch, Sync::no));
  return copy;
}

TEST(MissingAnswers, AreNoScore) {
  AuditHall hall(2);
  hall.run_job();
  const Job& job = *hall.state().job(JobId{1});
  const JobOnRecord input = on_record(hall.state(), job);
  const Result<Evaluation> whole = evaluate(input, *copy_of(hall.store(), 0));
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->scored.outcomes, job.scored->outcomes);
  const Result<Evaluation> part = evaluate(input, *copy_of(hall.store(), 1));
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().kind, ErrorKind::corrupt);
  EXPECT_NE(part.error().message.find("job 1: the answer to plan index"), std::string::npos)
      << part.error().message;
}

TEST(AlteredAnswers, AreNoScore) {
  AuditHall hall(2);
  hall.run_job();
  const JobOnRecord input = on_record(hall.state(), *hall.state().job(JobId{1}));
  const Result<Evaluation> altered = evaluate(input, *copy_of(hall.store(), 1, true));
  ASSERT_FALSE(altered);
  EXPECT_EQ(altered.error().kind, ErrorKind::corrupt);
  EXPECT_NE(altered.error().message.find("job 1: the answers of lease "), std::string::npos);
  EXPECT_NE(altered.error().message.find(" differ from what was recorded"), std::string::npos)
      << altered.error().message;
}

// Who answered is no part of what is vouched for by the root: the lease on record says it.
TEST(AlteredAnswers, SayNothingOfWhoGaveThem) {
  AuditHall hall(2);
  hall.run_job();
  const JobOnRecord input = on_record(hall.state(), *hall.state().job(JobId{1}));
  const std::unique_ptr<Store> copy = copy_of(hall.store(), 0);
  WriteBatch batch;
  const keys::KeyRange results = keys::result_blocks(JobId{1});
  ASSERT_TRUE(copy->scan(results.first, results.second, [&](std::string_view key, auto value) {
    ResultBlock block = decode_result_block(value).value();
    block.worker = {7};
    batch.puts.emplace_back(key, encode(block));
    return true;
  }));
  ASSERT_TRUE(copy->write(batch, Sync::no));
  StoredItems whole(input, hall.store());
  StoredItems items(input, *copy);
  for (std::uint64_t i = 0; i < input.job.accepted.items; ++i) {
    const Result<JobItem> item = items.next();
    ASSERT_TRUE(item) << item.error().message;
    EXPECT_EQ(item->worker, whole.next()->worker);
  }
}

// A block that no record vouches for is as good as not there.
TEST(AlteredAnswers, BesideTheRecordedOnesAreNotRead) {
  AuditHall hall(2);
  hall.run_job();
  const Job& job = *hall.state().job(JobId{1});
  const std::unique_ptr<Store> copy = copy_of(hall.store(), 0);
  std::string first;
  const keys::KeyRange results = keys::result_blocks(JobId{1});
  ASSERT_TRUE(copy->scan(results.first, results.second, [&](std::string_view, auto value) {
    first = altered(value);
    return false;
  }));
  ASSERT_TRUE(copy->write({{{keys::result_block(JobId{1}, 0, LeaseId{99}), first}}, {}}, Sync::no));
  const Result<Evaluation> again = evaluate(on_record(hall.state(), job), *copy);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->scored.results_root, job.scored->results_root);
}

constexpr JobId lost_job{1};

/// A pool whose disk loses answers of job 1 between its last answer and its score, once.
class ForgetfulHall : public AuditHall {
 public:
  ForgetfulHall() : AuditHall(2) {
    Json red =
        Json::Object{{"name", "red"}, {"role", "team"}, {"curve_key", to_hex(sha256("red"))}};
    red["sign_key"] = to_hex(sign_key_of("red"));
    EXPECT_EQ(say("keys.add", red).code, ReplyCode::done);
  }
  /// The first so many blocks of job 1 are gone, or altered; returns how many there were.
  std::size_t lose(std::size_t count) {
    WriteBatch batch;
    std::size_t all = 0;
    const keys::KeyRange results = keys::result_blocks(lost_job);
    EXPECT_TRUE(store().scan(results.first, results.second, [&](std::string_view key, auto value) {
      if (all++ >= count) return true;
      if (alters) batch.puts.emplace_back(key, altered(value));
      if (!alters) batch.erasures.emplace_back(key);
      return true;
    }));
    EXPECT_TRUE(disk().write(batch, Sync::yes));
    return all;
  }
  JobId submit(const std::string& request) {
    const Json body = Json::Object{{"request", request}, {"model", "m"}, {"suite", "s"}};
    const Reply reply = say("submit", body, {}, "red");
    EXPECT_EQ(reply.code, ReplyCode::done) << reply.body;
    let_pass(seconds(30));
    return state().jobs().rbegin()->first;
  }
  Reply ask(const std::string& verb, JobId job, const std::string& who = "op") {
    return say(verb, Json::Object{{"job", std::to_string(job.value)}}, {}, who);
  }
  std::string said(const std::string& verb, JobId job, const char* member,
                   const std::string& who = "op") {
    const Reply reply = ask(verb, job, who);
    const Json body = Json::parse(reply.body).value();
    const Json* const found = body.find(member);
    return found == nullptr ? "" : found->as_string();
  }
  /// It stands as damaged, with all that somebody needs to know.
  void expect_damaged(JobId job, const std::string& which) {
    for (const std::string& text :
         {said("status", job, "damaged"), said("explain", job, "damaged", "red"),
          said("results", job, "error", "red")}) {
      EXPECT_NE(text.find("answers of lease "), std::string::npos) << text;
      EXPECT_NE(text.find(which), std::string::npos) << text;
      EXPECT_NE(text.find("recover --from MIRROR --rows"), std::string::npos) << text;
      EXPECT_EQ(text.find("restore"), std::string::npos) << text;
    }
    const Json first = Json::Object{{"job", std::to_string(job.value)}, {"from", 0}};
    const std::string page = say("items", first, {}, "red").body;
    EXPECT_NE(page.find("recover --from MIRROR --rows"), std::string::npos) << page;
    EXPECT_NE(page.find("gwageo cancel " + std::to_string(job.value)), std::string::npos) << page;
    const Json pool = Json::parse(say("status", Json::object()).body).value();
    EXPECT_NE(pool.find("jobs")->as_array()[job.value - 1].find("damaged"), nullptr);
  }
  /// An operator closes it, nobody else, and why is on record.
  void close(JobId job, const std::string& why = "answers of lease ") {
    EXPECT_EQ(ask("cancel", job, "red").code, ReplyCode::not_allowed);
    const Reply closed = ask("cancel", job);
    EXPECT_EQ(closed.code, ReplyCode::done) << closed.body;
    EXPECT_EQ(state().job(job)->phase(), JobPhase::cancelled);
    EXPECT_NE(said("status", job, "reason").find("op: " + why), std::string::npos);
    EXPECT_EQ(said("status", job, "damaged"), "");
    const std::string results = said("results", job, "error");
    EXPECT_NE(results.find("the job was closed without a score"), std::string::npos) << results;
    EXPECT_EQ(results.find("gwageo cancel"), std::string::npos) << results;
    EXPECT_EQ(ask("cancel", job).code, ReplyCode::no);
  }

  bool forgets = false;
  bool alters = false;        ///< Rather.
  std::size_t forgotten = 2;  ///< Blocks.

 protected:
  bool finishes(ErrandKind) override {
    const Job* const job = state().job(lost_job);
    if (!forgets || job == nullptr || !job->settled()) return true;
    forgets = false;
    lose(forgotten);
    return false;
  }
};

TEST(MissingAnswers, OfAJobAreNoMatterForOthersAndItCanBeClosed) {
  ForgetfulHall hall;
  hall.forgets = true;
  EXPECT_EQ(hall.submit("r1"), lost_job);
  ASSERT_TRUE(hall.state().job(lost_job)->settled());
  for (int life = 0; life < 2; ++life) {
    hall.restart();
    hall.let_pass(seconds(2));
    EXPECT_FALSE(hall.state().job(lost_job)->scored);
    hall.expect_damaged(lost_job, "(items 0 to ");
  }
  hall.join(1);
  hall.join(2);
  hall.close(lost_job);
  EXPECT_TRUE(counts_for_nothing(hall.state(), lost_job, {{0, 1}}));
  // What is there of it is not taken either: no record says which it is.
  const JobId again = hall.submit("r2");
  EXPECT_TRUE(hall.state().job(again)->adoptions.empty());
  EXPECT_EQ(hall.state().job(again)->executed.size(), audited_items);
  EXPECT_TRUE(hall.state().job(again)->scored);
  hall.restart();
  hall.let_pass(seconds(2));
  EXPECT_EQ(hall.state().job(lost_job)->phase(), JobPhase::cancelled);
  // And the next takes over what is there.
  const JobId third = hall.submit("r3");
  EXPECT_TRUE(hall.state().job(third)->executed.empty());
  EXPECT_TRUE(hall.state().job(third)->scored);
}

TEST(MissingAnswers, OfAnotherJobThatTookThemOverAreNotTakenAgain) {
  ForgetfulHall hall;
  EXPECT_EQ(hall.submit("r1"), lost_job);
  const Scored scored = *hall.state().job(lost_job)->scored;
  EXPECT_GT(hall.lose(1), 1U);
  const JobId second = hall.submit("r2");
  EXPECT_FALSE(hall.state().job(second)->scored);
  hall.expect_damaged(second, "(job 1, items 0 to ");
  hall.close(second);
  EXPECT_EQ(hall.state().job(lost_job)->scored, scored) << "it stays as it was signed";
  EXPECT_EQ(hall.ask("cancel", lost_job).code, ReplyCode::no);
  const JobId third = hall.submit("r3");
  EXPECT_EQ(hall.state().job(third)->executed.size(), audited_items);
  EXPECT_TRUE(hall.state().job(third)->scored);
}

TEST(AlteredAnswers, OfAJobAreNotScoredAndItCanBeClosed) {
  ForgetfulHall hall;
  hall.forgets = hall.alters = true;
  EXPECT_EQ(hall.submit("r1"), lost_job);
  hall.restart();
  hall.let_pass(seconds(2));
  EXPECT_FALSE(hall.state().job(lost_job)->scored);
  hall.expect_damaged(lost_job, "are there and are not what was recorded");
  hall.join(1);
  hall.join(2);
  hall.close(lost_job);
  const JobId again = hall.submit("r2");
  EXPECT_EQ(hall.state().job(again)->executed.size(), audited_items);
  EXPECT_TRUE(hall.state().job(again)->scored);
}

TEST(AlteredAnswers, OfAnotherJobThatTookThemOverAreNotScored) {
  ForgetfulHall hall;
  hall.alters = true;
  EXPECT_EQ(hall.submit("r1"), lost_job);
  EXPECT_GT(hall.lose(1), 1U);
  const JobId second = hall.submit("r2");
  EXPECT_FALSE(hall.state().job(second)->scored);
  hall.expect_damaged(second, "(job 1, items 0 to ");
  hall.close(second);
}

// What is scored is what was asked, by what the suite says.
TEST(AlteredAnswers, OrAnAlteredSuiteAreNoScore) {
  AuditHall hall(2);
  hall.run_job();
  const JobOnRecord input = on_record(hall.state(), *hall.state().job(JobId{1}));
  const std::unique_ptr<Store> copy = copy_of(hall.store(), 0);
  const Manifest manifest = read_manifest(*copy, input.manifest()).value();
  const auto main = std::find_if(manifest.files.begin(), manifest.files.end(),
                                 [&](const auto& file) { return file.path == manifest.main; });
  ASSERT_NE(main, manifest.files.end());
  const Digest piece = main->pieces.front();
  ASSERT_TRUE(copy->write({{{keys::blob(piece), "another"}}, {}}, Sync::no));
  const Result<Evaluation> again = evaluate(input, *copy);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::corrupt);
  EXPECT_NE(again.error().message.find("was altered: its digest is "), std::string::npos);
}

/// Its first block of entries, with another question in it.
void alter_plan(const Store& store, const Digest& manifest, Store& to) {
  const std::string key = keys::plan_block(manifest, 0);
  std::string block = store.read(key).value().value();
  const std::size_t at = block.find('?');
  ASSERT_NE(at, std::string::npos);
  block[at] = '!';
  ASSERT_TRUE(to.write({{{key, block}}, {}}, Sync::no));
}

TEST(AlteredPlans, AreNoScoreAndNoAudit) {
  ForgetfulHall hall;
  EXPECT_EQ(hall.submit("r1"), lost_job);
  const JobOnRecord input = on_record(hall.state(), *hall.state().job(lost_job));
  ASSERT_TRUE(evaluate(input, hall.store()));
  alter_plan(hall.store(), input.manifest(), hall.disk());
  const Result<Evaluation> again = evaluate(input, hall.store());
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find(" as on record: it was altered"), std::string::npos)
      << again.error().message;
  // A replay would ask other questions, and accuse whoever answered the right ones.
  ASSERT_EQ(hall.commit(20, "number").code, ReplyCode::done);
  const Reply drawn = hall.reveal(1, "number");
  EXPECT_NE(drawn.code, ReplyCode::done);
  EXPECT_NE(drawn.body.find("it was altered"), std::string::npos) << drawn.body;
}

/// Which items of the suite ask the same as an earlier one, as the store then says.
void claim_duplicates(ForgetfulHall& hall,
                      const std::vector<std::pair<std::uint64_t, std::uint64_t>>& pairs) {
  ByteWriter row;
  for (const auto& [index, first] : pairs) {
    row.u64(index);
    row.u64(first);
  }
  const Digest manifest = hall.state().suites().begin()->second.back().manifest;
  const std::string key = keys::plan_keys(manifest, keys::last_block);
  ASSERT_TRUE(hall.disk().write({{{key, row.take()}}, {}}, Sync::yes));
}

// No root is over the rows by which known answers are looked up.
TEST(AlteredAnswers, OfAnotherQuestionAreNotTakenForOnesOfThis) {
  ForgetfulHall hall;
  claim_duplicates(hall, {{1, 0}, {2, 0}});
  EXPECT_EQ(hall.submit("r1"), lost_job);
  EXPECT_FALSE(hall.state().job(lost_job)->scored);
  EXPECT_NE(hall.said("status", lost_job, "damaged")
                .find("plan index 1 took over the answer to another question, of index 0 of job 1"),
            std::string::npos)
      << hall.said("status", lost_job, "damaged");
  hall.close(lost_job, "plan index 1 took over");
}

TEST(AlteredAnswers, AreNotLookedUpByRowsThatCannotBe) {
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> rows = {
      {5, 100'000}, {7, UINT64_MAX}, {UINT64_MAX, 3}, {0, 0}, {5, 7}};
  for (const auto& wrong : rows) {
    ForgetfulHall hall;
    claim_duplicates(hall, {wrong});
    EXPECT_EQ(hall.submit("r"), lost_job);
    EXPECT_TRUE(hall.state().job(lost_job)->adoptions.empty());
    EXPECT_TRUE(hall.state().job(lost_job)->scored);
  }
}

// Else whoever loses what a score rests on makes it good again by closing where it came from.
TEST(MissingAnswers, OnWhichAScoreRestsStillCountWhereTheirOwnJobIsClosed) {
  ForgetfulHall hall;
  hall.forgets = true;
  hall.forgotten = 0;
  EXPECT_EQ(hall.submit("r1"), lost_job);
  const JobId second = hall.submit("r2");
  ASSERT_TRUE(hall.state().job(second)->scored);
  ASSERT_EQ(hall.state().job(second)->adoptions.size(), 1U);
  ASSERT_FALSE(hall.state().job(lost_job)->scored);
  hall.lose(2);
  hall.restart();
  hall.let_pass(seconds(2));
  EXPECT_FALSE(counts_for_nothing(hall.state(), lost_job, {{0, 1}}));
  hall.close(lost_job);
  EXPECT_FALSE(counts_for_nothing(hall.state(), lost_job, {{0, 1}}));
}

}  // namespace
}  // namespace gwageo::testing
