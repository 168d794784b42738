// What is in the store of a plan that is on record may have been altered or lost by whoever has the
// disk. Nobody is asked by it, nobody is accused by it, and the pool goes on.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "coordinator/keys.h"
#include "coordinator/plan_store.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "coordinator/suite_files.h"
#include "tests/coordinator/audit_hall.h"

namespace gwageo::testing {
namespace {

const JobId first_job{1};
constexpr Range first_block{0, entries_of_block};

class DamagedPlans : public ::testing::Test {
 protected:
  std::string key(std::uint32_t block) const {
    return keys::plan_block(hall_.state().suites().at("s").back().manifest, block);
  }
  void put(std::uint32_t block, const std::optional<std::string>& bytes) {
    WriteBatch batch;
    if (bytes) batch.puts.emplace_back(key(block), *bytes);
    if (!bytes) batch.erasures.emplace_back(key(block));
    ASSERT_TRUE(hall_.disk().write(batch, Sync::yes));
  }
  std::string row(std::uint32_t block) const {
    return hall_.store().read(key(block)).value().value();
  }
  /// The same with other questions.
  std::string with_other_numbers(std::string block) const {
    for (std::size_t at = block.find('?'); at != std::string::npos; at = block.find('?', at + 1)) {
      block[at - 1] = static_cast<char>(block[at - 1] ^ 1);
    }
    return block;
  }
  void restart() {
    hall_.restart();
    for (const std::uint64_t worker : {1, 2}) hall_.join(worker);
  }
  std::string submit() {
    return hall_.say("submit", Json::Object{{"request", "r"}, {"model", "m"}, {"suite", "s"}}).body;
  }
  const Job& job() const { return *hall_.state().job(first_job); }
  std::string said(const std::string& verb, const char* member) {
    const Json body = Json::parse(hall_.say(verb, Json::Object{{"job", "1"}}).body).value();
    const Json* const found = body.find(member);
    return found == nullptr ? "" : found->as_string();
  }
  void expect_held_back(const std::string& why) {
    EXPECT_TRUE(job().paused);
    EXPECT_TRUE(job().executed.intersection(first_block).empty());
    EXPECT_TRUE(hall_.state().leases_of(first_job).empty());
    const std::string reason = said("status", "paused_because");
    EXPECT_NE(reason.find("what it asks cannot be read as it is on record"), std::string::npos)
        << reason;
    EXPECT_NE(reason.find(why), std::string::npos) << reason;
    EXPECT_TRUE(hall_.state().quarantine().empty());
  }
  void expect_done_once_resumed() {
    EXPECT_EQ(hall_.say("resume", Json::Object{{"job", "1"}}).code, ReplyCode::done);
    hall_.let_pass(seconds(60));
    EXPECT_FALSE(job().paused);
    ASSERT_TRUE(job().scored);
    EXPECT_EQ(job().executed.size(), audited_items);
  }

