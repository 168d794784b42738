// A journal that holds together in which somebody changed what was signed, or by whom.
#include "ops/statements.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/store.h"
#include "tests/coordinator/programme_hall.h"

namespace gwageo::testing {
namespace {

class StatementsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    hall_.target("gates: {conduct: {decision: {rule: '7'}}}\n");
    hall_.examine();
    EXPECT_EQ(hall_.open("s-1"), "done");
    EXPECT_EQ(hall_.tell("gate.decide", Json::Object{{"target", "t"},
                                                     {"model", "good-150"},
                                                     {"gate", "conduct"},
                                                     {"passed", true},
                                                     {"rule", "7"},
                                                     {"reason", "it is so"}}),
              "done");
    EXPECT_EQ(hall_.tell("submit", Json::Object{{"request", "r"},
                                                {"model", "ref-100"},
                                                {"suite", "s"},
                                                {"skip_lookup", true}}),
              "done");
    Json red = Json::Object{{"name", "red"},
                            {"curve_key", to_hex(sha256("red-2"))},
                            {"sign_key", to_hex(sign_key_of("red-2"))}};
    EXPECT_EQ(hall_.tell("keys.rotate", red, "red"), "done");
    hall_.sign_with("red", "red-2");
    EXPECT_EQ(hall_.tell("model.add", hall_.model("red-7", "candidate", "2026-06-02"), "red"),
              "done");
    EXPECT_EQ(hall_.tell("keys.revoke", Json::Object{{"name", "blue"}, {"reason", "it is over"}}),
              "done");
    EXPECT_EQ(hall_.close("s-1", "as planned"), "done");
    hall_.pass(seconds(3));
    const keys::KeyRange all = keys::journal_from(0);
    EXPECT_TRUE(hall_.store().scan(all.first, all.second, [&](auto, std::string_view bytes) {
      records_.push_back(*decode_record(bytes));
      return true;
    }));
  }

  /// What is wrong with these records; empty: nothing.
  std::string found_in(const std::vector<Record>& records, bool is_part = false) {
    StatementCheck check(hall_.store(), is_part);
    for (const Record& record : records) {
      const Status status = check.add(record);
      counts_ = check.counts();
      if (!status) return status.error().message;
    }
    return "";
  }
  /// The last record that holds such a fact.
  template <class T>
  Record& last(std::vector<Record>& records) const {
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
      if (std::holds_alternative<T>(record->fact)) return *record;
    }
    ADD_FAILURE() << "there is none";
    return records.front();
  }
  template <class T>
  std::string after(const std::function<void(Record&, T&)>& change) {
    std::vector<Record> records = records_;
    Record& record = last<T>(records);
    change(record, std::get<T>(record.fact));
    return found_in(records);
  }
  static void expect_part(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "\"" << text << "\" without " << part;
  }

  ProgrammeHall hall_;
  std::vector<Record> records_;
  StatementCounts counts_;
};

TEST_F(StatementsTest, AnHonestJournalIsSignedThroughout) {
  EXPECT_EQ(found_in(records_), "");
  EXPECT_GT(counts_.checked, 12u);
  EXPECT_EQ(counts_.away, 0u);
  EXPECT_EQ(counts_.without, 0u) << "nobody could sign for the first keys";
  EXPECT_GT(counts_.batches, 0u);
  EXPECT_GT(counts_.results, 0u);
  EXPECT_EQ(counts_.unsigned_, 0u);
}

TEST_F(StatementsTest, AJournalOfBeforeIsCountedAndNotRefused) {
  std::vector<Record> records = records_;
  std::erase_if(records, [](Record& record) {
    record.statement.reset();
    return std::holds_alternative<BatchSigned>(record.fact);
  });
  EXPECT_EQ(found_in(records), "");
  EXPECT_EQ(counts_.checked, 0u);
  EXPECT_GT(counts_.without, 12u);
  EXPECT_EQ(counts_.unsigned_, counts_.results);
  EXPECT_TRUE(counts_.first_unsigned);
}

