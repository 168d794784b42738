// The whole path through real processes: from an empty directory to an archive that proves itself.
#include <signal.h>

#include <fstream>
#include <map>

#include "tests/folders.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class Journey : public ProgramTest {
 protected:
  /// A pool that has examined a reference and a candidate.
  pid_t examined() {
    write_suite("mini");
    const pid_t pool = up();
    done({"suite", "add", "mini/suite.yaml"});
    done({"target", "add", "mini/target.yaml"});
    add_paced("old", "reference", "2026-07-01", "1");
    add_paced("new", "candidate", "2026-08-01", "1");
    const Json first =
        done({"submit", "--model", "old", "--suite", "mini", "--wait", "--json"}).json();
    EXPECT_EQ(*first.find("job"), Json("1"));
    EXPECT_EQ(*first.find("scored"), Json(true));
    EXPECT_EQ(done({"submit", "--model", "new", "--suite", "mini", "--wait"}).out, "2\n");
    return pool;
  }
};

TEST_F(Journey, AnEmptyPoolAnswers) {
  const pid_t pool = up("gwageo-data", 1);
  const Json status = done({"status", "--json"}).json();
  EXPECT_EQ(*status.find("jobs"), Json::array());
  EXPECT_EQ(*done({"health", "--json"}).json().find("ok"), Json(true));
  EXPECT_EQ(stop(pool), 0);
  expect({"status"}, 3, {"no coordinator is running"});
}

TEST_F(Journey, ResultsHaveTheFixedKeys) {
  examined();
  const Json results = done({"results", "1", "--json"}).json();
  for (const char* key : {"job", "model", "suite", "state", "coverage", "tasks", "axes",
                          "plan_root", "results_root", "executed", "reused", "evidence"}) {
    EXPECT_NE(results.find(key), nullptr) << key;
  }
  EXPECT_EQ(*results.find("state"), Json("complete"));
  EXPECT_EQ(*results.find("executed"), Json(40));
  EXPECT_EQ(*results.find("tasks")->find("sums")->find("exact_match")->find("value"), Json(0.25));
  done({"results", "1", "--out", "of-1"});
  EXPECT_TRUE(std::filesystem::exists(path("of-1/results.json")));

  const Json shown = done({"target", "show", "mini-95", "--as-of", "2026-09-01", "--json"}).json();
  EXPECT_EQ(*shown.find("as_of"), Json("2026-09-01"));
  const Json& verdict = shown.find("verdicts")->as_array().at(0);
  EXPECT_EQ(*verdict.find("candidate"), Json("new"));
  EXPECT_EQ(*verdict.find("meets"), Json(true));
  // The same work again is known: nothing is executed.
  done({"submit", "--model", "old", "--suite", "mini", "--wait"});
  EXPECT_EQ(*done({"results", "3", "--json"}).json().find("executed"), Json(0));
}

// Eight items that nearly fill a frame each: grants and results go in as many as it takes.
TEST_F(Journey, LongPromptsAndAnswersAreCutIntoFrames) {
  up("gwageo-data", 1);
  write_suite("long", 8);
  std::string rows;
  for (int i = 0; i < 8; ++i) {
    rows += "{\"id\": " + std::to_string(i) + ", \"question\": \"" + std::to_string(i) +
            std::string(3'500'000, 'q') + "\", \"answer\": \"1\"}\n";
  }
  write("long/sums.jsonl", rows);
  std::ifstream in(path("long/suite.yaml"));
  const std::string once{std::istreambuf_iterator<char>(in), {}};
  std::string twice = once;
  twice.insert(twice.find("{{question}}"), "{{question}}");
  write("long/suite.yaml", twice);
  expect({"suite", "add", "long/suite.yaml"}, 2, {"task sums, item 0", "at most 4194304"});
  write("long/suite.yaml", once);
  done({"suite", "add", "long/suite.yaml"});
  for (const auto& [name, bytes] : {std::pair{"a", "3500000"}, std::pair{"b", "5000000"}}) {
    done({"model", "add", name, "--role", "reference", "--released", "2026-07-01", "--engine",
          "paced", "--option", "milliseconds=0", "--option", std::string("bytes=") + bytes});
    const Ran ran = run({"submit", "--model", name, "--suite", "long", "--wait"});
    EXPECT_EQ(ran.code, std::string(name) == "a" ? 0 : 1) << ran.err;
  }
  EXPECT_EQ(*done({"results", "1", "--json"}).json().find("coverage")->find("answered"), Json(8));
  // No message could carry these answers: the items end, and are not asked again.
  EXPECT_EQ(*done({"results", "2", "--json"}).json().find("coverage")->find("failed"), Json(8));
}

