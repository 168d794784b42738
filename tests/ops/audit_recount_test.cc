// The comparison of an audit, made again from rows: what a coordinator says of it is put beside.
#include "ops/audit_recount.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/result_block.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "protocol/request.h"
#include "tests/coordinator/audit_hall.h"
#include "tests/ops/kept_log.h"

namespace gwageo::testing {
namespace {

/// What a coordinator that wants no trouble says of an audit that found some.
Json whitewashed(Json report) {
  report["differ"] = 0;
  report["differing"] = Json::array();
  report["verdict"] = "consistent";
  return report;
}

class AuditRecount : public ::testing::Test {
 protected:
  void SetUp() override {
    AuditHall::engine = "paced";
    hall_.forges = {2};
    hall_.run_job();
    hall_.forges.clear();
    report_ = hall_.audited(400);
    ASSERT_EQ(*report_.find("verdict"), Json("inconsistent"));
  }

  AuditHall hall_{4};
  const NoteKey key_{hall_.log, verifying_key(SigningKey{{9}})};
  std::string note_over(const Store& store) const {
    return sign_checkpoint(head_of(store, hall_.log), SigningKey{{9}});
  }
  Recount recounted(const Store& rows, const Json& said) const {
    const Result<Recount> found =
        recount(rows, note_over(hall_.store()), {1, "1", {}, 0.01}, key_, std::nullopt, said);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(Recount{});
  }
  /// A copy of the rows, of which `change` makes others.
  std::unique_ptr<Store> changed(
      const std::function<void(const std::string& key, std::string& value)>& change) const {
    std::unique_ptr<Store> copy = new_memory_store();
    EXPECT_TRUE(hall_.store().scan("", "\xff", [&](std::string_view key, std::string_view value) {
      std::string bytes(value);
      change(std::string(key), bytes);
      WriteBatch row;
      row.puts.emplace_back(key, std::move(bytes));
      return copy->write(row, Sync::no).has_value();
    }));
    return copy;
  }

  Json report_;
};

TEST_F(AuditRecount, AnHonestCoordinatorSaysTheSame) {
  const Recount found = recounted(hall_.store(), report_);
  EXPECT_EQ(found.reason, "");
  EXPECT_EQ(found.differing, std::vector<std::string>{});
  EXPECT_TRUE(found.is_good());
  EXPECT_EQ(found.report, report_);
}

TEST_F(AuditRecount, ACoordinatorThatSaysOtherwiseIsFound) {
  const Recount found = recounted(hall_.store(), whitewashed(report_));
  EXPECT_FALSE(found.is_good());
  EXPECT_EQ(found.reason, "");
  ASSERT_EQ(found.differing.size(), 3U);
  EXPECT_NE(found.differing[0].find("and the coordinator says 0"), std::string::npos);
  EXPECT_NE(found.differing[2].find("verdict is \"inconsistent\""), std::string::npos);
}

// Whoever gives out the replay's answers as those that were forged has other bytes than the record.
TEST_F(AuditRecount, RowsThatAreNotTheRecordsAreFound) {
  const keys::KeyRange forged = keys::result_blocks({1});
  const auto rows = changed([&](const std::string& key, std::string& value) {
    if (key < forged.first || key >= forged.second) return;
    const Result<ResultBlock> block = decode_result_block(value);
    if (!block || block->worker.value != 2) return;
    ResultBlock other = *block;
    other.items.front().responses.front() = encode(Response{});
    value = encode(other);
  });
  const Recount found = recounted(*rows, whitewashed(report_));
  EXPECT_FALSE(found.is_good());
  EXPECT_NE(found.reason.find("differ from what was recorded"), std::string::npos) << found.reason;
}

// Samples are split by who answered, and that is in no root: else whoever holds the rows could send
// items back to the workers that had answered them.
TEST_F(AuditRecount, AnswersOfAnotherWorkerThanHadTheLeaseAreFound) {
  const keys::KeyRange renamed = keys::result_blocks({1});
  const auto rows = changed([&](const std::string& key, std::string& value) {
    if (key < renamed.first || key >= renamed.second) return;
    ResultBlock block = decode_result_block(value).value();
    block.worker = {block.worker.value == 1 ? 2U : 1U};
    value = encode(block);
  });
  const Recount found = recounted(*rows, report_);
  EXPECT_FALSE(found.is_good());
  EXPECT_NE(found.reason.find("are of another lease or worker"), std::string::npos) << found.reason;
}

// Whoever signs a drawing that sends items back to those who answered them has signed the lie.
TEST_F(AuditRecount, PartsThatAreKeptFromOthersThanAnsweredThemAreFound) {
  const std::unique_ptr<Store> rows = changed([](const std::string&, std::string&) {});
  const keys::KeyRange journal = keys::journal_from(0);
  Digest previous;
  WriteBatch records;
  ASSERT_TRUE(hall_.store().scan(journal.first, journal.second, [&](auto key, auto bytes) {
    Record record = decode_record(bytes).value();
    if (auto* const drawn = std::get_if<AuditDrawn>(&record.fact)) {
      std::swap(drawn->parts[0].not_on, drawn->parts[1].not_on);
    }
    std::string encoded =
        encode_record(record.sequence, record.at, record.wall, previous, record.fact,
                      record.statement ? &*record.statement : nullptr);
    previous = merkle_leaf(encoded);
    records.puts.emplace_back(key, std::move(encoded));
    return true;
  }));
  ASSERT_TRUE(rows->write(records, Sync::no));
  const Result<Recount> found =
      recount(*rows, note_over(*rows), {1, "1", {}, 0.01}, key_, std::nullopt, report_);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NE(found->reason.find("part 1 of audit 1 is kept from w3, w4, but by the leases on record "
                               "its items were answered by w1, w2"),
            std::string::npos)
      << found->reason;
}

TEST_F(AuditRecount, AnotherStoryThanThatOfTheFixedRootIsFound) {
  FixedRoot held;
  held.size = hall_.state().audits().at(1).size;
  held.root = sha256("another");
  held.head = Checkpoint{hall_.log, held.size, held.root};
  const Result<Recount> found =
      recount(hall_.store(), note_over(hall_.store()), {1, "1", {}, 0.01}, key_, held, report_);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NE(found->reason.find("the kept root of the sample"), std::string::npos) << found->reason;
}

TEST_F(AuditRecount, DisownedAnswersCountForNothingHereEither) {
  for (const char* const verb : {"quarantine", "disown"}) {
    const Json body = Json::Object{{"worker", "w2"}, {"reason", "it lies"}};
    ASSERT_EQ(hall_.say(verb, body).code, ReplyCode::done);
  }
  const Json report = hall_.show(1);
  const Recount honest = recounted(hall_.store(), report);
  EXPECT_TRUE(honest.is_good()) << ::testing::PrintToString(honest.differing);
  EXPECT_EQ(*honest.report.find("verdict"), Json("escalate"));
  Json hidden = report;
  hidden["disowned"] = 0;
  hidden["voided"] = false;
  const Recount found = recounted(hall_.store(), hidden);
  ASSERT_EQ(found.differing.size(), 2U);
  EXPECT_NE(found.differing[0].find("voided is true"), std::string::npos) << found.differing[0];
}

TEST_F(AuditRecount, AnAuditThatIsNotOnRecordIsFound) {
  const Result<Recount> found = recount(hall_.store(), note_over(hall_.store()), {2, "1", {}, 0.01},
                                        key_, std::nullopt, report_);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NE(found->reason.find("has no audit 2 of job 1"), std::string::npos) << found->reason;
}

}  // namespace
}  // namespace gwageo::testing
