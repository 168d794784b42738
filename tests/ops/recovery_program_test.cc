// A data directory that lost something: what comes back is whole, or says what it lacks and is not
// served.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "protocol/key_file.h"
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
  for (const std::string part : {"1 statements that people signed are missing", "--rows",
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
