// What a witness keeps is worth something to others: a proof where a log told two stories, and a
// memory that outlives its key and is looked at where it lies.
#include <gtest/gtest.h>

#include <filesystem>

#include "protocol/key_file.h"
#include "protocol/transparency/note.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

namespace fs = std::filesystem;

class WitnessProgram : public ProgramTest {
 protected:
  std::string vkey() const {
    return *read_coordinator_verifier(path("gwageo-data/keys/operator.key"));
  }
  static std::vector<std::string> look(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"witness", "--key", "wit.key", "--state", "state", "--once"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  /// Waits until the witness has cosigned `size` records.
  void cosign(std::int64_t size) {
    ASSERT_TRUE(eventually([&] {
      const Ran looked = run(look({"--json"}));
      return looked.code == 0 && looked.json().find("size")->as_integer() >= size;
    }));
  }
  /// Files of notes that wait for tiles.
  std::vector<std::string> waiting() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path("."))) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("state.pending-")) names.push_back(name);
    }
    return names;
  }
  std::int64_t size() {
    return done({"audit", "verify", "--json"}).json().find("size")->as_integer();
  }
};

TEST_F(WitnessProgram, AForkIsProvenWithTheKeyOfTheLogAlone) {
  write_suite("sums");
  write_suite("more", 3);
  const pid_t pool = up("gwageo-data", 0);
  done({"keys", "new", "auditor", "wit", "--out", "wit.key"});
  done({"backup", "backup"});
  done({"suite", "add", "sums/suite.yaml"});
  cosign(size());
  EXPECT_EQ(stop(pool), 0);
  // The same key goes on from the backup, and tells another story that is longer.
  done({"restore", "backup", "--data", "forked"});
  const pid_t other = up("forked", 0);
  for (const std::string name : {"more", "sums"}) {
    done({"suite", "add", name + "/suite.yaml", "--data", "forked"});
  }
  for (int i = 0; i < 5; ++i) {
    done({"keys", "new", "auditor", "a" + std::to_string(i), "--data", "forked"});
  }
  EXPECT_EQ(stop(other), 0);
  expect(look({"--log", "forked/tiles"}), 1, {"NOT cosigned", "state.fraud proves", vkey()});
  const Json proven = done({"audit", "check", "state.fraud", "--signer", vkey(), "--json"}).json();
  EXPECT_EQ(*proven.find("ok"), Json(true));
  EXPECT_NE(*proven.find("root"), *proven.find("first")->find("root"));
  EXPECT_NE(done({"audit", "check", "state.fraud", "--signer", vkey()}).out.find("two stories"),
            std::string::npos);
  expect({"audit", "check", "state.fraud"}, 2, {"--signer VKEY or --policy FILE"});
  const NoteKey another{"gwageo", verifying_key(SigningKey{{1}})};
  expect({"audit", "check", "state.fraud", "--signer", to_vkey(another)}, 1, {"proves no split"});
  write("half.fraud", "gwageo/split-proof/v1\n\n");
  expect({"audit", "check", "half.fraud", "--signer", vkey()}, 2, {"split proof: "});
}

// Every log has a smaller checkpoint than the newest, so two notes alone are no proof; with the
// tiles of either log's end they are one, and those may be at hand only later.
TEST_F(WitnessProgram, TheSmallerOfTwoStoriesIsKeptUntilAMirrorProvesIt) {
  write_suite("sums");
  write_suite("more", 3);
  const pid_t pool = up("gwageo-data", 0);
  done({"keys", "new", "auditor", "wit", "--out", "wit.key"});
  done({"backup", "backup"});
  for (const std::string name : {"sums", "more"}) done({"suite", "add", name + "/suite.yaml"});
  for (int i = 0; i < 5; ++i) done({"keys", "new", "auditor", "a" + std::to_string(i)});
  cosign(size());
  EXPECT_EQ(stop(pool), 0);
  done({"restore", "backup", "--data", "forked"});
  const pid_t other = up("forked", 0);
  EXPECT_EQ(stop(other), 0);
  const Json smaller =
      done({"audit", "verify", "forked/tiles", "--signer", vkey(), "--json"}).json();
  const std::string refused = "state.refused-" + smaller.find("size")->dump() + "-" +
                              smaller.find("root")->as_string().substr(0, 16);
  // Without the tiles of what it cosigned the witness keeps the note, which is all that there is.
  expect(look({"--log", "forked/tiles"}), 1,
         {"fewer than the", "NOT cosigned", "kept in " + refused, "no proof yet", "--log DIR"});
  EXPECT_FALSE(fs::exists(path("state.fraud")));
  EXPECT_EQ(
      run({"audit", "verify", "gwageo-data/tiles", "--signer", vkey(), "--from", refused}).code, 1);
  // A later look at the log that was cosigned makes the proof of it, and says so again each time.
  for (int i = 0; i < 2; ++i) {
    expect(look({"--log", "gwageo-data/tiles"}), 1, {"NOT cosigned", "state.fraud proves", vkey()});
    const Json proven =
        done({"audit", "check", "state.fraud", "--signer", vkey(), "--json"}).json();
    EXPECT_EQ(*proven.find("first")->find("root"), *smaller.find("root"));
    fs::remove(path("state.fraud"));
  }
  // Whoever goes on knowingly takes it away.
  fs::remove(path(refused));
  done(look({"--log", "gwageo-data/tiles"}));
  // Shown together with the tiles of what was cosigned it is a proof at once.
  fs::copy(path("gwageo-data/tiles"), path("both"), fs::copy_options::recursive);
  fs::copy_file(path("forked/tiles/checkpoint"), path("both/checkpoint"),
                fs::copy_options::overwrite_existing);
  expect(look({"--log", "both"}), 1, {"fewer than the", "state.fraud proves"});
  EXPECT_FALSE(fs::exists(path(refused)));
  done({"audit", "check", "state.fraud", "--signer", vkey()});
}

