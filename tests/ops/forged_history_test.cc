// Histories that somebody made up: the facts of a lawful programme in another order, some twice,
// some missing, some of other programmes, some with other bytes, and a chain that holds all the
// same. An audit of them ends in an answer, never in a crash.
//
//   GWAGEO_FORGERIES  how many (1500; ops/soak: 30000)
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/store.h"
#include "ops/rescoring.h"
#include "ops/verification.h"
#include "protocol/json.h"
#include "tests/coordinator/fact_samples.h"
#include "tests/coordinator/programme_hall.h"

namespace gwageo {
namespace {

std::uint64_t forgeries_wanted() {
  const char* const given = std::getenv("GWAGEO_FORGERIES");
  return given == nullptr ? 1500 : std::strtoull(given, nullptr, 10);
}

class LawfulProgramme : public testing::ProgrammeHall {
 public:
  LawfulProgramme() {
    target("gates: {conduct: {decision: {rule: '7'}}}\n");
    EXPECT_EQ(open("s-1"), "done");
    examine();
    tell("gate.decide", Json::Object{{"target", "t"},
                                     {"gate", "conduct"},
                                     {"model", "good-150"},
                                     {"passed", true},
                                     {"rule", "7"},
                                     {"reason", "as seen"}});
    add_model("ref-120", "reference", "2026-06-30");
    examine();
    EXPECT_EQ(close("s-1", "its day has come"), "done");
    examine();
  }
};

/// Where the journal's records are kept apart from all other rows.
struct History {
  std::vector<Record> records;
  std::vector<std::pair<std::string, std::string>> others;
};

History history_of(const Store& store) {
  History found;
  const keys::KeyRange journal = keys::journal_from(0);
  EXPECT_TRUE(store.scan("", "\xff\xff", [&](std::string_view key, std::string_view value) {
    if (key >= journal.first && key < journal.second) {
      found.records.push_back(decode_record(value).value());
    } else {
      found.others.emplace_back(key, value);
    }
    return true;
  }));
  return found;
}

/// The record's fact with other bytes, where they still are a fact; else as it was.
Fact changed(const Record& record, std::mt19937_64& random) {
  for (int tries = 0; tries < 50; ++tries) {
    std::string bytes = encode_record(record);
    const std::size_t at = random() % bytes.size();
    bytes[at] = random() % 2 == 0 ? static_cast<char>(bytes[at] ^ (1 << random() % 8))
                                  : static_cast<char>(random() % 8);
    const Result<Record> read = decode_record(bytes);
    if (read && !(read->fact == record.fact)) return read->fact;
  }
  return record.fact;
}

Evidence forged(const History& history, std::mt19937_64& random) {
  static const std::vector<Fact> strangers = [] {
    std::vector<Fact> all = samples::full_facts();
    for (const Fact& fact : samples::minimal_facts()) all.push_back(fact);
    return all;
  }();
  std::vector<Record> records = history.records;
  const auto anywhere = [&](std::size_t more) {
    return static_cast<std::ptrdiff_t>(random() % (records.size() + more));
  };
  for (std::uint64_t edits = 1 + random() % 3; edits > 0 && !records.empty(); --edits) {
    const Record one = records[static_cast<std::size_t>(anywhere(0))];
    switch (random() % 6) {
      case 0: records.erase(records.begin() + anywhere(0)); break;
      case 1: records.insert(records.begin() + anywhere(1), one); break;
      case 2: std::swap(records[static_cast<std::size_t>(anywhere(0))], records.back()); break;
      case 3: {
        Record stranger = one;
        stranger.fact = strangers[random() % strangers.size()];
        records.insert(records.begin() + anywhere(1), stranger);
        break;
      }
      default: {
        Record& victim = records[static_cast<std::size_t>(anywhere(0))];
        victim.fact = changed(victim, random);
      }
    }
  }
  Evidence evidence;
  evidence.store = new_memory_store();
  // Not by our own writer, which would not write what no coordinator writes.
  WriteBatch batch;
  batch.puts = history.others;
  Digest previous;
  for (std::uint64_t sequence = 0; sequence < records.size(); ++sequence) {
    const Record& record = records[sequence];
    std::string bytes = encode_record(sequence, record.at, record.wall, previous, record.fact);
    previous = merkle_leaf(bytes);
    batch.puts.emplace_back(keys::journal(sequence), std::move(bytes));
  }
  EXPECT_TRUE(evidence.store->write(batch, Sync::no));
  return evidence;
}

TEST(ForgedHistory, AnAuditEndsInAnAnswer) {
  const LawfulProgramme programme;
  const History history = history_of(programme.store());
  ASSERT_GT(history.records.size(), 20U);
  const std::uint64_t forgeries = forgeries_wanted();
  int refused = 0;
  int rescored = 0;
  for (std::uint64_t seed = 0; seed < forgeries; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const Evidence evidence = forged(history, random);
    const Result<Verification> found = verify(evidence);
    if (!found || !found->ok) {
      ++refused;
      EXPECT_FALSE((found ? found->reason : found.error().message).empty());
      continue;
    }
    // What holds together may still be a lie about scores: that is for the next pass to say.
    (void)rescore(evidence, found->size, std::nullopt);
    ++rescored;
  }
  std::printf("%d histories refused, %d rescored\n", refused, rescored);
  EXPECT_GT(refused, static_cast<int>(forgeries / 3));
  EXPECT_GT(rescored, static_cast<int>(forgeries / 100));
}

}  // namespace
}  // namespace gwageo