TEST_F(Journey, WhatACancelledJobNeverRanIsNoFailure) {
  write_suite("mini");
  up("gwageo-data", 0);
  done({"suite", "add", "mini/suite.yaml"});
  add_paced("old", "reference", "2026-07-01", "1");
  done({"submit", "--model", "old", "--suite", "mini"});
  const Json waiting = done({"results", "1", "--json"}).json();
  EXPECT_EQ(*waiting.find("coverage")->find("failed"), Json(0));
  EXPECT_EQ(*waiting.find("coverage")->find("pending"), Json(40));
  done({"cancel", "1"});
  const Json coverage = *done({"results", "1", "--json"}).json().find("coverage");
  EXPECT_EQ(*coverage.find("failed"), Json(0));
  EXPECT_EQ(*coverage.find("cancelled"), Json(40));
  const Json items = *done({"status", "1", "--json"}).json().find("items");
  EXPECT_EQ(*items.find("failed"), Json(0));
  EXPECT_EQ(*items.find("done"), Json(0));
  EXPECT_EQ(*items.find("cancelled"), Json(40));
  EXPECT_NE(done({"results", "1"}).out.find("failed 0, cancelled 40 of 40"), std::string::npos);
  const std::string table = done({"status", "1"}).out;
  EXPECT_NE(table.find("  failed  cancelled  items\n"), std::string::npos) << table;
  EXPECT_NE(table.find("       0         40     40\n"), std::string::npos) << table;
  EXPECT_NE(
      done({"explain", "1"}).out.find("40 answers are missing because the job was cancelled.\n"),
      std::string::npos);
}

TEST_F(Journey, WhatAFailedJobNeverRanHasFailedInEveryAnswer) {
  write_suite("mini");
  up("gwageo-data", 1);
  done({"suite", "add", "mini/suite.yaml"});
  std::filesystem::copy(folders::source() / "benchmarks/models/gaon-1", path("model"));
  done({"model", "add", "m", "--role", "candidate", "--released", "2026-02-01", "--engine",
        "builtin", "--path", "model"});
  std::filesystem::rename(path("model"), path("elsewhere"));
  expect({"submit", "--model", "m", "--suite", "mini", "--wait"}, 1, {"job 1 failed"});
  const Json items = *done({"status", "1", "--json"}).json().find("items");
  EXPECT_EQ(*items.find("failed"), Json(40));
  EXPECT_EQ(*items.find("done"), Json(0));
  EXPECT_EQ(*items.find("cancelled"), Json(0));
  EXPECT_NE(done({"results", "1"}).out.find("failed 40 of 40"), std::string::npos);
  const std::string why = done({"explain", "1"}).out;
  EXPECT_NE(why.find("0 of 40 answers are there; "), std::string::npos) << why;
  EXPECT_NE(why.find("40 answers are missing because the job failed.\n"), std::string::npos) << why;
}

TEST_F(Journey, HistoryHoldsEveryVerdictInOrder) {
  examined();
  const auto history = [&] {
    return done({"target", "history", "mini-95", "--json"}).json().find("verdicts")->as_array();
  };
  // When the candidate came, and when it was scored; the day decides whether there is one more.
  EXPECT_TRUE(eventually([&] { return history().size() >= 2; }));
  const Json::Array before = history();
  // Another rule, so another verdict.
  std::ifstream in(path("mini/target.yaml"));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  text.replace(text.find("0.95"), 4, "0.90");
  write("mini/target.yaml", text);
  done({"target", "add", "mini/target.yaml"});
  EXPECT_TRUE(eventually([&] { return history().size() > before.size(); }));
  const Json::Array after = history();
  ASSERT_GT(after.size(), before.size());
  EXPECT_EQ(Json::Array(after.begin(), after.begin() + std::ssize(before)), before);
  std::int64_t generation = 0;
  for (const Json& verdict : after) {
    EXPECT_EQ(*verdict.find("candidate"), Json("new"));
    EXPECT_EQ(*verdict.find("generation"), Json(++generation));
  }
}

TEST_F(Journey, ARepeatedRequestStartsNothingTwice) {
  examined();
  const std::vector<std::string> submit = {"submit", "--model",   "old",  "--suite",
                                           "mini",   "--request", "once", "--json"};
  const Json first = done(submit).json();
  const Json again = done(submit).json();
  EXPECT_EQ(*first.find("job"), *again.find("job"));
  EXPECT_EQ(*again.find("known"), Json(true));
  expect({"submit", "--model", "new", "--suite", "mini", "--request", "once"}, 2,
         {"\"once\" was another submission: job 3, old on mini"});
}