  AuditHall hall_{2};
};

TEST_F(DamagedPlans, AreNotAsked) {
  const std::string whole = row(0);
  for (const std::optional<std::string>& damaged :
       {std::optional(with_other_numbers(whole)), std::optional<std::string>()}) {
    put(0, damaged);
    if (hall_.state().jobs().empty()) submit();
    hall_.say("resume", Json::Object{{"job", "1"}});
    hall_.let_pass(seconds(10));
    expect_held_back(damaged ? "it was altered" : "block 0 is missing or damaged");
    restart();
    hall_.let_pass(seconds(10));
    expect_held_back("");
    // Whoever resumes it as it is gets no further.
    EXPECT_EQ(hall_.say("resume", Json::Object{{"job", "1"}}).code, ReplyCode::done);
    hall_.let_pass(seconds(10));
    expect_held_back("");
  }
  put(0, whole);
  expect_done_once_resumed();
}

TEST_F(DamagedPlans, OfWhichTheHeaderIsGoneAreNotAsked) {
  const std::string whole = row(keys::last_block);
  put(keys::last_block, std::nullopt);
  EXPECT_NE(submit().find("its header is missing or damaged"), std::string::npos);
  put(keys::last_block, whole);
  hall_.answers = false;
  submit();
  put(keys::last_block, std::nullopt);
  restart();
  hall_.let_pass(seconds(10));
  expect_held_back("its header is missing or damaged");
  put(keys::last_block, whole);
  hall_.answers = true;
  expect_done_once_resumed();
}

// The next version of the suite asks the same, and one thing more.
TEST_F(DamagedPlans, OfOthersAreNoMatterForAJobThatCouldTakeTheirAnswersOver) {
  hall_.run_job();
  const std::string lost = key(keys::last_block);
  const Manifest before =
      read_manifest(hall_.store(), hall_.state().suites().at("s").back().manifest).value();
  Manifest next = before;
  for (ManifestFile& file : next.files) {
    std::string bytes = hall_.store().read(keys::blob(file.pieces.front())).value().value();
    const std::size_t version = bytes.find("version: 1");
    if (version != std::string::npos) bytes.replace(version, 10, "version: 2");
    if (version == std::string::npos) bytes += "{\"id\":400,\"q\":\"1400\"}\n";
    hall_.say("put", Json::object(), {bytes});
    file = {file.path, bytes.size(), {sha256(bytes)}};
  }
  ASSERT_EQ(hall_.say("suite.add", to_json(next)).code, ReplyCode::done);
  ASSERT_TRUE(hall_.disk().write({{}, {lost}}, Sync::yes));
  restart();
  hall_.say("submit", Json::Object{{"request", "r2"}, {"model", "m"}, {"suite", "s@2"}});
  hall_.let_pass(seconds(60));
  const Job& anew = hall_.state().jobs().rbegin()->second;
  EXPECT_TRUE(anew.scored);
  EXPECT_EQ(anew.executed.size(), audited_items + 1);
}

TEST_F(DamagedPlans, HoldBackWhatWasAskedBefore) {
  hall_.answers = false;
  submit();
  const std::string whole = row(0);
  ASSERT_FALSE(hall_.state().leases_of(first_job).empty());
  put(0, with_other_numbers(whole));
  hall_.restart();
  hall_.answers = true;
  hall_.let_pass(seconds(10));
  expect_held_back("it was altered");
  put(0, whole);
  restart();
  expect_done_once_resumed();
}

// One worker answers, and its answers wait for somebody to check them by.
class UncheckedAnswers : public DamagedPlans {
 protected:
  UncheckedAnswers() {
    EXPECT_EQ(hall_.say("checks.set", Json::Object{{"again", 500'000}, {"known", 0}}).code,
              ReplyCode::done);
    hall_.leave(2);
    hall_.run_job();
  }
  std::uint64_t checked() const {
    std::uint64_t all = 0;
    for (const auto& [name, of_name] : hall_.state().checks()) all += of_name.all().checked;
    return all;
  }
  std::uint64_t differed() const {
    std::uint64_t all = 0;
    for (const auto& [name, of_name] : hall_.state().checks()) all += of_name.all().differed;
    return all;
  }
  void bring_another_worker() {
    hall_.restart();
    hall_.join(3, "other");
    hall_.let_pass(seconds(60));
  }
};

TEST_F(UncheckedAnswers, AreCheckedInTheNextLife) {
  bring_another_worker();
  EXPECT_GT(checked(), 0U);
  EXPECT_EQ(differed(), 0U);
}

TEST_F(UncheckedAnswers, AreNotCheckedByAnAlteredPlan) {
  for (std::uint32_t block = 0; block < 4; ++block) put(block, with_other_numbers(row(block)));
  bring_another_worker();
  EXPECT_EQ(checked(), 0U);
  EXPECT_TRUE(hall_.state().quarantine().empty());
}

TEST_F(UncheckedAnswers, AreNotCheckedByAlteredOnes) {
  WriteBatch batch;
  const keys::KeyRange results = keys::result_blocks(first_job);
  ASSERT_TRUE(
      hall_.store().scan(results.first, results.second, [&](std::string_view at, auto bytes) {
        std::string altered(bytes);
        for (std::size_t of = 0; of + 2 < altered.size(); ++of) {
          if (altered[of] == '1' && altered[of + 1] >= '0' && altered[of + 1] <= '3') {
            altered[of] = '2';
          }
        }
        batch.puts.emplace_back(at, altered);
        return true;
      }));
  ASSERT_TRUE(hall_.disk().write(batch, Sync::yes));
  bring_another_worker();
  EXPECT_EQ(differed(), 0U);
  EXPECT_TRUE(hall_.state().quarantine().empty());
}

}  // namespace
}  // namespace gwageo::testing
