// The published log of a real pool: verified by us, by Go's code, and followed by a witness.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "coordinator/keys.h"
#include "coordinator/result_block.h"
#include "coordinator/rocks_store.h"
#include "protocol/key_file.h"
#include "protocol/transparency/note.h"
#include "tests/folders.h"
#include "tests/ops/oracle.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

namespace fs = std::filesystem;

class PublishedLogProgram : public ProgramTest {
 protected:
  /// A pool that has examined something.
  pid_t examined() {
    write_suite("sums");
    const pid_t pool = up();
    done({"suite", "add", "sums/suite.yaml"});
    add_paced("m1", "candidate", "2026-01-01", "4");
    done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
    return pool;
  }
  std::string vkey() const {
    return *read_coordinator_verifier(path("gwageo-data/keys/operator.key"));
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  }
  /// What lies in a folder, by its path there.
  std::map<std::string, std::string> files_in(const std::string& name) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(path(name))) {
      const std::string file = fs::relative(entry.path(), path("."));
      files[file] = entry.is_directory() ? "a folder" : read(file);
    }
    return files;
  }
  /// Exports what tells another story than the mirror, and expects the proof beside it, alone.
  void refuse_fork(const std::string& source) {
    const auto before = files_in("mirror");
    const auto root_of = [&](const std::string& where) {
      const Ran said = done({"audit", "verify", where, "--signer", vkey(), "--json"});
      return said.json().find("root")->as_string();
    };
    expect({"audit", "export", source, "--out", "mirror"}, 1,
           {source, "does not go on from what is in ", vkey() + " signed ", root_of("mirror"),
            root_of(source), "mirror.fraud proves that the log tells two stories",
            "gwageo audit check ", "recover --from ", "another --out"});
    EXPECT_EQ(files_in("mirror"), before) << source;
    const std::string checked = done({"audit", "check", "mirror.fraud", "--signer", vkey()}).out;
    EXPECT_NE(checked.find("told two stories"), std::string::npos) << checked;
    EXPECT_NE(read("mirror.fraud").find(read(source + "/tiles/checkpoint")), std::string::npos);
    // What is there may be the proof of another split.
    fs::rename(path("mirror.fraud"), path("first"));
    write("mirror.fraud", "of another split");
    for (int times = 0; times < 2; ++times) {
      expect({"audit", "export", source, "--out", "mirror"}, 1, {"mirror.fraud.2 proves"});
    }
    EXPECT_EQ(read("mirror.fraud"), "of another split");
    EXPECT_EQ(read("mirror.fraud.2"), read("first"));
    for (const char* const file : {"mirror.fraud", "mirror.fraud.2", "first"}) {
      EXPECT_TRUE(fs::remove(path(file)));
    }
  }
};

TEST_F(PublishedLogProgram, is_accepted_by_a_verifier_that_others_wrote) {
  const pid_t pool = examined();
  done({"audit", "export", "--out", "running"});
  EXPECT_EQ(stop(pool), 0);
  const Ran verified = done({"audit", "verify", "gwageo-data/tiles", "--signer", vkey(), "--from",
                             "running", "--from", "gwageo-data/checkpoint", "--json"});
  EXPECT_EQ(*verified.json().find("ok"), Json(true)) << verified.out;
  EXPECT_EQ(*verified.json().find("held"), Json(2));
  const std::string said = oracle({"log", path("gwageo-data/tiles"), vkey()});
  EXPECT_NE(said.find("entries=" + verified.json().find("size")->dump() +
                      " root=" + verified.json().find("root")->as_string()),
            std::string::npos)
      << said;
  EXPECT_EQ(oracle({"consistent", path("gwageo-data/tiles"), vkey(), path("running/checkpoint")})
                .find("from="),
            0u);
  EXPECT_EQ(oracle({"log", path("running"), vkey()}).find("entries="), 0u);
  // The export goes on where it was, and is then the published log, tile by tile.
  done({"audit", "export", "gwageo-data", "--out", "running"});
  EXPECT_EQ(read("running/checkpoint"), read("gwageo-data/tiles/checkpoint"));
  EXPECT_EQ(oracle({"log", path("running"), vkey()}), said);
}