TEST_F(StatementsTest, WhatSomebodyChangedIsFound) {
  expect_part(after<ModelAdded>([](Record& r, ModelAdded&) { r.statement.reset(); }),
              "nobody has signed for it");
  expect_part(
      after<ModelAdded>([](Record& r, ModelAdded&) { r.statement->signature.bytes[5] ^= 1; }),
      "is not by the key");
  expect_part(after<ModelAdded>([](Record& r, ModelAdded&) { r.statement->signer = "op"; }),
              "is not by the key");
  expect_part(after<ModelAdded>([](Record& r, ModelAdded&) { r.statement->signer = "nobody"; }),
              "no principal is named nobody");
  expect_part(after<ModelAdded>([](Record& r, ModelAdded&) { r.statement->digest = sha256("?"); }),
              "is not in the store");
  expect_part(after<ModelAdded>([](Record&, ModelAdded& f) { f.released = "2025-01-01"; }),
              "`released`");
  expect_part(after<ModelAdded>([](Record&, ModelAdded& f) { f.digest = sha256("weights"); }),
              "`digest`");
  expect_part(after<JobAccepted>([](Record& r, JobAccepted& f) {
                f.cause.clear();
                if (r.statement) f.suite = "another";
              }),
              "what was signed says suite");
  expect_part(after<GateDecided>([](Record&, GateDecided& f) { f.passed = false; }), "`passed`");
  expect_part(after<GateDecided>([](Record&, GateDecided& f) { f.principal = "chair"; }),
              "signed by op");
  expect_part(after<TargetAdded>([](Record&, TargetAdded& f) { f.text += "share: 0.1\n"; }),
              "`text`");
  expect_part(after<SuiteAdded>([](Record&, SuiteAdded& f) { f.manifest = sha256("files"); }),
              "other files");
  expect_part(after<PrincipalRevoked>([](Record&, PrincipalRevoked& f) { f.name = "chair"; }),
              "`name`");
  expect_part(after<StageClosed>([](Record&, StageClosed& f) { f.stage = "s-2"; }), "`stage`");
}

TEST_F(StatementsTest, AStatementIsUsedOnceAndForItsOwnFact) {
  std::vector<Record> records = records_;
  last<ModelAdded>(records).statement = last<GateDecided>(records).statement;
  expect_part(found_in(records), "on record before");
  records = records_;
  last<GateDecided>(records).statement = last<StageOpened>(records).statement;
  last<StageOpened>(records).statement = last<GateDecided>(records_).statement;
  expect_part(found_in(records), "it is signed for the verb gate.decide");
}

// Before red's key was replaced its old one counted, and after that the new one.
TEST_F(StatementsTest, AKeySignsForTheRecordsOfItsTime) {
  std::vector<Record> records = records_;
  std::erase_if(records, [](const Record& record) {
    return std::holds_alternative<PrincipalRotated>(record.fact);
  });
  expect_part(found_in(records), "of red, which counted there");
}

TEST_F(StatementsTest, AWorkersSignatureIsOverWhatIsOnRecord) {
  expect_part(after<ResultsRecorded>(
                  [](Record&, ResultsRecorded& f) { f.records_root = sha256("better answers"); }),
              "signed other results");
  expect_part(after<BatchSigned>([](Record&, BatchSigned& f) { f.signature.bytes[9] ^= 1; }),
              "is not by the key");
  expect_part(after<BatchSigned>([](Record&, BatchSigned& f) { f.chunks.back().end += 1000; }),
              "not there");
  expect_part(after<BatchSigned>([](Record&, BatchSigned& f) { f.worker = {8}; }),
              "no such worker");
  std::vector<Record> records = records_;
  std::erase_if(records,
                [](const Record& r) { return std::holds_alternative<BatchSigned>(r.fact); });
  EXPECT_EQ(found_in(records), "");
  EXPECT_EQ(counts_.unsigned_, counts_.results) << "not false, and said so";
}

TEST_F(StatementsTest, OfAPartTheBytesMayBeElsewhere) {
  std::vector<Record> records = records_;
  last<GateDecided>(records).statement->digest = sha256("elsewhere");
  EXPECT_EQ(found_in(records, true), "");
  EXPECT_EQ(counts_.away, 1u);
}

}  // namespace
}  // namespace gwageo::testing
