// A data directory that lost something: what comes back is whole, or says what it lacks and is not
// served.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "coordinator/keys.h"
#include "coordinator/rocks_store.h"
#include "ops/kept_number.h"
#include "protocol/key_file.h"
#include "protocol/transparency/note.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

namespace fs = std::filesystem;

class RecoveryProgram : public ProgramTest {
 protected:
  std::string vkey() const {
    return *read_coordinator_verifier(path("gwageo-data/keys/operator.key"));
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void add_paced_to(const std::string& data, const std::string& name) const {
    done({"model", "add", name, "--role", "candidate", "--released", "2026-01-01", "--engine",
          "paced", "--option", "milliseconds=1", "--option", "text=4", "--data", data});
  }
  /// Records of a stopped data directory, a backup or a mirror.
  std::uint64_t records_of(const std::string& where) const {
    const Ran verified = run({"audit", "verify", where, "--signer", vkey(), "--json"});
    return static_cast<std::uint64_t>(verified.json().find("size")->as_integer());
  }
  /// Records [first, end) of its journal are gone from the store of `data`.
  void lose(const std::string& data, std::uint64_t first, std::uint64_t end) const {
    RocksOptions options;
    options.path = path(data + "/store");
    const auto store = open_rocks_store(options);
    ASSERT_TRUE(store) << store.error().message;
    WriteBatch batch;
    for (; first < end; ++first) batch.erasures.push_back(keys::journal(first));
    ASSERT_TRUE((*store)->write(batch, Sync::yes));
  }
  void copy(const std::string& from, const std::string& to) const {
    fs::copy(path(from), path(to),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  /// A pool of twice as many records as a mirror of it, `early`, has; and `late`, which has all.
  void make_mirrors() {
    pid_t pool = up("gwageo-data", 0);
    add_paced("m1", "candidate", "2026-01-01", "4");
    done({"backup", "backup"});
    EXPECT_EQ(stop(pool), 0);
    done({"audit", "export", "gwageo-data", "--out", "early"});
    pool = up("gwageo-data", 0);
    for (const std::string name : {"m2", "m3", "m4", "m5", "m6"}) {
      add_paced(name, "candidate", "2026-01-01", "4");
    }
    EXPECT_EQ(stop(pool), 0);
    done({"audit", "export", "gwageo-data", "--out", "late"});
  }
  static std::string count(const Json& document, const std::string& name) {
    return document.find(name)->dump();
  }
};

TEST_F(RecoveryProgram, AMirrorGivesBackWhatPeopleSigned) {
  const pid_t pool = up("gwageo-data", 0);
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"backup", "backup"});
  done({"model", "retire", "m1", "--reason", "an example"});
  EXPECT_EQ(stop(pool), 0);
  const Json exported =
      done({"audit", "export", "gwageo-data", "--out", "mirror", "--json"}).json();
  EXPECT_EQ(count(exported, "statements"), "2");
  EXPECT_EQ(count(exported, "statements_missing"), "0");
  // The mirror alone shows who asked for what.
  for (const std::string log : {"mirror", "gwageo-data/tiles"}) {
    const Ran verified = done({"audit", "verify", log, "--signer", vkey()});
    EXPECT_NE(verified.out.find("2 decisions are signed by who asked for them\n"),
              std::string::npos)
        << verified.out;
  }
  done({"restore", "backup", "--data", "r1"});
  const Json recovered = done({"recover", "--from", "mirror", "--data", "r1", "--json"}).json();
  EXPECT_EQ(count(recovered, "statements"), "1");
  EXPECT_EQ(count(recovered, "statements_missing"), "0");
  EXPECT_FALSE(fs::exists(path("r1/incomplete")));
  const Ran good = done({"audit", "verify", "r1", "--signer", vkey()});
  EXPECT_EQ(good.out.find("from before"), std::string::npos) << good.out;
  EXPECT_EQ(stop(up("r1", 0)), 0);
}

TEST_F(RecoveryProgram, AMirrorWithoutThemIsNotEnoughAndSaysSo) {
  const pid_t pool = up("gwageo-data", 0);
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"backup", "backup"});
  done({"model", "retire", "m1", "--reason", "an example"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "export", "gwageo-data", "--out", "mirror"});
  fs::rename(path("mirror/statements"), path("statements"));
  const Ran verified = done({"audit", "verify", "mirror", "--signer", vkey()});
  EXPECT_NE(verified.out.find("2 by statements that are not here, so not looked at"),
            std::string::npos)
      << verified.out;
  done({"restore", "backup", "--data", "r1"});
  const Ran recovered = run({"recover", "--from", "mirror", "--data", "r1"});
  EXPECT_EQ(recovered.code, 1);
  for (const std::string part : {"1 statement that somebody signed is missing", "--rows",
                                 "of operator for record ", "(model-retired)"}) {
    EXPECT_NE(recovered.out.find(part), std::string::npos) << recovered.out;
  }
  // Nobody serves it without a word, and a refused recovery changes nothing of that.
  const std::vector<std::string> parts = {"is not complete", "(model-retired)", "--rows ARCHIVE",
                                          "r1/incomplete"};
  expect({"coordinator", "--data", "r1"}, 1, parts);
  EXPECT_EQ(wait_for(begin("told", {"up", "--data", "r1", "--workers", "0"})), 1);
  EXPECT_EQ(run({"recover", "--from", "statements", "--data", "r1"}).code, 2);
  expect({"coordinator", "--data", "r1"}, 1, parts);
  // A file of another digest in a mirror is no statement.
  fs::rename(path("statements"), path("mirror/statements"));
  for (const fs::directory_entry& entry : fs::directory_iterator(path("mirror/statements"))) {
    std::ofstream(entry.path(), std::ios::app) << "x";
  }
  expect({"recover", "--from", "mirror", "--data", "r1"}, 1, {"mirror/statements/", "digest"});
  fs::remove_all(path("mirror/statements"));
  // The next recovery that finds all of it takes the note away.
  done({"audit", "export", "gwageo-data", "--out", "mirror"});
  done({"recover", "--from", "mirror", "--data", "r1"});
  done({"audit", "verify", "r1", "--signer", vkey()});
  EXPECT_EQ(stop(up("r1", 0)), 0);
}