TEST_F(PublishedLogProgram, a_witness_follows_cosigns_and_sees_a_rollback) {
  write_suite("sums");
  const pid_t pool = up();
  done({"keys", "new", "auditor", "haneul", "--out", "haneul.key"});
  const std::vector<std::string> once = {"witness", "--key",  "haneul.key", "--state",
                                         "state",   "--once", "--json"};
  ASSERT_TRUE(eventually([&] { return run(once).code == 0; }));
  const std::string first = read("state");
  ASSERT_TRUE(eventually([&] {
    run(once);
    return fs::exists(path("gwageo-data/witnesses/haneul"));
  }));
  done({"backup", "backup"});
  done({"suite", "add", "sums/suite.yaml"});
  const std::int64_t size = done({"audit", "verify", "--json"}).json().find("size")->as_integer();
  std::string witness;
  ASSERT_TRUE(eventually([&] {  // Until it has seen what the backup lacks.
    const Ran again = run(once);
    if (again.code != 0) return false;
    witness = again.json().find("witness")->as_string();
    return again.json().find("size")->as_integer() >= size;
  }));
  EXPECT_EQ(oracle({"cosigned", path("state"), witness}).find("time="), 0u);
  // Its cosignature comes under the published checkpoint, and a policy is content.
  write("policy", "log " + vkey() + "\nwitness H " + witness + "\nquorum H\n");
  ASSERT_TRUE(eventually([&] {
    run(once);
    return run({"audit", "verify", "--policy", "policy"}).code == 0;
  }));
  EXPECT_EQ(oracle({"cosigned", path("gwageo-data/tiles/checkpoint"), witness}).find("time="), 0u);
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify", "gwageo-data/tiles", "--signer", vkey(), "--from", "state"});
  // In a folder it works as well, and a log that became shorter is not cosigned.
  const std::vector<std::string> folder = {"witness", "--key",   "haneul.key", "--log",
                                           "mirror",  "--state", "state2",     "--once"};
  done({"audit", "export", "gwageo-data", "--out", "mirror"});
  done(folder);
  done({"audit", "verify", "mirror", "--signer", vkey(), "--from", "state2"});
  write("mirror/checkpoint", first);
  expect(folder, 1, {"fewer than the", "NOT cosigned", "goes on from it", "no other story"});
  // A coordinator that was put back behind its witness serves nothing.
  done({"restore", "backup", "--data", "old"});
  done({"audit", "verify", "old"});
  expect({"coordinator", "--data", "old", "--witness", "state"}, 1,
         {"is not the one that was signed in state", "are lost", "nothing is served"});
  // A backup has what its witnesses had cosigned by then; they have cosigned more since.
  EXPECT_TRUE(fs::exists(path("old/witnesses/haneul")));
  fs::copy(path("gwageo-data/witnesses"), path("old/witnesses"),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  expect({"coordinator", "--data", "old"}, 1, {"old/witnesses/haneul"});
}

TEST_F(PublishedLogProgram, an_item_is_proved_to_whoever_has_the_key) {
  const pid_t pool = examined();
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});  // All known: nothing is run.
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "prove", "1/7", "gwageo-data", "--out", "item.tlog-proof"});
  const Json checked =
      done({"audit", "check", "item.tlog-proof", "--signer", vkey(), "--json"}).json();
  EXPECT_EQ(*checked.find("job"), Json("1"));
  EXPECT_EQ(*checked.find("index"), Json(7));
  EXPECT_EQ(*checked.find("requests")->as_array().at(0).find("outcome"), Json("answered"));
  // The second job found it at the first, and that is where it is proved.
  const Json second = done({"audit", "prove", "2/7", "gwageo-data", "--json"}).json();
  EXPECT_EQ(*second.find("job"), Json("1"));
  expect({"audit", "check", "item.tlog-proof"}, 2, {"--signer VKEY or --policy FILE"});
  const NoteKey other{"gwageo", verifying_key(SigningKey{{1}})};
  expect({"audit", "check", "item.tlog-proof", "--signer", to_vkey(other)}, 2, {"no signature by"});
  // Whoever has to have cosigned it has not: it proves nothing to whom the policy is.
  const NoteKey nobody{"nobody", verifying_key(SigningKey{{2}}), NoteKeyType::cosignature};
  write("policy", "log " + vkey() + "\nwitness N " + to_vkey(nobody) + "\nquorum N\n");
  expect({"audit", "check", "item.tlog-proof", "--policy", "policy"}, 1, {"the quorum \"N\""});
  std::string text = read("item.tlog-proof");
  text[text.find('\n', text.find("\nindex ") + 1) - 1] ^= 1;
  write("changed", text);
  expect({"audit", "check", "changed", "--signer", vkey()}, 1, {"inclusion: "});
  expect({"audit", "prove", "1/4000", "gwageo-data"}, 2, {"has items 0 to 39 only"});
  expect({"audit", "prove", "9/0", "gwageo-data"}, 2, {"there is no job 9"});
  expect({"audit", "prove", "seven", "gwageo-data"}, 2, {"is not JOB/ITEM"});
}

