// Rows that somebody brings for a recovery: what a record vouches for is taken, and nothing else.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/result_block.h"
#include "coordinator/rocks_store.h"
#include "ops/archive.h"
#include "ops/output.h"
#include "protocol/bytes.h"
#include "protocol/request.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

namespace fs = std::filesystem;
using Rows = std::map<std::string, std::string>;

class RecoveredRowsProgram : public ProgramTest {
 protected:
  /// A backup of before job 1, and a mirror and an archive of after it.
  void SetUp() override {
    write_suite("sums");
    const pid_t pool = up();
    add_paced("m1", "candidate", "2026-08-01", "1");
    done({"backup", "backup"});
    done({"suite", "add", "sums/suite.yaml"});
    done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
    done({"backup", "later"});
    EXPECT_EQ(stop(pool), 0);
    done({"audit", "export", "gwageo-data", "--out", "mirror"});
    done({"export", "1", "--out", "one.archive"});
    done({"restore", "backup", "--data", "r1"});
  }

  /// An archive like the one of job 1, but for what `change` does to its rows.
  void forge(const std::string& name, const std::function<void(Rows&)>& change) const {
    const std::unique_ptr<Store> store = new_memory_store();
    const Result<ArchiveHeader> header = load_archive(path("one.archive"), *store);
    ASSERT_TRUE(header) << header.error().message;
    Rows rows;
    ASSERT_TRUE(store->scan("", "\x7f", [&](std::string_view key, std::string_view value) {
      rows.emplace(key, value);
      return true;
    }));
    change(rows);
    Result<ZstdWriter> file = ZstdWriter::create(path(name), archive_magic, Existing::keep);
    ASSERT_TRUE(file);
    const auto add = [&](std::string_view key, std::string_view value) {
      ByteWriter row;
      row.text(key);
      row.text(value);
      ASSERT_TRUE(file->write(row.bytes()));
    };
    Json said;
    said["what"] = header->what;
    said["jobs"] = Json::array();
    said["verifier"] = header->verifier;
    said["checkpoint"] = Json();
    add(archive_header_key, said.dump());
    for (const auto& [key, value] : rows) add(key, value);
    ASSERT_TRUE(file->finish());
  }
  Json recovered(const std::string& rows, int code) const {
    const Ran ran = run({"recover", "--from", "mirror", "--rows", rows, "--data", "r1", "--json"});
    EXPECT_EQ(ran.code, code) << ran.out << ran.err;
    return ran.json();
  }
  void expect_whole() const {
    EXPECT_FALSE(fs::exists(path("r1/incomplete")));
    done({"audit", "verify", "r1", "--from", "mirror"});
    done({"audit", "rescore", "r1"});
  }
  static bool is_answer(const std::string& key) { return key.front() == 'r'; }
};

/// Another answer that decodes, by the same worker.
void answer_otherwise(std::string& value) {
  ResultBlock block = decode_result_block(value).value();
  Response response;
  response.text = "3";
  block.items.front().responses.front() = encode(response);
  value = encode(block);
}

TEST_F(RecoveredRowsProgram, AnswersThatAreNotTheRecordsAreRefused) {
  std::size_t blocks = 0;
  forge("other.archive", [&](Rows& rows) {
    for (auto& [key, value] : rows) {
      if (is_answer(key)) answer_otherwise(value);
      blocks += is_answer(key) ? 1 : 0;
    }
  });
  forge("broken.archive", [&](Rows& rows) {
    for (auto& [key, value] : rows) {
      if (is_answer(key)) value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
    }
  });
  forge("blamed.archive", [&](Rows& rows) {
    for (auto& [key, value] : rows) {
      if (!is_answer(key)) continue;
      ResultBlock block = decode_result_block(value).value();
      ++block.worker.value;
      value = encode(block);
    }
  });
  ASSERT_GT(blocks, 0U);
  for (const std::string name : {"other.archive", "broken.archive", "blamed.archive"}) {
    const Json refused = recovered(name, 1);
    EXPECT_EQ(number(refused, "rows_refused"), static_cast<std::int64_t>(blocks)) << name;
    EXPECT_EQ(number(refused, "result_blocks_missing"), static_cast<std::int64_t>(blocks)) << name;
    EXPECT_NE(list(refused, "unfit")[0].as_string().find("brought: the answers of job 1"),
              std::string::npos);
    expect({"coordinator", "--data", "r1"}, 1, {"is not complete", "not what their records say"});
  }
  recovered("one.archive", 0);
  expect_whole();
}