// What audit verify --from takes, and what somebody brings by mistake.
TEST_F(RecoveryProgram, WhatIsHeldElsewhereIsTakenInEveryForm) {
  write_suite("sums");
  const pid_t pool = up();
  done({"suite", "add", "sums/suite.yaml"});
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
  done({"backup", "backup"});
  done({"audit", "replay", "1", "--sample", "3", "--keep", "kept", "--no-wait"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "export", "backup", "--out", "short"});
  done({"audit", "export", "gwageo-data", "--out", "mirror"});
  done({"restore", "backup", "--data", "r1"});
  const auto recover = [](const std::string& option, const std::string& what) {
    return std::vector<std::string>{"recover", "--from", "short", "--data", "r1", option, what};
  };
  expect(recover("--witness", "kept"), 1, {"/kept is over ", "are gone", "nothing is written"});
  expect(recover("--witness", "mirror"), 1, {"/mirror is over ", "are gone"});
  done(recover("--witness", "short"));
  const NoteKey nobody{"nobody", verifying_key(SigningKey{{2}}), NoteKeyType::cosignature};
  write("policy", "log " + vkey() + "\nwitness N " + to_vkey(nobody) + "\nquorum N\n");
  expect(recover("--policy", "policy"), 1, {"does not hold", "the quorum \"N\""});
  KeptNumber unfixed{"1", 3, sha256("number"), 0, std::nullopt};
  ASSERT_TRUE(keep_number(path("unfixed"), unfixed));
  expect(recover("--witness", "unfixed"), 2,
         {"--witness unfixed: keeps a number, and no root yet", "nothing is written"});
  expect({"audit", "verify", "mirror", "--from", "unfixed"}, 2,
         {"--from unfixed: keeps a number, and no root yet", "audit replay 1 --keep unfixed"});
  expect(recover("--witness", "sums/suite.yaml"), 2, {"it takes a checkpoint of this log"});
  expect(recover("--rows", "r1"), 2, {"--rows r1: is the data directory that is recovered"});
}