// When an answer came is in no root, so whoever has the disk can write another time there.
TEST_F(PublishedLogProgram, an_item_is_proved_whatever_its_block_says_of_the_time) {
  EXPECT_EQ(stop(examined()), 0);
  {
    RocksOptions options;
    options.path = path("gwageo-data/store");
    const std::unique_ptr<Store> store = open_rocks_store(options).value();
    WriteBatch batch;
    const keys::KeyRange results = keys::result_blocks({1});
    ASSERT_TRUE(store->scan(results.first, results.second, [&](auto key, auto value) {
      ResultBlock block = decode_result_block(value).value();
      block.at.microseconds += std::int64_t{3600} * 1000 * 1000;
      batch.puts.emplace_back(key, encode(block));
      return true;
    }));
    ASSERT_FALSE(batch.empty());
    ASSERT_TRUE(store->write(batch, Sync::yes));
  }
  done({"audit", "prove", "1/7", "gwageo-data", "--out", "item.tlog-proof"});
  done({"audit", "check", "item.tlog-proof", "--signer", vkey()});
}

TEST_F(PublishedLogProgram, a_team_has_its_own_items_proved_while_the_pool_runs) {
  write_suite("sums");
  const pid_t pool = up();
  done({"suite", "add", "sums/suite.yaml"});
  for (const std::string team : {"red", "blue"}) {
    done({"keys", "new", "team", team, "--out", team + ".key"});
  }
  done({"model", "add", "m", "--role", "candidate", "--released", "2026-02-01", "--engine", "paced",
        "--option", "milliseconds=1", "--option", "text=4", "--key", "red.key"});
  for (int i = 0; i < 2; ++i) {  // The second finds all that it asks for at the first.
    done({"submit", "--model", "m", "--suite", "sums", "--wait", "--key", "red.key"});
  }
  const std::vector<std::string> prove = {"audit", "prove", "1/7",    "--out",
                                          "p",     "--key", "red.key"};
  ASSERT_TRUE(eventually([&] { return run(prove).code == 0; }));  // Once it is signed.
  const auto checked = [&] {
    return done({"audit", "check", "p", "--signer", vkey(), "--json"}).json();
  };
  const Json own = checked();
  EXPECT_EQ(*own.find("job"), Json("1"));
  EXPECT_EQ(*own.find("index"), Json(7));
  done({"audit", "prove", "2/7", "--out", "p", "--key", "red.key"});
  EXPECT_EQ(*checked().find("item"), *own.find("item"));
  expect({"audit", "prove", "1/7", "--key", "blue.key"}, 4, {"none of team blue's"});
  expect({"audit", "prove", "9/7", "--key", "blue.key"}, 4, {"none of team blue's"});
  expect({"audit", "prove", "1/40", "--key", "red.key"}, 2, {"has items 0 to 39 only"});
  expect({"audit", "prove", "9/7"}, 2, {"there is no job \"9\""});
  // What lies still proves the same.
  EXPECT_EQ(stop(pool), 0);
  const Json still = done({"audit", "prove", "1/7", "gwageo-data", "--json"}).json();
  EXPECT_EQ(*still.find("record"), *own.find("record"));
}