// Whoever shows a witness the larger of two stories may hold its tiles back: it waits then.
TEST_F(WitnessProgram, TheLargerOfTwoStoriesWaitsUntilTheLogIsAsLarge) {
  write_suite("sums");
  write_suite("more", 3);
  const pid_t pool = up("gwageo-data", 0);
  done({"keys", "new", "auditor", "wit", "--out", "wit.key"});
  cosign(size());
  done({"backup", "backup"});
  EXPECT_EQ(stop(pool), 0);
  done({"restore", "backup", "--data", "forked"});
  const pid_t other = up("forked", 0);
  done({"suite", "add", "more/suite.yaml", "--data", "forked"});
  EXPECT_EQ(stop(other), 0);
  const auto show = [&](const std::string& data, const std::string& name) {
    fs::create_directory(path(name));
    fs::copy_file(path(data + "/tiles/checkpoint"), path(name + "/checkpoint"));
  };
  show("forked", "bare");
  const std::vector<std::string> waits = {"NOT cosigned", "waits in state.pending"};
  for (int i = 0; i < 2; ++i) {
    const Ran looked = run(look({"--log", "bare"}));
    EXPECT_NE(looked.code, 0);
    for (const std::string& part : waits) {
      EXPECT_NE(looked.err.find(part), std::string::npos) << looked.err;
    }
  }
  EXPECT_FALSE(fs::exists(path("state.fraud")));
  // The log itself, once it has as many records.
  const pid_t again = up("gwageo-data", 0);
  for (const std::string name : {"sums", "more"}) done({"suite", "add", name + "/suite.yaml"});
  for (int i = 0; i < 5; ++i) done({"keys", "new", "auditor", "a" + std::to_string(i)});
  const std::int64_t whole = size();
  ASSERT_TRUE(eventually([&] {
    return run({"audit", "verify", "gwageo-data/tiles", "--json"})
               .json()
               .find("size")
               ->as_integer() >= whole;
  }));
  EXPECT_EQ(stop(again), 0);
  // One that is shown later takes the place of none.
  show("gwageo-data", "own");
  EXPECT_NE(run(look({"--log", "own"})).code, 0);
  EXPECT_EQ(waiting().size(), 2U);
  for (int i = 0; i < 2; ++i) {
    expect(look({"--log", "gwageo-data/tiles"}), 1, {"NOT cosigned", "state.fraud proves", vkey()});
    done({"audit", "check", "state.fraud", "--signer", vkey()});
    fs::remove(path("state.fraud"));
  }
  // Whoever goes on knowingly takes it away.
  for (const std::string& name : waiting()) fs::remove(path(name));
  done(look({"--log", "gwageo-data/tiles"}));
  EXPECT_TRUE(waiting().empty());
}

TEST_F(WitnessProgram, WhatWaitedIsNoMatterOnceItsTilesAreThere) {
  write_suite("sums");
  const pid_t pool = up("gwageo-data", 0);
  done({"keys", "new", "auditor", "wit", "--out", "wit.key"});
  cosign(size());
  done({"suite", "add", "sums/suite.yaml"});
  EXPECT_EQ(stop(pool), 0);
  fs::create_directory(path("bare"));
  fs::copy_file(path("gwageo-data/tiles/checkpoint"), path("bare/checkpoint"));
  EXPECT_NE(run(look({"--log", "bare"})).code, 0);
  EXPECT_EQ(waiting().size(), 1U);
  done(look({"--log", "gwageo-data/tiles"}));
  EXPECT_TRUE(waiting().empty());
  EXPECT_FALSE(fs::exists(path("state.fraud")));
}

TEST_F(WitnessProgram, AnOlderCheckpointThatWasKeptIsNoMatterOnceTheLogGoesOnFromIt) {
  write_suite("sums");
  const pid_t pool = up("gwageo-data", 0);
  done({"keys", "new", "auditor", "wit", "--out", "wit.key"});
  cosign(size());
  fs::create_directory(path("older"));
  fs::copy_file(path("state"), path("older/checkpoint"));
  done({"suite", "add", "sums/suite.yaml"});
  cosign(size());
  EXPECT_EQ(stop(pool), 0);
  expect(look({"--log", "older"}), 1, {"fewer than the", "no proof yet"});
  done(look({"--log", "gwageo-data/tiles"}));
  EXPECT_FALSE(fs::exists(path("state.fraud")));
}