TEST_F(RecoveryProgram, WhatALogDoesNotHoldKeepsADirectoryFromBeingServed) {
  write_suite("sums");
  const pid_t pool = up();
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"backup", "backup"});
  done({"suite", "add", "sums/suite.yaml"});
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "export", "gwageo-data", "--out", "mirror"});
  done({"export", "1", "--out", "one.archive"});
  done({"restore", "backup", "--data", "r1"});
  const Ran lacking = run({"recover", "--from", "mirror", "--data", "r1", "--json"});
  EXPECT_EQ(lacking.code, 1);
  EXPECT_NE(count(lacking.json(), "result_blocks_missing"), "0");
  EXPECT_EQ(count(lacking.json(), "files_missing"), "3") << lacking.out;  // List, plan, scorecard.
  EXPECT_EQ(lacking.json().find("missing")->as_array().size(), 3u);
  expect({"coordinator", "--data", "r1"}, 1, {"answers of", "(jobs 1)", "the scorecard"});
  done({"recover", "--from", "mirror", "--rows", "one.archive", "--data", "r1"});
  done({"audit", "rescore", "r1"});
  EXPECT_EQ(stop(up("r1", 0)), 0);
  // Knowingly: whoever takes the note away has it served.
  done({"restore", "backup", "--data", "r2"});
  EXPECT_EQ(run({"recover", "--from", "mirror", "--data", "r2"}).code, 1);
  fs::remove(path("r2/incomplete"));
  EXPECT_EQ(stop(up("r2", 0)), 0);
}

// Two stories by one key, both whole: what the directory itself holds says which is its own.
TEST_F(RecoveryProgram, AMirrorOfAnotherStoryIsRefused) {
  const pid_t pool = up("gwageo-data", 0);
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"backup", "backup"});
  done({"model", "retire", "m1", "--reason", "one story"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "export", "gwageo-data", "--out", "one"});
  done({"restore", "backup", "--data", "forked"});
  const pid_t fork = up("forked", 0);
  done({"model", "retire", "m1", "--reason", "another", "--data", "forked"});
  add_paced_to("forked", "m2");
  EXPECT_EQ(stop(fork), 0);
  done({"audit", "export", "forked", "--out", "other"});
  done({"audit", "verify", "other", "--signer", vkey()});
  done({"audit", "export", "backup", "--out", "short"});
  const std::string signed_one = path("gwageo-data/checkpoint");

  const auto refuse = [&](const std::string& mirror, const std::string& data,
                          const std::vector<std::string>& parts,
                          const std::vector<std::string>& more = {}) {
    const std::string before = read(data + "/checkpoint");
    std::vector<std::string> words = {"recover", "--from", mirror, "--data", data};
    words.insert(words.end(), more.begin(), more.end());
    expect(words, 1, parts);
    EXPECT_EQ(read(data + "/checkpoint"), before);
    EXPECT_FALSE(fs::exists(path(data + "/incomplete")));
  };
  // By the guard, by what a witness brought, by what was published and by what is given.
  done({"restore", "backup", "--data", "r1"});
  fs::copy_file(signed_one, path("r1/checkpoint"), fs::copy_options::overwrite_existing);
  refuse("other", "r1", {"other: ", "r1/checkpoint", "one of records", "nothing is written"});
  refuse("short", "r1", {"short: ", "r1/checkpoint", "are gone", "newer mirror"});
  done({"restore", "backup", "--data", "r2"});
  fs::create_directories(path("r2/witnesses"));
  fs::copy_file(signed_one, path("r2/witnesses/haneul"));
  refuse("other", "r2", {"r2/witnesses/haneul"});
  done({"restore", "backup", "--data", "r3"});
  fs::remove_all(path("r3/tiles"));
  fs::copy(path("gwageo-data/tiles"), path("r3/tiles"), fs::copy_options::recursive);
  refuse("other", "r3", {"r3/tiles/checkpoint", "was changed after it was signed"});
  done({"restore", "backup", "--data", "r4"});
  refuse("other", "r4", {signed_one}, {"--witness", "gwageo-data/checkpoint"});
  write("r4/witnesses/torn", "no checkpoint");
  refuse("one", "r4", {"r4/witnesses/torn", "take it away"});
  fs::remove(path("r4/witnesses/torn"));
  for (const std::string data : {"r1", "r2", "r3", "r4"}) {
    done({"recover", "--from", "one", "--data", data, "--witness", "gwageo-data/checkpoint"});
    done({"audit", "verify", data, "--from", "one"});
  }
}

TEST_F(RecoveryProgram, ABackupThatLacksSomethingIsNotRestored) {
  const pid_t pool = up("gwageo-data", 0);
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"backup", "backup"});
  EXPECT_EQ(stop(pool), 0);
  const std::vector<std::string> restore = {"restore", "backup", "--data", "r1"};
  for (const std::string name : {"checkpoint", "keys/coordinator.key"}) {
    fs::rename(path("backup/" + name), path("kept"));
    expect(restore, 2, {"no whole backup", name, "nothing is restored"});
    EXPECT_FALSE(fs::exists(path("r1"))) << name;
    fs::rename(path("kept"), path("backup/" + name));
  }
  for (const std::string name : {"store/x", "keys/x"}) {
    fs::create_symlink("/etc/passwd", path("backup/" + name));
    expect(restore, 2, {"backup/" + name, "neither a file nor a folder"});
    EXPECT_FALSE(fs::exists(path("r1"))) << name;
    fs::remove(path("backup/" + name));
  }
  done(restore);
  EXPECT_EQ(stop(up("r1", 0)), 0);
}