TEST_F(PublishedLogProgram, a_journal_that_lost_its_end_is_refilled_from_a_mirror) {
  write_suite("sums");
  const pid_t pool = up();
  done({"suite", "add", "sums/suite.yaml"});
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"backup", "backup"});
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "export", "gwageo-data", "--out", "mirror"});
  done({"export", "1", "--out", "one.archive"});
  // The store went back, and its guard did not.
  done({"restore", "backup", "--data", "old"});
  fs::copy_file(path("gwageo-data/checkpoint"), path("old/checkpoint"),
                fs::copy_options::overwrite_existing);
  expect({"coordinator", "--data", "old"}, 1, {"are lost", "nothing is served"});
  const Ran first = run({"recover", "--from", "mirror", "--data", "old"});
  EXPECT_EQ(first.code, 1) << first.err;
  EXPECT_NE(first.out.find("records were missing and are there again"), std::string::npos);
  EXPECT_NE(first.out.find("which a log does not hold (jobs 1)"), std::string::npos) << first.out;
  const Json second =
      done({"recover", "--from", "mirror", "--rows", "one.archive", "--data", "old", "--json"})
          .json();
  EXPECT_EQ(*second.find("refilled"), Json(0));
  EXPECT_EQ(*second.find("result_blocks_missing"), Json(0));
  done({"audit", "verify", "old", "--from", "mirror"});
  done({"audit", "rescore", "old"});
  const pid_t again = up("old");
  EXPECT_EQ(*done({"results", "1", "--data", "old", "--json"}).json().find("state"),
            Json("complete"));
  EXPECT_EQ(stop(again), 0);
  // What is another record is never replaced, and another's log is no mirror.
  done({"restore", "backup", "--data", "forked"});
  EXPECT_EQ(stop(up("forked")), 0);
  expect({"recover", "--from", "mirror", "--data", "forked"}, 1,
         {"checkpoint", "nothing is written: it tells another story"});
  const pid_t other = up("other");
  EXPECT_EQ(stop(other), 0);
  expect({"recover", "--from", "mirror", "--data", "other"}, 1, {"mirror"});
}

// Bytes of the right length, so nothing but a look at all of them says so.
TEST_F(PublishedLogProgram, an_export_replaces_what_was_altered_in_a_mirror) {
  pid_t pool = examined();
  done({"backup", "backup"});
  EXPECT_EQ(stop(pool), 0);
  const std::vector<std::string> exported = {"audit", "export", "gwageo-data", "--out", "mirror"};
  for (int i = 0; i < 2; ++i) done(exported);
  std::string statement;
  for (const fs::directory_entry& entry : fs::directory_iterator(path("mirror/statements"))) {
    if (entry.path().filename() != "all") statement = entry.path().filename();
  }
  std::string hashes;
  for (const fs::directory_entry& entry : fs::directory_iterator(path("mirror/tile/0/000.p"))) {
    hashes = "tile/0/000.p/" + entry.path().filename().string();
  }
  for (const std::string& name : {"statements/" + statement, hashes}) {
    std::string bytes = read("mirror/" + name);
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    write("mirror/" + name, bytes);
    EXPECT_EQ(run({"audit", "verify", "mirror", "--signer", vkey()}).code, 1) << name;
    const Ran again = done(exported);
    for (const std::string& part :
         {std::string("1 file was altered there and is replaced"), "  " + name + "\n"}) {
      EXPECT_NE(again.out.find(part), std::string::npos) << again.out;
    }
    EXPECT_EQ(read("mirror/altered/" + name), bytes);
    done({"audit", "verify", "mirror", "--signer", vkey()});
  }
  const Json whole = done({"audit", "export", "gwageo-data", "--out", "mirror", "--json"}).json();
  EXPECT_EQ(whole.find("altered")->dump(), "[]");
  // A log that tells another story takes no tile's place.
  pool = up("gwageo-data", 0);
  done({"model", "retire", "m1", "--reason", "one story"});
  EXPECT_EQ(stop(pool), 0);
  done(exported);
  done({"restore", "backup", "--data", "forked"});
  const pid_t fork = up("forked", 0);
  for (int model = 1; model <= 6; ++model) {
    done({"model", "add", "x" + std::to_string(model), "--role", "candidate", "--released",
          "2026-01-01", "--engine", "paced", "--option", "milliseconds=1", "--option", "text=4",
          "--data", "forked"});
  }
  EXPECT_EQ(stop(fork), 0);
  fs::remove_all(path("mirror/tile/0"));
  const std::string note = read("mirror/checkpoint");
  const Ran other = run({"audit", "export", "forked", "--out", "mirror"});
  EXPECT_EQ(other.code, 1);
  EXPECT_NE(other.err.find("does not go on from what is in "), std::string::npos) << other.err;
  EXPECT_EQ(read("mirror/checkpoint"), note);
  EXPECT_FALSE(fs::exists(path("mirror/tile/0"))) << other.err;
  done(exported);
  done({"audit", "verify", "mirror", "--signer", vkey()});
}

