// What people signed, beside the tiles: there, missing, damaged, and found later.
#include "coordinator/log_statements.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "coordinator/journal.h"
#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

class LogStatementsTest : public ::testing::Test {
 protected:
  LogStatementsTest() { record(Founded{key_.name, "UTC"}, false); }

  static std::string text(std::uint64_t record) { return "signed " + std::to_string(record); }
  static Digest digest(std::uint64_t record) { return sha256(text(record)); }

  void record(const Fact& fact, bool is_signed = true) {
    const Statement statement{"operator", digest(writer_.size()), Signature{}};
    JournalEntry entry =
        writer_.append(Instant{1}, WallTime{1}, fact, is_signed ? &statement : nullptr);
    WriteBatch batch;
    batch.puts.emplace_back(keys::journal(entry.sequence), std::move(entry.bytes));
    ASSERT_TRUE(store_->write(batch, Sync::yes));
  }
  void decide(std::uint64_t count = 1) {
    for (; count > 0; --count) record(ModelRetired{"m" + std::to_string(writer_.size())});
  }
  void keep_blob(std::uint64_t of) {
    ASSERT_TRUE(store_->write({{{keys::blob(digest(of)), text(of)}}, {}}, Sync::yes));
  }
  /// What a process does that publishes all there is; returns what was missing.
  std::uint64_t publish() {
    LogFolder folder = LogFolder::open(path_, key_);
    const Status extended = folder.extend(*store_, writer_.size());
    EXPECT_TRUE(extended) << extended.error().message;
    EXPECT_TRUE(folder.publish(
        sign_checkpoint({key_.name, writer_.size(), writer_.root()}, SigningKey{{7}})));
    return folder.statements().missing();
  }
  bool is_there(std::uint64_t of) const {
    const auto bytes = read_published_statement(path_, digest(of));
    return bytes && *bytes == text(of);
  }
  bool has_mark() const { return fs::exists(path_ + "/statements/all"); }

  const testing::TemporaryFolder temporary_;
  const std::string path_ = temporary_.path();
  NoteKey key_{"example.com/log", verifying_key(SigningKey{{7}})};
  JournalWriter writer_;
  std::unique_ptr<Store> store_ = new_memory_store();
};

TEST_F(LogStatementsTest, AreWrittenWithTheTilesOfTheirRecords) {
  EXPECT_EQ(publish(), 0u);
  EXPECT_FALSE(fs::exists(path_ + "/statements")) << "nobody has signed anything";
  decide(70);
  for (std::uint64_t i = 1; i <= 70; ++i) keep_blob(i);
  EXPECT_EQ(publish(), 0u);
  for (std::uint64_t i = 1; i <= 70; ++i) EXPECT_TRUE(is_there(i)) << i;
  EXPECT_TRUE(has_mark());
  EXPECT_FALSE(is_there(71));
}

TEST_F(LogStatementsTest, ThoseThatWereMissingAreTakenOnceTheyAreAtHand) {
  decide(3);
  keep_blob(1);
  EXPECT_EQ(publish(), 2u);
  EXPECT_TRUE(is_there(1));
  EXPECT_FALSE(has_mark());
  for (const std::uint64_t i : {2, 3}) keep_blob(i);
  EXPECT_EQ(publish(), 0u) << "of the same records";
  EXPECT_TRUE(is_there(2));
  EXPECT_TRUE(has_mark());
  decide();
  EXPECT_EQ(publish(), 1u);
  EXPECT_FALSE(has_mark()) << "it would be wrong of the checkpoint";
}

// A mirror that was begun before statements were published, or from a source without them.
TEST_F(LogStatementsTest, AFolderOfBeforeIsFilledFromTheFirstRecord) {
  decide(3);
  for (const std::uint64_t i : {1, 2, 3}) keep_blob(i);
  publish();
  fs::remove_all(path_ + "/statements");
  decide();
  keep_blob(4);
  EXPECT_EQ(publish(), 0u);
  for (const std::uint64_t i : {1, 2, 3, 4}) EXPECT_TRUE(is_there(i)) << i;
}