TEST_F(RecoveryProgram, ADamagedBackupIsNotRestored) {
  write_suite("sums", 2000);
  const pid_t pool = up();
  done({"suite", "add", "sums/suite.yaml"});
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
  done({"backup", "backup"});
  EXPECT_EQ(stop(pool), 0);
  std::map<std::string, fs::path> largest;  // Small ones are mostly tables of contents.
  for (const fs::directory_entry& entry : fs::directory_iterator(path("backup/store"))) {
    const std::string kind = entry.path().extension();
    if (kind != ".sst" && kind != ".blob") continue;
    fs::path& file = largest[kind];
    if (file.empty() || fs::file_size(file) < entry.file_size()) file = entry.path();
  }
  ASSERT_FALSE(largest.empty());
  for (const auto& [kind, file] : largest) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    const auto at = static_cast<std::streamoff>(fs::file_size(file) / 10);
    const auto flip = [&] {
      bytes.seekg(at);
      const char before = static_cast<char>(bytes.get());
      bytes.seekp(at);
      bytes.put(static_cast<char>(before ^ 1));
      bytes.flush();
    };
    flip();
    expect({"restore", "backup", "--data", "r1"}, 1, {"backup is damaged", "nothing is restored"});
    EXPECT_TRUE(fs::is_empty(path("r1"))) << file;
    flip();
  }
  // One that is behind its own checkpoint lost records.
  fs::rename(path("backup/checkpoint"), path("kept"));
  fs::copy_file(path("gwageo-data/checkpoint"), path("backup/checkpoint"));
  expect({"restore", "backup", "--data", "r1"}, 1, {"backup is damaged", "are lost"});
  fs::rename(path("kept"), path("backup/checkpoint"));
  done({"restore", "backup", "--data", "r1"});
  done({"audit", "verify", "r1"});
}

// A mirror is mostly behind: together with it the store may have lost nothing.
TEST_F(RecoveryProgram, AMirrorThatIsBehindFillsAHoleOfTheMiddle) {
  make_mirrors();
  const std::uint64_t all = records_of("gwageo-data");
  const std::uint64_t most = records_of("early");
  ASSERT_LT(most, all);
  lose("gwageo-data", 2, most - 1);
  const std::string guard = read("gwageo-data/checkpoint");
  write("gwageo-data/witnesses/haneul", guard);
  const Json recovered = done({"recover", "--from", "early", "--json"}).json();
  EXPECT_EQ(count(recovered, "refilled"), std::to_string(most - 3));
  EXPECT_EQ(count(recovered, "records"), std::to_string(all));
  EXPECT_EQ(count(recovered, "gaps"), "[]");
  EXPECT_EQ(read("gwageo-data/checkpoint"), guard) << "it never goes back";
  done({"audit", "verify", "gwageo-data", "--from", "late", "--signer", vkey()});
  EXPECT_EQ(stop(up("gwageo-data", 0)), 0);
}

TEST_F(RecoveryProgram, AMirrorThatIsBehindTakesNothingAway) {
  make_mirrors();
  EXPECT_EQ(count(done({"recover", "--from", "early", "--json"}).json(), "refilled"), "0");
  // Neither where nobody has signed what the mirror lacks.
  copy("early/checkpoint", "gwageo-data/checkpoint");
  fs::remove_all(path("gwageo-data/tiles"));
  done({"recover", "--from", "early"});
  EXPECT_EQ(records_of("gwageo-data"), records_of("late"));
  EXPECT_EQ(stop(up("gwageo-data", 0)), 0);
}

