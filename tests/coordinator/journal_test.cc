#include "coordinator/journal.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/fact_codec.h"
#include "protocol/digest.h"
#include "tests/coordinator/fact_samples.h"

namespace gwageo {
namespace {

/// A journal of every kind of fact, three times over.
struct Sample {
  JournalWriter writer;
  std::vector<std::string> records;

  Sample() {
    for (int round = 0; round < 3; ++round) {
      for (const Fact& fact : samples::full_facts()) append(fact);
    }
  }
  void append(const Fact& fact) {
    const auto n = static_cast<std::int64_t>(records.size());
    JournalEntry entry = writer.append(Instant{n / 2 * 100}, WallTime{1795321813000000 - n}, fact);
    EXPECT_EQ(entry.sequence, records.size());
    EXPECT_EQ(entry.leaf, merkle_leaf(entry.bytes));
    records.push_back(std::move(entry.bytes));
  }
};

/// Reads `records` to the end or to the first failure.
JournalVerifier verify(const std::vector<std::string>& records) {
  JournalVerifier verifier;
  for (const std::string& record : records) {
    if (!verifier.add(record)) break;
  }
  return verifier;
}

std::string problem(const std::vector<std::string>& records) {
  JournalVerifier verifier;
  for (const std::string& record : records) {
    const Result<Record> added = verifier.add(record);
    if (added) continue;
    EXPECT_EQ(added.error().kind, ErrorKind::corrupt);
    return added.error().message;
  }
  return "none";
}

/// `record` with other bytes of the same meaning as far as the codec can tell.
std::string changed(const std::string& bytes, const std::function<void(Record&)>& change) {
  Record record = decode_record(bytes).value();
  change(record);
  return encode_record(record);
}

TEST(Journal, ReadsBackWhatWasWritten) {
  const Sample sample;
  JournalVerifier verifier;
  Digest previous;
  for (std::size_t i = 0; i < sample.records.size(); ++i) {
    const Result<Record> record = verifier.add(sample.records[i]);
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(record->sequence, i);
    EXPECT_EQ(record->previous, previous);
    EXPECT_EQ(record->fact, samples::full_facts()[i % samples::full_facts().size()]);
    previous = merkle_leaf(sample.records[i]);
  }
  EXPECT_FALSE(verifier.first_bad());
  EXPECT_EQ(verifier.head(), sample.writer.head());
  EXPECT_EQ(verifier.size(), sample.records.size());
}

TEST(Journal, TheRootIsTheTreeHeadOverTheBytes) {
  Sample sample;
  std::vector<Digest> leaves;
  for (const std::string& record : sample.records) leaves.push_back(merkle_leaf(record));
  EXPECT_EQ(sample.writer.root(), merkle_root(leaves));
  EXPECT_EQ(JournalWriter().root(), sha256(""));
  EXPECT_EQ(JournalWriter().size(), 0u);
  EXPECT_EQ(JournalWriter().last_time(), Instant{});
}

TEST(Journal, WritingGoesOnAfterReading) {
  Sample sample;
  Sample longer;
  JournalWriter writer(verify(sample.records).head());
  EXPECT_EQ(writer.last_time(), sample.writer.last_time());
  for (const Fact& fact : samples::minimal_facts()) {
    longer.append(fact);
    const auto n = static_cast<std::int64_t>(writer.size());
    sample.records.push_back(
        writer.append(Instant{n / 2 * 100}, WallTime{1795321813000000 - n}, fact).bytes);
  }
  EXPECT_EQ(sample.records, longer.records);
  EXPECT_EQ(writer.root(), longer.writer.root());
  EXPECT_FALSE(verify(sample.records).first_bad());
}

TEST(Journal, ADamagedRecordIsNamed) {
  Sample sample;
  sample.records[5][3] = static_cast<char>(sample.records[5][3] ^ 1);
  EXPECT_EQ(problem(sample.records).substr(0, 18), "journal record 5: ");
  EXPECT_EQ(verify(sample.records).first_bad(), 5u);
  EXPECT_EQ(verify(sample.records).size(), 5u);
}

TEST(Journal, AForgedRecordIsFoundByItsSuccessor) {
  Sample sample;
  sample.records[7] = changed(sample.records[7], [](Record& r) { r.wall = {0}; });
  EXPECT_EQ(problem(sample.records),
            "journal record 7: it is not the record that record 8 is chained to");
  EXPECT_EQ(verify(sample.records).first_bad(), 7u);
}

TEST(Journal, AForgedLastRecordChangesTheRoot) {
  Sample sample;
  sample.records.back() = changed(sample.records.back(), [](Record& r) { r.wall = {0}; });
  const JournalVerifier verifier = verify(sample.records);
  EXPECT_FALSE(verifier.first_bad());
  EXPECT_NE(verifier.root(), sample.writer.root());
}

TEST(Journal, AMissingAddedOrMovedRecordIsFound) {
  const Sample sample;
  std::vector<std::string> records = sample.records;
  records.erase(records.begin() + 9);
  EXPECT_EQ(problem(records),
            "journal record 9: its number is 10: records are missing, added or moved");
  records = sample.records;
  records.insert(records.begin() + 9, records[8]);
  EXPECT_EQ(verify(records).first_bad(), 9u);
  records = sample.records;
  std::swap(records[9], records[10]);
  EXPECT_EQ(verify(records).first_bad(), 9u);
  records = sample.records;
  records.erase(records.begin());
  EXPECT_EQ(verify(records).first_bad(), 0u);
}

TEST(Journal, TheFirstRecordIsChainedToNothing) {
  Sample sample;
  sample.records[0] =
      changed(sample.records[0], [](Record& r) { r.previous = samples::fact_digest(1); });
  EXPECT_EQ(problem(sample.records), "journal record 0: it is chained to a record before it");
}

TEST(Journal, LogTimeNeverDecreases) {
  Sample sample;
  JournalHead head = sample.writer.head();
  head.last_time = {};
  JournalWriter writer(head);
  sample.records.push_back(writer.append(Instant{1}, WallTime{}, DayBegan{"2026-11-23"}).bytes);
  EXPECT_EQ(verify(sample.records).first_bad(), sample.records.size() - 1);
  EXPECT_EQ(problem(sample.records), "journal record " + std::to_string(sample.records.size() - 1) +
                                         ": its log time is before its predecessor's");
}

TEST(Journal, TheFirstFailureStays) {
  const Sample sample;
  JournalVerifier verifier;
  ASSERT_TRUE(verifier.add(sample.records[0]));
  const JournalHead head = verifier.head();
  const Result<Record> failed = verifier.add("not a record");
  ASSERT_FALSE(failed);
  const Result<Record> again = verifier.add(sample.records[1]);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), failed.error());
  EXPECT_EQ(verifier.first_bad(), 1u);
  EXPECT_EQ(verifier.head(), head);
}

TEST(Journal, EveryChangedByteIsFoundByTheRoot) {
  const Sample sample;
  for (std::size_t i = 0; i + 1 < sample.records.size(); i += 5) {
    for (std::size_t at = 0; at < sample.records[i].size(); at += 7) {
      std::vector<std::string> records = sample.records;
      records[i][at] = static_cast<char>(records[i][at] ^ 0x10);
      const JournalVerifier verifier = verify(records);
      ASSERT_TRUE(verifier.first_bad()) << "record " << i << ", byte " << at;
      // The record itself, or the one before when it was the link to it that changed.
      ASSERT_LE(*verifier.first_bad(), i);
      ASSERT_GE(*verifier.first_bad() + 1, i);
    }
  }
}

TEST(JournalDeathTest, WhatCouldNotBeReadIsNotWritten) {
  JournalWriter writer;
  EXPECT_DEATH(writer.append(Instant{1}, WallTime{}, DayBegan{"someday"}), "reads_back");
  writer.append(Instant{5}, WallTime{}, DayBegan{"2026-11-22"});
  EXPECT_DEATH(writer.append(Instant{4}, WallTime{}, DayBegan{"2026-11-23"}), "last_time");
}

}  // namespace
}  // namespace gwageo