// Once more where what was kept of it has its name already.
TEST_F(LogStatementsTest, WhatWasAlteredIsKeptAndWrittenAgain) {
  decide(3);
  for (const std::uint64_t i : {1, 2, 3}) keep_blob(i);
  publish();
  const std::string name = "statements/" + to_hex(digest(2));
  for (const std::string& kept : {name, name + ".2"}) {
    ASSERT_TRUE(replace_file(path_ + "/" + name, "altered"));
    LogFolder folder = LogFolder::open(path_, key_, LogFolder::Look::at_all);
    EXPECT_FALSE(folder.begins_anew()) << "the tiles are whole";
    ASSERT_TRUE(folder.extend(*store_, writer_.size()));
    EXPECT_EQ(folder.altered().names(), std::vector<std::string>{name});
    EXPECT_EQ(folder.statements().count(), 3u);
    EXPECT_EQ(folder.statements().missing(), 0u);
    EXPECT_TRUE(fs::exists(folder.altered().folder() + "/" + kept));
    EXPECT_TRUE(is_there(2));
    EXPECT_TRUE(has_mark());
  }
}

TEST_F(LogStatementsTest, AMarkThatIsNoneIsKeptAndWrittenAgain) {
  decide(3);
  for (const std::uint64_t i : {1, 2, 3}) keep_blob(i);
  publish();
  const std::string mark = path_ + "/statements/all";
  for (const bool is_folder : {true, false}) {
    fs::remove_all(mark);
    if (is_folder) {
      fs::create_directory(mark);
    } else {
      ASSERT_TRUE(replace_file(mark, "all of them, I swear"));
    }
    LogFolder folder = LogFolder::open(path_, key_, LogFolder::Look::at_all);
    const Status extended = folder.extend(*store_, writer_.size());
    ASSERT_TRUE(extended) << extended.error().message;
    EXPECT_EQ(folder.altered().names(), std::vector<std::string>{"statements/all"});
    EXPECT_TRUE(*claims_all_statements(path_));
  }
  fs::remove_all(path_ + "/statements");
  ASSERT_TRUE(replace_file(path_ + "/statements", "no folder"));
  LogFolder folder = LogFolder::open(path_, key_, LogFolder::Look::at_all);
  ASSERT_TRUE(folder.extend(*store_, writer_.size()));
  EXPECT_EQ(folder.altered().names(), std::vector<std::string>{"statements"});
  EXPECT_TRUE(is_there(2));
}

// The mark says that all are there, and nobody looks again at what it speaks of but a new writer.
TEST_F(LogStatementsTest, AFileThatWasLostIsWrittenAgain) {
  decide(3);
  for (const std::uint64_t i : {1, 2, 3}) keep_blob(i);
  publish();
  ASSERT_TRUE(fs::remove(path_ + "/statements/" + to_hex(digest(2))));
  EXPECT_EQ(publish(), 0u) << "of the same records";
  EXPECT_TRUE(is_there(2));
  EXPECT_TRUE(has_mark());
  ASSERT_TRUE(fs::remove(path_ + "/statements/" + to_hex(digest(1))));
  ASSERT_TRUE(store_->write({{}, {keys::blob(digest(1))}}, Sync::yes));
  decide();
  keep_blob(4);
  EXPECT_EQ(publish(), 1u);
  EXPECT_TRUE(is_there(4));
  EXPECT_FALSE(has_mark()) << "it is nowhere";
}

TEST_F(LogStatementsTest, AnotherFileUnderTheNameIsRefusedAndReplaced) {
  decide();
  keep_blob(1);
  publish();
  const std::string file = path_ + "/statements/" + to_hex(digest(1));
  ASSERT_TRUE(replace_file(file, "another"));
  const auto bytes = read_published_statement(path_, digest(1));
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().kind, ErrorKind::corrupt);
  EXPECT_NE(bytes.error().message.find(file), std::string::npos) << bytes.error().message;
  fs::remove(path_ + "/statements/all");
  EXPECT_EQ(publish(), 0u);
  EXPECT_TRUE(is_there(1));
}

// A mark that says something else claims nothing, and a writer puts the right one in its place.
TEST_F(LogStatementsTest, AMarkClaimsOnlyInItsOwnWords) {
  EXPECT_FALSE(*claims_all_statements(path_));
  decide();
  keep_blob(1);
  publish();
  EXPECT_TRUE(*claims_all_statements(path_));
  ASSERT_TRUE(replace_file(path_ + "/statements/all", "all of them, I swear"));
  const auto claims = claims_all_statements(path_);
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().kind, ErrorKind::corrupt);
  EXPECT_NE(claims.error().message.find(path_ + "/statements/all"), std::string::npos);
  fs::remove(path_ + "/statements/" + to_hex(digest(1)));
  EXPECT_EQ(publish(), 0u);
  EXPECT_TRUE(is_there(1));
  EXPECT_TRUE(*claims_all_statements(path_));
}

}  // namespace
}  // namespace gwageo