TEST_F(RecoveryProgram, EveryGapIsSeenAndWhatNobodyHasIsNamed) {
  make_mirrors();
  const std::uint64_t all = records_of("gwageo-data");
  const std::uint64_t most = records_of("early");
  lose("gwageo-data", most - 2, most + 1);
  lose("gwageo-data", all - 2, all - 1);
  const std::string at_end = std::to_string(all - 2) + " to " + std::to_string(all - 2);
  const std::string gaps =
      "records " + std::to_string(most) + " to " + std::to_string(most) + ", " + at_end;
  // They were signed, so they are lost.
  const std::string guard = read("gwageo-data/checkpoint");
  expect({"recover", "--from", "early"}, 1, {"nothing is written", gaps, "new directory"});
  expect({"recover", "--from", "early", "--accept-loss", std::to_string(most)}, 2, {gaps});
  EXPECT_EQ(read("gwageo-data/checkpoint"), guard);
  EXPECT_FALSE(fs::exists(path("gwageo-data/incomplete")));
  // Where nobody is known to have signed them the journal is incomplete, and not served.
  copy("early/checkpoint", "gwageo-data/checkpoint");
  fs::remove_all(path("gwageo-data/tiles"));
  const Ran ran = run({"recover", "--from", "early"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_NE(ran.out.find("2 of " + std::to_string(most) + " records were missing"), ran.out.npos);
  EXPECT_NE(ran.out.find("2 records are missing, which the mirror has not: " + gaps), ran.out.npos)
      << ran.out;
  const Json told = run({"recover", "--from", "early", "--json"}).json();
  EXPECT_EQ(count(told, "ok"), "false");
  EXPECT_EQ(count(told, "records_missing"), "2");
  EXPECT_EQ(told.find("gaps")->as_array().size(), 2u);
  expect({"coordinator"}, 1, {"is not complete", gaps});
  done({"recover", "--from", "late"});
  done({"audit", "verify", "gwageo-data", "--from", "late", "--signer", vkey()});
  EXPECT_EQ(stop(up("gwageo-data", 0)), 0);
}

TEST_F(RecoveryProgram, ALossIsAcceptedKnowinglyOrNotAtAll) {
  make_mirrors();
  const std::uint64_t all = records_of("gwageo-data");
  const std::uint64_t most = records_of("early");
  const std::string left = std::to_string(most + 1);
  lose("gwageo-data", most - 1, most);
  lose("gwageo-data", most + 1, all);
  write("gwageo-data/witnesses/haneul", read("gwageo-data/checkpoint"));
  write("gwageo-data/witnesses/bada", read("early/checkpoint"));
  expect({"recover", "--from", "early"}, 1,
         {"are gone", "nothing is written", "gwageo-data/tiles is one", "--accept-loss " + left});
  expect({"recover", "--from", "early", "--accept-loss", std::to_string(most)}, 2,
         {left + " records together", "nothing is written"});
  EXPECT_FALSE(fs::exists(path("gwageo-data/incomplete")));
  copy("gwageo-data/checkpoint", "guard");
  const Ran accepted = done({"recover", "--from", "early", "--accept-loss", left});
  for (const std::string& part : {"records " + left + " to " + std::to_string(all - 1),
                                  std::string("two stories"), std::string("witnesses/haneul")}) {
    EXPECT_NE(accepted.out.find(part), accepted.out.npos) << accepted.out;
  }
  const std::string kept = "gwageo-data/lost-" + left;
  EXPECT_EQ(read(kept + "/checkpoint"), read("guard"));
  EXPECT_EQ(read(kept + "/witnesses/haneul"), read("guard"));
  EXPECT_TRUE(fs::exists(path(kept + "/tiles/checkpoint")));
  EXPECT_TRUE(fs::exists(path("gwageo-data/witnesses/bada")));
  EXPECT_EQ(stop(up("gwageo-data", 0)), 0);
  done({"audit", "verify", "gwageo-data", "--from", "early", "--signer", vkey()});
  EXPECT_EQ(run({"audit", "verify", "gwageo-data", "--from", "guard"}).code, 1);
  // Once more, and where nothing is lost.
  done({"recover", "--from", "early", "--accept-loss", std::to_string(records_of("gwageo-data"))});
}

// Nobody holds what would tell them apart; their own chain does.
TEST_F(RecoveryProgram, TwoStoriesAreNotMendedIntoOne) {
  make_mirrors();
  done({"restore", "backup", "--data", "forked"});
  const pid_t fork = up("forked", 0);
  done({"model", "retire", "m1", "--reason", "another story", "--data", "forked"});
  EXPECT_EQ(stop(fork), 0);
  done({"audit", "export", "forked", "--out", "other"});
  ASSERT_LT(records_of("other"), records_of("gwageo-data"));
  lose("gwageo-data", records_of("backup"), records_of("other"));
  fs::remove(path("gwageo-data/checkpoint"));
  fs::remove_all(path("gwageo-data/tiles"));
  expect({"recover", "--from", "other"}, 1, {"nothing is written", "is chained to", "own"});
  EXPECT_FALSE(fs::exists(path("gwageo-data/incomplete")));
  EXPECT_FALSE(fs::exists(path("gwageo-data/checkpoint")));
  done({"recover", "--from", "late"});
}

TEST_F(RecoveryProgram, AnExportWritesAgainWhatAMirrorLost) {
  make_mirrors();
  const auto lose_one = [this](const std::string& log) {
    fs::path lost;
    for (const fs::directory_entry& entry : fs::directory_iterator(path(log + "/statements"))) {
      if (entry.path().filename() != "all") lost = entry.path();
    }
    fs::remove(lost);
    EXPECT_EQ(run({"audit", "verify", log, "--signer", vkey()}).code, 1);
  };
  lose_one("late");
  done({"audit", "export", "gwageo-data", "--out", "late"});
  done({"audit", "verify", "late", "--signer", vkey()});
  lose_one("gwageo-data/tiles");
  EXPECT_EQ(stop(up("gwageo-data", 0)), 0);
  done({"audit", "verify", "gwageo-data/tiles", "--signer", vkey()});
}

// They know the coordinator, so what it signed opens with them; what they sign does not.
TEST_F(RecoveryProgram, AnotherKeyFileIsNotTheCoordinatorsOwn) {
  make_mirrors();
  stop(up("foreign", 0));
  copy("gwageo-data/keys/coordinator.key", "own.key");
  const std::string guard = read("gwageo-data/checkpoint");
  for (const std::string other : {"gwageo-data/keys/operator.key", "gwageo-data/keys/worker.key"}) {
    for (const std::string folder : {"gwageo-data", "backup"}) {
      copy(other, folder + "/keys/coordinator.key");
    }
    const std::vector<std::string> parts = {"keys/coordinator.key: is the key file of ",
                                            "nothing is signed or written"};
    expect({"coordinator"}, 2, parts);
    expect({"recover", "--from", "late"}, 2, parts);
    expect({"restore", "backup", "--data", "r1"}, 2, parts);
    EXPECT_FALSE(fs::exists(path("r1")));
    EXPECT_EQ(read("gwageo-data/checkpoint"), guard);
  }
  for (const std::string folder : {"gwageo-data", "backup"}) {
    copy("foreign/keys/coordinator.key", folder + "/keys/coordinator.key");
  }
  expect({"coordinator"}, 1, {"gwageo-data/checkpoint", "keys/coordinator.key"});
  expect({"recover", "--from", "late"}, 1, {"gwageo-data/keys/coordinator.key"});
  expect({"restore", "backup", "--data", "r1"}, 1, {"backup/keys/coordinator.key"});
  EXPECT_EQ(read("gwageo-data/checkpoint"), guard);
  for (const std::string folder : {"gwageo-data", "backup"}) {
    copy("own.key", folder + "/keys/coordinator.key");
  }
  done({"restore", "backup", "--data", "r1"});
  EXPECT_EQ(stop(up("gwageo-data", 0)), 0);
}

TEST_F(RecoveryProgram, ABackupIsLookedAtBeforeItIsRestored) {
  make_mirrors();
  const std::vector<std::string> restore = {"restore", "backup", "--data", "r1"};
  copy("backup/format", "format");
  write("backup/format", "gwageo 99\n");
  expect(restore, 2, {"backup: the format is \"gwageo 99\"", "\"gwageo 1\""});
  copy("format", "backup/format");
  write("backup/witnesses/haneul", "junk");
  expect(restore, 1, {"backup/witnesses/haneul", "nothing is restored", "take it away"});
  EXPECT_FALSE(fs::exists(path("r1")));
  write("backup/witnesses/haneul", read("backup/checkpoint"));
  const Ran whole = done(restore);
  EXPECT_EQ(whole.err, "");
  for (const std::string name : {"operator.key", "worker.key"}) {
    fs::remove(path("backup/keys/" + name));
  }
  const Ran warned = done({"restore", "backup", "--data", "r2", "--json"});
  EXPECT_EQ(count(warned.json(), "keys_missing"), R"(["keys/operator.key","keys/worker.key"])");
  EXPECT_NE(warned.err.find("has no keys/operator.key"), std::string::npos) << warned.err;
  EXPECT_NE(warned.err.find("has no keys/worker.key"), std::string::npos) << warned.err;
  EXPECT_EQ(stop(up("r2", 0)), 0);
}

}  // namespace
}  // namespace gwageo::testing