TEST_F(RecoveredRowsProgram, FilesAndPlansThatAreNotTheRecordsAreRefused) {
  forge("files.archive", [](Rows& rows) {
    for (auto& [key, value] : rows) {
      if (key.front() == 'b') value += "x";
    }
  });
  const Json files = recovered("files.archive", 1);
  EXPECT_GE(number(files, "rows_refused"), 2);
  // The list, the plan, whose tasks are those of the suite that it lists, and the scorecard.
  EXPECT_EQ(number(files, "files_missing"), 3) << files.dump();
  fs::remove_all(path("r1"));
  done({"restore", "backup", "--data", "r1"});
  forge("plan.archive", [](Rows& rows) {
    for (auto& [key, value] : rows) {
      if (key.front() == 'p')
        value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
    }
  });
  const Json plan = recovered("plan.archive", 1);
  EXPECT_EQ(number(plan, "rows_refused"), 1);
  EXPECT_EQ(number(plan, "files_missing"), 1) << plan.dump();
  EXPECT_GT(number(plan, "result_blocks_missing"), 0);  // By what plan would they be checked?
  // What is looked up of a plan follows from its entries, whatever is brought.
  forge("keys.archive", [](Rows& rows) {
    for (auto& [key, value] : rows) {
      if (key.front() == 'q') value += std::string(64, 'x');
    }
  });
  recovered("keys.archive", 0);
  expect_whole();
  EXPECT_EQ(stop(up("r1")), 0);
}

TEST_F(RecoveredRowsProgram, WhatNoRecordNamesIsLeftOut) {
  forge("more.archive", [](Rows& rows) {
    rows[keys::result_block({1}, 9999999, {7})] = "junk";
    rows[keys::blob(sha256("not asked for"))] = "not asked for";
    rows["zjunk"] = "x";
  });
  EXPECT_EQ(number(recovered("more.archive", 0), "rows_left_out"), 3);
  expect_whole();
}

// A recovery of before this took everything. What fits replaces it.
TEST_F(RecoveredRowsProgram, WhatIsThereAndDoesNotFitIsReplaced) {
  recovered("one.archive", 0);
  std::size_t changed = 0;
  {
    RocksOptions options;
    options.path = path("r1/store");
    const Result<std::unique_ptr<Store>> store = open_rocks_store(options);
    ASSERT_TRUE(store) << store.error().message;
    WriteBatch batch;
    ASSERT_TRUE((*store)->scan("b", "s", [&](std::string_view key, std::string_view value) {
      std::string other(value);
      if (is_answer(std::string(key))) answer_otherwise(other);
      if (key.front() == 'p' || key.front() == 'b') other += "x";
      if (other != value) batch.puts.emplace_back(key, other);
      return true;
    }));
    changed = batch.puts.size();
    ASSERT_TRUE((*store)->write(batch, Sync::yes));
  }
  ASSERT_GT(changed, 4U);
  // What people signed is in the mirror.
  const Ran ran = run({"recover", "--from", "mirror", "--data", "r1", "--json"});
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  const Json unfit = ran.json();
  EXPECT_GT(number(unfit, "statements"), 0);
  EXPECT_GT(number(unfit, "rows_unfit"), 0);
  expect({"coordinator", "--data", "r1"}, 1, {"is not complete", "in the directory: "});
  EXPECT_EQ(number(recovered("one.archive", 0), "rows_replaced") + number(unfit, "statements"),
            static_cast<std::int64_t>(changed));
  expect_whole();
}

TEST_F(RecoveredRowsProgram, ABackupHasRowsToo) {
  EXPECT_EQ(number(recovered("later", 0), "rows_refused"), 0);
  expect_whole();
}

