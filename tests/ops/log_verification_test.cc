// Published logs of many tiles: an auditor who has nothing but the folder, the key and what was
// held before says whether they are whole, and where not. What somebody with the signing key does
// to a competition is in tamper_matrix_test.cc.
#include <gtest/gtest.h>

#include <filesystem>

#include "coordinator/durable_file.h"
#include "coordinator/fact_codec.h"
#include "coordinator/journal.h"
#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "ops/verification.h"
#include "protocol/transparency/cosignature.h"
#include "tests/ops/oracle.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;
constexpr char origin[] = "example.com/log";

std::string date_of(std::uint64_t i) {
  char text[16];
  std::snprintf(text, sizeof text, "%04u-%02u-%02u", static_cast<unsigned>(2020 + i / 336) % 10000,
                static_cast<unsigned>(i / 28 % 12 + 1), static_cast<unsigned>(i % 28 + 1));
  return text;
}

/// Days, but for the first two records; the days of `changed` on are others.
std::vector<Fact> facts_of(std::uint64_t size, std::uint64_t changed = ~std::uint64_t{0}) {
  std::vector<Fact> facts = {Founded{origin, "UTC"}, CoordinatorStarted{"0.1.0"}};
  for (std::uint64_t i = 2; i < size; ++i) {
    facts.push_back(DayBegan{date_of(i + (i >= changed ? 1000 : 0))});
  }
  return facts;
}

class LogVerificationTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  /// Publishes the facts in a folder of their own; returns the checkpoint.
  Checkpoint publish(const std::string& name, const std::vector<Fact>& facts) {
    const std::unique_ptr<Store> store = new_memory_store();
    JournalWriter writer;
    WriteBatch batch;
    for (const Fact& fact : facts) {
      JournalEntry entry = writer.append(Instant{1}, WallTime{1}, fact);
      batch.puts.emplace_back(keys::journal(entry.sequence), std::move(entry.bytes));
    }
    EXPECT_TRUE(store->write(batch, Sync::yes));
    fs::create_directories(path(name));
    LogFolder folder = LogFolder::open(path(name), key_);
    EXPECT_TRUE(folder.extend(*store, writer.size()));
    const Checkpoint head{origin, writer.size(), writer.root()};
    EXPECT_TRUE(folder.publish(sign_checkpoint(head, secret_)));
    return head;
  }
  /// The checkpoint over the first `size` of the lawful records, as somebody kept it.
  std::string hold(const std::string& name, std::uint64_t size) {
    JournalWriter writer;
    for (const Fact& fact : facts_of(size)) writer.append(Instant{1}, WallTime{1}, fact);
    EXPECT_TRUE(replace_file(path(name), sign_checkpoint({origin, size, writer.root()}, secret_)));
    return path(name);
  }

  Verification verify_log(const std::string& name, const std::vector<std::string>& from = {},
                          const std::string& policy = "") {
    Invocation arguments;
    if (policy.empty()) arguments.add("signer", to_vkey(key_));
    if (!policy.empty()) arguments.add("policy", policy);
    for (const std::string& held : from) arguments.add("from", held);
    const Result<Evidence> evidence = open_evidence(arguments, path(name));
    Verification damaged;
    if (!evidence) damaged.reason = evidence.error().message;
    const Result<Verification> found = evidence ? verify(*evidence) : damaged;
    if (!found) damaged.reason = found.error().message;
    return found ? *found : damaged;
  }
  void expect_bad(const Verification& found, std::optional<std::uint64_t> first_bad,
                  const std::string& part) {
    EXPECT_FALSE(found.ok);
    EXPECT_EQ(found.first_bad, first_bad) << found.reason;
    EXPECT_NE(found.reason.find(part), std::string::npos) << found.reason;
  }
  /// What Go's code says of the log, alone or beside a checkpoint that somebody held.
  bool oracle_accepts(const std::string& name, const std::string& held = "") {
    const std::string said = held.empty()
                                 ? testing::oracle({"log", path(name), to_vkey(key_)})
                                 : testing::oracle({"consistent", path(name), to_vkey(key_), held});
    return !said.starts_with("FAILED");
  }
  /// Changes the bytes of a file of a log.
  void change(const std::string& name, const std::function<void(std::string&)>& by) {
    std::string bytes = *read_file(path(name), bundle_bytes_max);
    by(bytes);
    ASSERT_TRUE(replace_file(path(name), bytes));
  }

  const testing::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
  SigningKey secret_{{5}};
  NoteKey key_{origin, verifying_key(secret_)};
};

TEST_F(LogVerificationTest, an_honest_log_is_good_and_goes_on_from_all_that_is_held) {
  const Checkpoint head = publish("log", facts_of(600));
  publish("mirror", facts_of(300));
  std::vector<std::string> held = {path("mirror")};
  for (const std::uint64_t size : {0, 1, 2, 255, 256, 257, 599, 600}) {
    held.push_back(size < 2 ? hold("held" + std::to_string(size), 2)
                            : hold("held" + std::to_string(size), size));
  }
  const Verification found = verify_log("log", held);
  EXPECT_TRUE(found.ok) << found.reason;
  EXPECT_EQ(found.size, 600u);
  EXPECT_EQ(found.root, head.root);
  EXPECT_EQ(found.held, held.size());
  EXPECT_EQ(found.tiles, 4u);
  EXPECT_EQ(found.signed_size, 600u);
  EXPECT_TRUE(oracle_accepts("log"));
  for (const std::string& one : {held[4], held[5], held[6], held[8]}) {
    EXPECT_TRUE(oracle_accepts("log", one)) << one;
  }
}