TEST_F(Journey, EveryAuditAgrees) {
  const pid_t pool = examined();
  const Json live = done({"audit", "verify", "--json"}).json();
  EXPECT_EQ(*live.find("ok"), Json(true));
  EXPECT_EQ(*live.find("first_bad"), Json(nullptr));
  EXPECT_EQ(*done({"audit", "rescore", "1", "--json"}).json().find("ok"), Json(true));
  done({"export", "mini-95", "--out", "mini.archive"});
  done({"backup", "saved"});
  EXPECT_EQ(stop(pool), 0);

  for (const char* where : {"gwageo-data", "mini.archive", "saved"}) {
    EXPECT_EQ(*done({"audit", "verify", where, "--json"}).json().find("ok"), Json(true)) << where;
    const Json rescored = done({"audit", "rescore", where, "--json"}).json();
    EXPECT_EQ(*rescored.find("ok"), Json(true)) << where;
    EXPECT_EQ(rescored.find("jobs")->as_array().size(), 2U) << where;
    EXPECT_EQ(rescored.find("verdicts")->as_array().size(), 1U) << where;
  }
  expect({"restore", "saved"}, 2, {"not empty"});
  done({"restore", "saved", "--data", "other-data"});
  up("other-data", 0);
  const Json status = done({"status", "--data", "other-data", "--json"}).json();
  EXPECT_EQ(status.find("jobs")->as_array().size(), 2U);
}

TEST_F(Journey, AnExportWritesOverNothingAndLeavesNothingHalf) {
  examined();
  write("kept.archive", "dear");
  expect({"export", "1", "--out", "kept.archive"}, 2, {"kept.archive: exists", "--force"});
  EXPECT_EQ(std::filesystem::file_size(path("kept.archive")), 4U);
  expect({"export", "nobody", "--out", "none.archive"}, 2, {"nobody"});
  expect({"export", "1", "--out", "nowhere/one.archive"}, 2, {"nowhere/one.archive"});
  std::filesystem::create_symlink("nowhere.archive", path("link.archive"));
  expect({"export", "1", "--out", "link.archive"}, 2, {"link.archive: exists", "--force"});
  EXPECT_TRUE(std::filesystem::is_symlink(path("link.archive")));
  std::filesystem::create_directories(path("folder.archive"));
  expect({"export", "1", "--out", "folder.archive", "--force"}, 2, {"folder.archive"});
  done({"export", "1", "--out", "kept.archive", "--force"});
  done({"audit", "verify", "kept.archive"});
  for (const auto& file : std::filesystem::directory_iterator(path("."))) {
    EXPECT_EQ(file.path().string().find(".new"), std::string::npos) << file.path();
    EXPECT_NE(file.path().filename(), "none.archive");
  }
}

// So that it can be audited where it must not be written.
TEST_F(Journey, AnAuditChangesNothingWhereItReads) {
  const pid_t pool = examined();
  done({"backup", "saved"});
  stop(pool);
  const auto contents = [&](const std::string& where) {
    std::map<std::string, std::pair<std::uintmax_t, std::filesystem::file_time_type>> found;
    for (const auto& file : std::filesystem::recursive_directory_iterator(path(where))) {
      found[file.path()] = {file.is_regular_file() ? file.file_size() : 0, file.last_write_time()};
    }
    return found;
  };
  for (const std::string where : {"gwageo-data", "saved"}) {
    const auto before = contents(where);
    ASSERT_GT(before.size(), 5U);
    done({"audit", "verify", where});
    done({"audit", "rescore", where});
    EXPECT_EQ(contents(where), before) << where;
  }
}