TEST_F(WitnessProgram, AStateOutlivesTheRotationOfItsKey) {
  const pid_t pool = up("gwageo-data", 0);
  done({"keys", "new", "auditor", "wit", "--out", "wit.key"});
  cosign(1);
  const Json rotated = done({"keys", "rotate", "wit", "--key", "wit.key", "--json"}).json();
  const std::string was = rotated.find("was")->as_string();
  expect(look(), 2, {"no cosignature by wit+", "--was VKEY"});
  expect(look({"--was", "wit"}), 2, {"--was: "});
  const NoteKey stranger{"wit", verifying_key(SigningKey{{1}}), NoteKeyType::cosignature};
  expect(look({"--was", to_vkey(stranger)}), 2, {"--was VKEY"});
  done(look({"--was", to_vkey(stranger), "--was", was}));
  done(look());  // The state is the new key's from here on.
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify", "gwageo-data", "--from", "state"});
}

TEST_F(WitnessProgram, AnAuditAndAPoolLookAtWhatWitnessesBrought) {
  write_suite("sums");
  const pid_t pool = up("gwageo-data", 0);
  done({"keys", "new", "auditor", "wit", "--out", "wit.key"});
  done({"backup", "old"});
  done({"suite", "add", "sums/suite.yaml"});
  cosign(size());
  ASSERT_TRUE(eventually([&] { return fs::exists(path("gwageo-data/witnesses/wit")); }));
  EXPECT_EQ(stop(pool), 0);
  const Json whole = done({"audit", "verify", "gwageo-data", "--json"}).json();
  EXPECT_EQ(*whole.find("witness_files"), Json(1));
  EXPECT_EQ(*whole.find("held"), Json(0));
  // A journal that went back is not good where its witness's word lies.
  done({"audit", "verify", "old", "--signer", vkey()});
  fs::create_directory(path("old/witnesses"));
  fs::copy_file(path("gwageo-data/witnesses/wit"), path("old/witnesses/wit"));
  const Ran verified = run({"audit", "verify", "old", "--signer", vkey()});
  EXPECT_EQ(verified.code, 1);
  EXPECT_NE(verified.out.find("old/witnesses/wit is over"), std::string::npos) << verified.out;
  write("old/witnesses/wit", "garbage");
  EXPECT_NE(run({"audit", "verify", "old"}).out.find("old/witnesses/wit: "), std::string::npos);
  // Nor does a pool begin that is told of it.
  fs::remove_all(path("old/witnesses"));
  const pid_t told = begin("told", {"up", "--data", "old", "--workers", "0", "--witness", "state"});
  EXPECT_EQ(wait_for(told), 1);
}

// On a running coordinator, from elsewhere, with nothing but a key file.
TEST_F(WitnessProgram, AnAuditorFromElsewhereSeesTheSignature) {
  write_suite("sums");
  const pid_t pool = up();
  done({"suite", "add", "sums/suite.yaml"});
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
  done({"keys", "new", "auditor", "far", "--out", "far.key"});
  done({"keys", "new", "team", "red", "--out", "red.key"});
  fs::create_directory(path("elsewhere"));
  const auto from_elsewhere = [](std::vector<std::string> words, const std::string& key) {
    words.insert(words.end(), {"--coordinator", "file:gwageo-data/endpoint", "--key", key, "--data",
                               "elsewhere"});
    return words;
  };
  for (const std::vector<std::string>& whose :
       {std::vector<std::string>{}, std::vector<std::string>{"--signer", vkey()}}) {
    std::vector<std::string> words = {"audit", "verify", "--json"};
    words.insert(words.end(), whose.begin(), whose.end());
    const Json found = done(from_elsewhere(words, "far.key")).json();
    EXPECT_EQ(*found.find("ok"), Json(true));
    EXPECT_GT(found.find("signed_size")->as_integer(), 0);
    EXPECT_EQ(*found.find("signer"), Json(vkey()));
  }
  const NoteKey another{"gwageo", verifying_key(SigningKey{{1}})};
  EXPECT_EQ(run(from_elsewhere({"audit", "verify", "--signer", to_vkey(another)}, "far.key")).code,
            1);
  const Json exported =
      done(from_elsewhere({"export", "1", "--out", "one.archive", "--json"}, "far.key")).json();
  EXPECT_EQ(*exported.find("unsigned"), Json(0));
  done({"audit", "verify", "one.archive", "--signer", vkey()});
  // Whoever may not have the journal is left with nothing.
  EXPECT_EQ(run(from_elsewhere({"audit", "export", "--out", "log"}, "red.key")).code, 4);
  EXPECT_FALSE(fs::exists(path("log")));
  EXPECT_EQ(stop(pool), 0);
}

}  // namespace
}  // namespace gwageo::testing