TEST_F(LogVerificationTest, a_history_that_was_rewritten_and_signed_again_is_told_by_who_held_it) {
  publish("mirror", facts_of(500));
  publish("log", facts_of(600, 333));
  EXPECT_TRUE(verify_log("log").ok);  // Nobody who holds nothing can know.
  expect_bad(verify_log("log", {hold("a", 500)}), std::nullopt, "one of records 0 to 499");
  EXPECT_TRUE(oracle_accepts("log"));
  EXPECT_FALSE(oracle_accepts("log", path("a")));
  expect_bad(verify_log("log", {hold("a", 500), hold("b", 300), hold("c", 350)}), std::nullopt,
             "one of records 300 to 349");
  expect_bad(verify_log("log", {hold("b", 333), hold("c", 334)}), 333, "one of records 333 to 333");
  expect_bad(verify_log("log", {path("mirror")}), 333, "record 333 is not the one that is held in");
  EXPECT_TRUE(verify_log("log", {hold("d", 333)}).ok);
}

TEST_F(LogVerificationTest, hash_tiles_have_to_fit_the_entries) {
  publish("log", facts_of(600));
  change("log/tile/0/001", [](std::string& bytes) { bytes[32 * 44] ^= 1; });
  expect_bad(verify_log("log"), 300, "tile/0/001: its hash 44 (from 0)");
  EXPECT_FALSE(oracle_accepts("log"));
  change("log/tile/0/001", [](std::string& bytes) { bytes[32 * 44] ^= 1; });
  EXPECT_TRUE(verify_log("log").ok);
  change("log/tile/1/000.p/2", [](std::string& bytes) { bytes[40] ^= 1; });
  expect_bad(verify_log("log"), 256, "tile/1/000.p/2: its hash 1");
  fs::remove(path("log/tile/1/000.p/2"));
  expect_bad(verify_log("log"), std::nullopt, "tile/1/000.p/2");
  fs::remove(path("log/tile/entries/001"));
  expect_bad(verify_log("log"), std::nullopt, "the log is not whole");
}

TEST_F(LogVerificationTest, the_last_record_is_covered_by_the_root_and_named_by_its_hash) {
  publish("log", facts_of(600));
  change("log/tile/entries/002.p/88", [](std::string& bytes) {
    const std::size_t at = bytes.find(date_of(599));
    ASSERT_NE(at, bytes.npos);
    bytes[at + 3] = '9';
  });
  expect_bad(verify_log("log"), 599, "record 599 is not the one whose hash is in the tiles");
  EXPECT_FALSE(oracle_accepts("log"));
}

TEST_F(LogVerificationTest, a_checkpoint_that_is_none_is_refused) {
  const Checkpoint head = publish("log", facts_of(10));
  change("log/checkpoint", [](std::string& note) { note.resize(note.find("\n\n") + 2); });
  EXPECT_FALSE(verify_log("log").ok);
  ASSERT_TRUE(replace_file(path("log/checkpoint"), "garbage"));
  EXPECT_FALSE(verify_log("log").ok);
  ASSERT_TRUE(replace_file(path("log/checkpoint"),
                           sign_checkpoint({origin, ~std::uint64_t{0}, head.root}, secret_)));
  EXPECT_FALSE(verify_log("log").ok);
}

TEST_F(LogVerificationTest, a_policy_wants_its_quorum) {
  const Checkpoint head = publish("log", facts_of(300));
  const SigningKey secrets[] = {{{21}}, {{22}}, {{23}}};
  std::string policy = "log " + to_vkey(key_) + "\n";
  const auto name_of = [](int i) { return "w" + std::to_string(i) + ".example"; };
  for (int i = 0; i < 3; ++i) {
    policy += "witness W" + std::to_string(i) + " " +
              to_vkey({name_of(i), verifying_key(secrets[i]), NoteKeyType::cosignature}) + "\n";
  }
  ASSERT_TRUE(replace_file(path("policy"), policy + "group G 2 W0 W1 W2\nquorum G\n"));
  expect_bad(verify_log("log", {}, path("policy")), std::nullopt,
             "the quorum \"G\" of the policy has not cosigned the checkpoint over 300 records; "
             "cosigned by: nobody");
  Note note = *parse_note(sign_checkpoint(head, secret_));
  for (const int i : {2, 0}) {
    note.signatures.push_back(cosign(note.text, name_of(i), secrets[i], 1700000000));
  }
  ASSERT_TRUE(replace_file(path("log/checkpoint"), to_text(note)));
  const Verification found = verify_log("log", {}, path("policy"));
  EXPECT_TRUE(found.ok) << found.reason;
  EXPECT_EQ(found.cosigned_size, 300u);
  EXPECT_EQ(found.witnesses, (std::vector<std::string>{"W0", "W2"}));
  ASSERT_TRUE(replace_file(path("policy"), "nonsense\n"));
  expect_bad(verify_log("log", {}, path("policy")), std::nullopt, "line 1");
}

TEST_F(LogVerificationTest, facts_that_contradict_each_other_are_no_lawful_log) {
  std::vector<Fact> facts = facts_of(10);
  ResultsRecorded invented{{7}, {3}, {{0, 1}}, Digest{}, {}};
  invented.outcomes[0] = 1;
  facts.push_back(invented);
  publish("log", facts);
  expect_bad(verify_log("log"), 10, "journal record 10 contradicts");
}

}  // namespace
}  // namespace gwageo