TEST_F(Journey, ACutOrChangedArchiveIsNotGood) {
  const pid_t pool = examined();
  done({"export", "1", "--out", "one.archive"});
  stop(pool);
  std::ifstream in(path("one.archive"), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  write("cut.archive", whole.substr(0, whole.size() / 2));
  const Ran cut = run({"audit", "verify", "cut.archive", "--json"});
  EXPECT_EQ(cut.code, 1);
  EXPECT_EQ(*cut.json().find("ok"), Json(false));
  std::string changed = whole;
  changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
  write("changed.archive", changed);
  EXPECT_EQ(run({"audit", "verify", "changed.archive"}).code, 1);
  expect({"audit", "verify", "mini/suite.yaml"}, 2, {"no archive"});
  for (const std::string& more : {std::string("x"), whole}) {
    write("longer.archive", whole + more);
    const Ran longer = run({"audit", "verify", "longer.archive", "--json"});
    EXPECT_EQ(longer.code, 1);
    EXPECT_NE(longer.json().find("reason")->as_string().find("goes on at byte " +
                                                             std::to_string(whole.size())),
              std::string::npos)
        << longer.out;
  }
}

// Two coordinators of one name: what one signed must not pass as the other's.
TEST_F(Journey, AnAuditSaysWhoSignedAndMayDemandIt) {
  const pid_t pool = examined();
  done({"export", "1", "--out", "one.archive"});
  stop(pool);
  stop(up("other-data", 0));
  const auto signer_of = [&](const std::string& where) {
    return done({"audit", "verify", where, "--json"}).json().find("signer")->as_string();
  };
  const std::string own = signer_of("gwageo-data");
  const std::string other = signer_of("other-data");
  EXPECT_NE(own, other);
  EXPECT_EQ(signer_of("one.archive"), own);
  EXPECT_NE(done({"audit", "verify", "one.archive"}).out.find("signed by " + own),
            std::string::npos);
  for (const std::string where : {"one.archive", "gwageo-data"}) {
    done({"audit", "verify", where, "--signer", own});
    done({"audit", "rescore", where, "--signer", own});
    const Ran ran = run({"audit", "verify", where, "--signer", other, "--json"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(*ran.json().find("signer"), Json(nullptr));
    EXPECT_NE(ran.json().find("reason")->as_string().find(other), std::string::npos) << ran.out;
    EXPECT_EQ(run({"audit", "rescore", where, "--signer", other}).code, 1);
  }
  expect({"audit", "verify", "one.archive", "--signer", "gwageo+1+x"}, 2, {"--signer", "vkey"});
  std::filesystem::remove(path("other-data/checkpoint"));
  EXPECT_EQ(run({"audit", "verify", "other-data", "--signer", other}).code, 1);
}

// Nothing in the chain needs a key, so an old checkpoint must not vouch for what came after it.
TEST_F(Journey, WhatNobodySignedIsSaidAndRefusedWhereASignerIsDemanded) {
  const pid_t pool = examined();
  const Json exported = done({"export", "1", "--out", "one.archive", "--json"}).json();
  EXPECT_EQ(*exported.find("unsigned"), Json(0));
  const std::string checkpoint = path("gwageo-data/checkpoint");
  std::filesystem::copy(checkpoint, path("old"));
  write_suite("later");
  done({"suite", "add", "later/suite.yaml"});
  EXPECT_EQ(*done({"backup", "saved", "--json"}).json().find("unsigned"), Json(0));
  const std::string own =
      done({"audit", "verify", "saved", "--json"}).json().find("signer")->as_string();
  for (const std::string where : {"one.archive", "saved"}) {
    const Ran ran = done({"audit", "verify", where, "--signer", own, "--json"});
    EXPECT_EQ(*ran.json().find("unsigned"), Json(0)) << where;
  }
  // An export waits until all is signed. After that the coordinator has nothing to write, so it
  // signs no more; a lag is all that can be seen of it.
  done({"export", "1", "--out", "current.archive"});
  const auto use_old = [&] {
    std::filesystem::copy(path("old"), checkpoint,
                          std::filesystem::copy_options::overwrite_existing);
  };
  use_old();
  EXPECT_NE(done({"audit", "verify", "--signer", own}).out.find("that nobody has signed yet"),
            std::string::npos);
  const Ran lags = done({"export", "1", "--out", "lags.archive"});
  EXPECT_NE(lags.out.find("warning: no checkpoint at hand covers"), std::string::npos) << lags.out;
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify", "gwageo-data", "--signer", own});
  use_old();
  for (const std::string where : {"gwageo-data", "lags.archive"}) {
    EXPECT_GT(done({"audit", "verify", where, "--json"}).json().find("unsigned")->as_integer(), 0);
    const Ran ran = run({"audit", "verify", where, "--signer", own, "--json"});
    EXPECT_EQ(ran.code, 1) << where;
    EXPECT_EQ(*ran.json().find("first_bad"), *ran.json().find("signed_size"));
    EXPECT_NE(ran.out.find("signed by nobody"), std::string::npos) << ran.out;
    EXPECT_EQ(run({"audit", "rescore", where, "--signer", own}).code, 1) << where;
  }
}

// An audit needs a public key only, wherever it comes from; without one nothing is good.
TEST_F(Journey, ACheckpointIsNeverPassedOver) {
  stop(up("gwageo-data", 0));
  const auto verified = [&] { return run({"audit", "verify", "gwageo-data", "--json"}); };
  const std::string own = verified().json().find("signer")->as_string();
  for (const auto& file : std::filesystem::directory_iterator(path("gwageo-data/keys"))) {
    std::filesystem::permissions(file.path(), std::filesystem::perms(0444));
  }
  EXPECT_EQ(*verified().json().find("signer"), Json(own));
  std::filesystem::remove(path("gwageo-data/keys/coordinator.key"));
  write("gwageo-data/keys/coordinator.key", "no key");
  expect({"audit", "verify", "gwageo-data"}, 2, {"coordinator.key:1"});
  std::filesystem::remove_all(path("gwageo-data/keys"));
  const Ran unchecked = verified();
  EXPECT_EQ(unchecked.code, 1);
  EXPECT_EQ(*unchecked.json().find("ok"), Json(false));
  EXPECT_NE(unchecked.out.find("--signer VKEY"), std::string::npos) << unchecked.out;
  done({"audit", "verify", "gwageo-data", "--signer", own});
  write("gwageo-data/checkpoint", "garbage");
  EXPECT_NE(verified().out.find("the checkpoint: signed note"), std::string::npos);
  EXPECT_EQ(verified().code, 1);
}

TEST_F(Journey, AJournalThatLostItsEndIsNotServed) {
  const pid_t pool = examined();
  done({"backup", "early"});
  done({"submit", "--model", "old", "--suite", "mini", "--skip-lookup", "--wait"});
  EXPECT_EQ(stop(pool), 0);
  // An old store under a new checkpoint: what a disk does that forgets acknowledged writes.
  std::filesystem::remove_all(path("gwageo-data/store"));
  std::filesystem::copy(path("early/store"), path("gwageo-data/store"),
                        std::filesystem::copy_options::recursive);
  expect({"up"}, 1, {"is not the one that was signed"});
  const Ran verified = run({"audit", "verify", "gwageo-data", "--json"});
  EXPECT_EQ(verified.code, 1);
  EXPECT_NE(*verified.json().find("first_bad"), Json(nullptr));
  // Without what was signed nobody could tell.
  std::filesystem::remove(path("gwageo-data/checkpoint"));
  expect({"coordinator", "--data", "gwageo-data"}, 1, {"checkpoint is missing", "restore"});
  EXPECT_EQ(run({"audit", "verify", "gwageo-data"}).code, 1);
}

TEST_F(Journey, ABackupHasBytesOfItsOwn) {
  const pid_t pool = examined();
  done({"backup", "saved"});
  EXPECT_EQ(stop(pool), 0);
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(path("saved/store"))) {
    EXPECT_EQ(file.hard_link_count(), 1u) << file.path();
    ++files;
  }
  EXPECT_GT(files, 3u);
  done({"audit", "verify", "saved"});
}

TEST_F(Journey, WhoeverDiesIsStartedAgain) {
  write_suite("mini", 400);
  const pid_t pool = up();
  done({"suite", "add", "mini/suite.yaml"});
  done({"model", "add", "slow", "--role", "reference", "--released", "2026-07-01", "--engine",
        "paced", "--option", "milliseconds=100", "--option", "in_flight=16"});
  const std::string job = done({"submit", "--model", "slow", "--suite", "mini"}).out;
  // The coordinator first, then a worker, in the order of their start.
  const std::vector<pid_t> children = children_of(pool);
  ASSERT_EQ(children.size(), 3U);
  for (const pid_t child : children) ::kill(child, SIGKILL);
  EXPECT_TRUE(eventually([&] {
    const Ran status = run({"status", "--json"});
    return status.code == 0 && status.json().find("leases") != nullptr &&
           status.json().find("leases")->as_integer() > 0;
  }));
  const std::string id = job.substr(0, job.size() - 1);
  EXPECT_TRUE(eventually(
      [&] {
        return *done({"status", id, "--json"}).json().find("scored") == Json(true);
      },
      30000));
  EXPECT_EQ(*done({"audit", "rescore", "--json"}).json().find("ok"), Json(true));
}

TEST_F(Journey, ChildrenEndWithTheirParent) {
  const pid_t pool = up();
  ASSERT_TRUE(eventually([&] { return children_of(pool).size() == 3; }));
  const std::vector<pid_t> children = children_of(pool);
  ::kill(pool, SIGKILL);
  stop(pool);  // Takes it from the list of processes.
  EXPECT_TRUE(eventually([&] {
    return std::none_of(children.begin(), children.end(),
                        [](pid_t child) { return ::kill(child, 0) == 0; });
  }));
}

}  // namespace
}  // namespace gwageo::testing