// Its tiles and statements were written before the checkpoint was refused, which nobody kept.
TEST_F(PublishedLogProgram, another_story_leaves_nothing_in_a_mirror_and_its_proof_beside_it) {
  write_suite("sums");
  write_suite("more", 3);
  const pid_t pool = up("gwageo-data", 0);
  done({"backup", "backup"});
  for (int i = 0; i < 3; ++i) done({"keys", "new", "auditor", "a" + std::to_string(i)});
  done({"suite", "add", "sums/suite.yaml"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "export", "gwageo-data", "--out", "mirror"});
  // Who went back tells no other story, but has nothing to add.
  done({"restore", "backup", "--data", "back"});
  const auto before = files_in("mirror");
  expect({"audit", "export", "back", "--out", "mirror"}, 1,
         {"does not go on from what is in ", "tells no other story", "recover --from "});
  EXPECT_EQ(files_in("mirror"), before);
  EXPECT_FALSE(fs::exists(path("mirror.fraud")));
  // A fork over fewer records, and over more.
  done({"restore", "backup", "--data", "forked"});
  EXPECT_EQ(stop(up("forked", 0)), 0);
  refuse_fork("forked");
  const pid_t fork = up("forked", 0);
  for (const std::string name : {"more", "sums"}) {
    done({"suite", "add", name + "/suite.yaml", "--data", "forked"});
  }
  for (int i = 0; i < 5; ++i) {
    done({"keys", "new", "auditor", "b" + std::to_string(i), "--data", "forked"});
  }
  EXPECT_EQ(stop(fork), 0);
  refuse_fork("forked");
  // Nor where the mirror has lost a tile; and then the right one still fills it.
  fs::remove_all(path("mirror/tile/0"));
  expect({"audit", "export", "forked", "--out", "mirror"}, 1, {"mirror.fraud proves"});
  EXPECT_FALSE(fs::exists(path("mirror/tile/0")));
  done({"audit", "export", "gwageo-data", "--out", "mirror"});
  EXPECT_EQ(files_in("mirror"), before);
}

TEST_F(PublishedLogProgram, the_log_of_others_is_read) {
  const std::string log = (folders::shared() / "vectors/tlog").string();
  if (!fs::exists(log)) GTEST_SKIP() << "no vectors at hand";
  const std::string key =
      "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
  // Its entries are no records of ours, so the first is what a verifier of records stops at; the
  // proofs and tiles of it are tested in tests/protocol/transparency.
  expect({"audit", "verify", log, "--signer", key}, 1, {});
  EXPECT_EQ(oracle({"log", log, key}).find("entries=15"), 0u);
}

// It had facts that no journal can have, once those were looked for.
TEST_F(PublishedLogProgram, TheLogOfTheBenchHolds) {
  EXPECT_NE(done({"bench", "verify", "--n", "2000", "--in", "."}).out.find("records=2000"),
            std::string::npos);
}

}  // namespace
}  // namespace gwageo::testing
