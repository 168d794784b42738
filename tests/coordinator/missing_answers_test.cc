// Answers that are on record and not in the store: nothing is scored as if nobody had given them.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "coordinator/evaluation.h"
#include "coordinator/keys.h"
#include "coordinator/lost_answers.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "protocol/json.h"
#include "tests/coordinator/audit_hall.h"

namespace gwageo::testing {
namespace {

// The same rows but for the first `without` blocks of results of job 1.
std::unique_ptr<Store> copy_of(const Store& store, int without) {
  std::unique_ptr<Store> copy = new_memory_store();
  WriteBatch batch;
  const keys::KeyRange results = keys::result_blocks(JobId{1});
  EXPECT_TRUE(store.scan("", "z", [&](std::string_view key, std::string_view value) {
    if (key >= results.first && key < results.second && without-- > 0) return true;
    batch.puts.emplace_back(key, value);
    return true;
  }));
  EXPECT_TRUE(copy->write(batch, Sync::no));
  return copy;
}

TEST(MissingAnswers, AreNoScore) {
  AuditHall hall(2);
  hall.run_job();
  const Job& job = *hall.state().job(JobId{1});
  const EvaluationInput input{job, hall.state().plan_of(job.accepted).manifest};
  const Result<Evaluation> whole = evaluate(input, *copy_of(hall.store(), 0));
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->scored.outcomes, job.scored->outcomes);
  const Result<Evaluation> part = evaluate(input, *copy_of(hall.store(), 1));
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().kind, ErrorKind::corrupt);
  EXPECT_NE(part.error().message.find("job 1: the answer to plan index"), std::string::npos)
      << part.error().message;
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
  /// The first so many blocks of job 1 are gone; returns how many there were.
  std::size_t lose(std::size_t count) {
    WriteBatch batch;
    std::size_t all = 0;
    const keys::KeyRange results = keys::result_blocks(lost_job);
    EXPECT_TRUE(store().scan(results.first, results.second, [&](std::string_view key, auto) {
      if (all++ < count) batch.erasures.emplace_back(key);
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
    const Json pool = Json::parse(say("status", Json::object()).body).value();
    EXPECT_NE(pool.find("jobs")->as_array()[job.value - 1].find("damaged"), nullptr);
  }
  /// An operator closes it, nobody else, and why is on record.
  void close(JobId job) {
    EXPECT_EQ(ask("cancel", job, "red").code, ReplyCode::not_allowed);
    const Reply closed = ask("cancel", job);
    EXPECT_EQ(closed.code, ReplyCode::done) << closed.body;
    EXPECT_EQ(state().job(job)->phase(), JobPhase::cancelled);
    EXPECT_NE(said("status", job, "reason").find("op: answers of lease "), std::string::npos);
    EXPECT_EQ(said("status", job, "damaged"), "");
    EXPECT_EQ(ask("cancel", job).code, ReplyCode::no);
  }

  bool forgets = false;
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