// What brings rows has a journal of its own, and mostly a longer one than an old mirror.
TEST_F(RecoveredRowsProgram, RowsBringTheirOwnJournal) {
  done({"audit", "export", "backup", "--out", "early"});
  const auto recover = [](const std::string& rows) {
    return std::vector<std::string>{"recover", "--from", "early",     "--rows",    rows,
                                    "--data",  "r1",     "--witness", "signed.one"};
  };
  fs::copy_file(path("gwageo-data/checkpoint"), path("signed.one"));
  for (const std::string rows : {"gwageo-data", "one.archive"}) {
    const Ran ran = done(recover(rows));
    EXPECT_NE(ran.out.find(rows + ", which has more than the mirror"), std::string::npos)
        << ran.out;
    expect_whole();
    fs::remove_all(path("r1"));
    done({"restore", "backup", "--data", "r1"});
  }
  // One that lost a record of its own has it in its tiles still.
  {
    RocksOptions options;
    options.path = path("gwageo-data/store");
    const Result<std::unique_ptr<Store>> store = open_rocks_store(options);
    ASSERT_TRUE(store) << store.error().message;
    WriteBatch batch;
    batch.erasures.push_back(keys::journal(1));
    ASSERT_TRUE((*store)->write(batch, Sync::yes));
  }
  fs::rename(path("gwageo-data/tiles"), path("tiles"));
  expect(recover("gwageo-data"), 1,
         {"gwageo-data has a journal of ", "which is not taken", "are gone", "nothing is written"});
  expect({"recover", "--from", "gwageo-data", "--data", "r1"}, 2, {"is no published log (gwageo"});
  fs::rename(path("tiles"), path("gwageo-data/tiles"));
  expect({"recover", "--from", "gwageo-data", "--data", "r1"}, 2,
         {"is no published log; give the one that is in it", "gwageo-data/tiles"});
  EXPECT_NE(done(recover("gwageo-data")).out.find("gwageo-data/tiles, which has more"),
            std::string::npos);
  expect_whole();
}

// Every candidate has a first verdict that a later one took the place of.
TEST_F(RecoveredRowsProgram, VerdictsThatWereReachedAnewKeepNothingIncomplete) {
  const pid_t pool = up();
  const auto verdicts = [&] {
    std::size_t count = 0;
    const std::string journal = done({"journal"}).out;
    for (std::size_t at = 0; (at = journal.find("verdict-reached", at)) != journal.npos; ++at) {
      ++count;
    }
    return count;
  };
  done({"target", "add", "sums/target.yaml"});
  ASSERT_TRUE(eventually([&] { return verdicts() == 1; }));
  add_paced("r", "reference", "2026-07-01", "1");
  done({"submit", "--model", "r", "--suite", "sums", "--wait"});
  ASSERT_TRUE(eventually([&] { return verdicts() > 1; }));
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "export", "gwageo-data", "--out", "mirror"});
  done({"export", "sums-95", "--out", "target.archive"});
  const Json whole = recovered("target.archive", 0);
  EXPECT_EQ(number(whole, "superseded_missing"), 0) << whole.dump();
  expect_whole();
  // One that was made before such documents came along is enough.
  fs::rename(path("target.archive"), path("one.archive"));
  forge("less.archive", [&](Rows& rows) {
    Digest last;
    std::set<Digest> earlier;
    for (const auto& [key, value] : rows) {
      if (key.front() != keys::journal(0).front()) continue;
      const Record record = decode_record(value).value();
      const auto* const f = std::get_if<VerdictReached>(&record.fact);
      if (f != nullptr) earlier.insert(std::exchange(last, f->document));
    }
    earlier.erase(last);
    for (const Digest& digest : earlier) rows.erase(keys::blob(digest));
  });
  fs::remove_all(path("r1"));
  done({"restore", "backup", "--data", "r1"});
  const Json less = recovered("less.archive", 0);
  EXPECT_GT(number(less, "superseded_missing"), 0) << less.dump();
  expect_whole();
}

}  // namespace
}  // namespace gwageo::testing
