// A sample that is run again, from the command line.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "ops/output.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class AuditReplayProgram : public ProgramTest {
 protected:
  /// A pool that has examined m1 on sums, as job 1.
  pid_t examined() {
    write_suite("sums");
    const pid_t pool = up("gwageo-data", 4);
    done({"suite", "add", "sums/suite.yaml"});
    add_paced("m1", "candidate", "2026-01-01", "4");
    done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
    return pool;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t audits() const {
    return list(done({"audit", "list", "--json"}).json(), "audits").size();
  }
};

TEST_F(AuditReplayProgram, ASampleIsRunAgainByOthersAndTheRecordHolds) {
  const pid_t pool = examined();
  expect({"audit", "replay"}, 2, {"JOB is missing"});
  expect({"audit", "replay", "7"}, 2, {"there is no job \"7\""});
  expect({"audit", "replay", "1", "--nonce", "xyz"}, 2, {"64 hexadecimal digits"});
  const Json report =
      done({"audit", "replay", "1", "--sample", "3", "--html", "a.html", "--json"}).json();
  EXPECT_EQ(*report.find("verdict"), Json("consistent"));
  EXPECT_EQ(report.find("differ")->as_integer(), 0);
  const std::string html = read("a.html");
  EXPECT_NE(html.find("<h1>Audit 1 of job 1</h1>"), std::string::npos);
  const Ran again = done({"audit", "replay", "--audit", "1"});
  EXPECT_NE(again.out.find("audit 1 of job 1"), std::string::npos) << again.out;
  EXPECT_NE(done({"audit", "list"}).out.find("m1"), std::string::npos);
  // An item of the replay is on another plan than the suite's, and is proved all the same.
  EXPECT_TRUE(eventually([&] { return run({"audit", "prove", "2/0", "--out", "p"}).code == 0; }));
  done({"audit", "verify"});
  done({"audit", "rescore"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify", "gwageo-data"});
  done({"audit", "rescore", "gwageo-data"});
}

// What a disowned worker answered vouches for nothing, for whoever looks and wherever.
TEST_F(AuditReplayProgram, DisownedAnswersAreNotCounted) {
  const pid_t pool = examined();
  done({"audit", "replay", "1", "--sample", "9"});
  for (const char* const worker : {"w1", "w2", "w3", "w4"}) {
    done({"quarantine", worker, "--reason", "suspected"});
    done({"disown", worker, "--reason", "it lies"});
  }
  const Ran ran = run({"audit", "replay", "--audit", "1", "--html", "a.html"});
  EXPECT_EQ(ran.code, 1) << ran.out;
  for (const char* const part :
       {"audit 1 of job 1", "escalate", "0 of 0 answers differ", "9 items of the sample count as",
        "are disowned: it lies", "no target counts job 1", "as the coordinator says"}) {
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << ran.out;
  }
  EXPECT_NE(read("a.html").find("<th>voided</th><td>true</td>"), std::string::npos);
  done({"export", "1", "--out", "job.archive"});
  EXPECT_EQ(stop(pool), 0);
  const Json found = done({"audit", "rescore", "job.archive", "--json"}).json();
  ASSERT_EQ(list(found, "audits").size(), 1U) << found.dump();
  EXPECT_EQ(number(list(found, "audits")[0], "compared"), 0);
  EXPECT_EQ(number(list(found, "audits")[0], "disowned"), 9);
  EXPECT_EQ(shown(list(found, "audits")[0], "voided"), "true");
  EXPECT_EQ(shown(list(found, "audits")[0], "verdict"), "escalate");
  const Ran text = done({"audit", "rescore", "job.archive"});
  EXPECT_NE(text.out.find("audit 1: no target counts job 1"), std::string::npos) << text.out;
}

// What is kept is read without a coordinator, and what is of another audit is none of this one.
TEST_F(AuditReplayProgram, WhatIsKeptIsCheckedByItself) {
  const pid_t pool = examined();
  done({"audit", "replay", "1", "--sample", "5", "--keep", "kept"});
  const std::string kept = read("kept");
  const auto write_changed = [&](const std::string& was, const std::string& is) {
    std::string changed = kept;
    const std::size_t at = changed.find(was);
    ASSERT_NE(at, std::string::npos) << was;
    write("other", changed.replace(at, was.size(), is));
  };
  write_changed("\"sample\": 5", "\"sample\": 4");
  expect({"audit", "replay", "--audit", "1", "--keep", "other"}, 2,
         {"`sample` is 4, and the commitment's record says 5"});
  // Of a file without the record the coordinator's report says what it is of.
  write_changed("\"record\": \"", "\"was_record\": \"");
  done({"audit", "replay", "--audit", "1", "--keep", "other"});
  const std::string older = read("other");
  std::string changed = older;
  write("other", changed.replace(changed.find("\"job\": \"1\""), 10, "\"job\": \"2\""));
  expect({"audit", "replay", "--audit", "1", "--keep", "other"}, 2,
         {"other: is of job 2, sample 5, and audit 1 was committed to for job 1, sample 5"});
  // Any two published roots would do to accuse an honest coordinator by it.
  done({"audit", "replay", "1", "--sample", "3", "--keep", "later"});
  const Json later = member(Json::parse(read("later")).value(), "seed_root");
  Json accusing = Json::parse(older).value();
  Json& root_of = accusing["seed_root"];
  root_of["size"] = *later.find("checkpoint_size");
  root_of["root"] = *later.find("checkpoint_root");
  root_of["proof"] = Json::array();
  for (const char* const name : {"checkpoint_size", "checkpoint_root", "checkpoint"}) {
    root_of[name] = *later.find(name);
  }
  write("other", accusing.dump());
  expect({"audit", "replay", "--audit", "1", "--keep", "other"}, 2,
         {"other: holds no record of the commitment, and a root over ", "it proves nothing of it"});
  done({"keys", "new", "auditor", "haneul", "--out", "haneul.key"});
  expect({"audit", "replay", "1", "--keep", "kept", "--key", "haneul.key"}, 2,
         {"replay --audit 1 --keep"});
  const std::string log = shown(done({"audit", "verify", "--json"}).json(), "signer");
  EXPECT_EQ(stop(pool), 0);

  const Ran good = done({"audit", "check", "kept", "--signer", log});
  for (const char* const part :
       {"good: ", "commits to audit 1 of job 1, sample 5", "only the coordinator's own signature",
        "not proven by it:\n- by which root and number the sample was drawn"}) {
    EXPECT_NE(good.out.find(part), std::string::npos) << part << good.out;
  }
  const Json json = done({"audit", "check", "kept", "--signer", log, "--json"}).json();
  EXPECT_EQ(shown(json, "ok"), "true");
  EXPECT_EQ(shown(json, "is_commitment_proven"), "true");
  write("other", older);
  expect({"audit", "check", "other", "--signer", log}, 1, {"keeps no record of the audit's"});
  expect({"audit", "check", "kept"}, 2, {"say whose log it has to be"});
  const std::string root = shown(member(json, "seed_root"), "root");
  write_changed(root, std::string(root).replace(0, 4, root.starts_with("00") ? "1111" : "0000"));
  expect({"audit", "check", "other", "--signer", log}, 1, {"other: ", "does not lead to"});
  write_changed("\"job\": \"1\"", "\"job\": \"2\"");
  expect({"audit", "check", "other", "--signer", log}, 2, {"other: ", "`job` is 2"});
  done({"audit", "verify", "gwageo-data", "--from", "kept"});
}

// Of two copies of one directory each goes on in its own way, and signs it.
TEST_F(AuditReplayProgram, WhatIsKeptConvictsALogOfAnotherStory) {
  EXPECT_EQ(stop(examined()), 0);
  std::filesystem::copy(path("gwageo-data"), path("twin"),
                        std::filesystem::copy_options::recursive);
  pid_t pool = up("gwageo-data", 4);
  done({"audit", "replay", "1", "--sample", "5", "--keep", "kept"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify", "gwageo-data", "--from", "kept"});
  pool = up("twin", 4);
  done({"audit", "replay", "1", "--sample", "9", "--keep", "others", "--data", "twin"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify", "twin", "--from", "others"});
  const Ran found = run({"audit", "verify", "twin", "--from", "kept"});
  EXPECT_EQ(found.code, 1);
  EXPECT_NE(found.out.find("one of records 0 to "), std::string::npos) << found.out << found.err;
}

// A number that was told draws for good, so what is wrong with an option is said before.
TEST_F(AuditReplayProgram, ABadOptionDrawsNothing) {
  const pid_t pool = examined();
  expect({"audit", "replay", "1", "--forged-share", "1.5"}, 2, {"--forged-share: expected", "1.5"});
  expect({"audit", "replay", "1", "--false-alarm", "0"}, 2, {"--false-alarm: expected"});
  expect({"audit", "replay", "1", "--honest-rate", "a"}, 2, {"--honest-rate: expected"});
  expect({"audit", "replay", "1", "--html", "no/such/a.html"}, 2, {"no/such/a.html"});
  expect({"audit", "replay", "1", "--policy", "none"}, 2, {"none"});
  expect({"audit", "replay", "1", "--root-within", "0"}, 2, {"--root-within"});
  EXPECT_EQ(audits(), 0U);
  EXPECT_EQ(stop(pool), 0);
}

TEST_F(AuditReplayProgram, TheRootIsFixedAndKeptBeforeTheNumberIsTold) {
  const pid_t pool = examined();
  const Ran ran = done({"audit", "replay", "1", "--sample", "5", "--keep", "kept", "--json"});
  const Json report = ran.json();
  const Json& root = member(report, "seed_root");
  EXPECT_EQ(shown(root, "ok"), "true") << ran.out;
  EXPECT_EQ(shown(root, "root"), shown(report, "root"));
  EXPECT_GE(number(root, "checkpoint_size"), number(report, "size"));
  EXPECT_TRUE(list(root, "cosigned_by").empty());
  EXPECT_EQ(shown(member(report, "recount"), "ok"), "true") << ran.out;
  EXPECT_NE(read("kept").find(shown(report, "root")), std::string::npos);
  // It is shown again beside what was kept, and said to be the old one for the old number.
  const Ran again = done({"audit", "replay", "--audit", "1", "--keep", "kept"});
  EXPECT_NE(again.out.find("only the coordinator's own signature fixed it"), std::string::npos);
  EXPECT_NE(again.out.find("as the coordinator says"), std::string::npos) << again.out;
  const Ran old =
      done({"audit", "replay", "1", "--sample", "5", "--nonce", shown(report, "nonce")});
  EXPECT_NE(old.out.find("it is the old audit"), std::string::npos) << old.out;
  EXPECT_EQ(audits(), 1U);
  expect({"audit", "replay", "2", "--keep", "kept"}, 2, {"holds the number of another audit"});
  EXPECT_NE(done({"audit", "replay", "--audit", "1"}).out.find("nothing at hand says"),
            std::string::npos);
  // A file that somebody changed proves nothing.
  std::string other = read("kept");
  const std::string nonce = shown(report, "nonce");
  other.replace(other.find(nonce), 4, nonce.starts_with("0000") ? "1111" : "0000");
  write("other", other);
  expect({"audit", "replay", "--audit", "1", "--keep", "other"}, 2, {"is not that of `nonce`"});
  other = read("kept");
  const std::string drawn = shown(report, "root");
  other.replace(other.find(drawn), 4, drawn.starts_with("0000") ? "1111" : "0000");
  write("other", other);
  expect({"audit", "replay", "--audit", "1", "--keep", "other"}, 1,
         {"does not lead to the signed"});
  EXPECT_EQ(stop(pool), 0);
}

TEST_F(AuditReplayProgram, APolicysWitnessesFixTheRoot) {
  const pid_t pool = examined();
  done({"keys", "new", "auditor", "haneul", "--out", "haneul.key"});
  const std::vector<std::string> once = {"witness", "--key",  "haneul.key", "--state",
                                         "state",   "--once", "--json"};
  std::string witness;
  ASSERT_TRUE(eventually([&] {
    const Ran ran = run(once);
    if (ran.code == 0) witness = shown(ran.json(), "witness");
    return ran.code == 0;
  }));
  write("policy", "witness H " + witness + "\nquorum H\n");
  // Nobody cosigns for now, so the number stays where it is.
  expect({"audit", "replay", "1", "--sample", "5", "--keep", "kept", "--policy", "policy",
          "--root-within", "1"},
         3, {"its number is NOT told", "go on with: gwageo audit replay 1 --keep kept"});
  EXPECT_EQ(shown(done({"audit", "replay", "--audit", "1", "--json"}).json(), "state"),
            "committed");
  const pid_t follower = begin("witness", {"witness", "--key", "haneul.key", "--state", "state"});
  const Ran ran = done({"audit", "replay", "1", "--keep", "kept", "--policy", "policy", "--json"});
  const Json report = ran.json();
  EXPECT_EQ(shown(report, "audit"), "1");
  EXPECT_EQ(number(report, "sample"), 5);
  ASSERT_EQ(list(member(report, "seed_root"), "cosigned_by").size(), 1U) << ran.out;
  EXPECT_EQ(list(member(report, "seed_root"), "cosigned_by")[0], Json("H"));
  ::kill(follower, SIGTERM);
  wait_for(follower);
  EXPECT_EQ(stop(pool), 0);
}

TEST_F(AuditReplayProgram, AnArchiveOfTheJobHasItsAudits) {
  const pid_t pool = examined();
  done({"audit", "replay", "1", "--sample", "7"});
  done({"export", "1", "--out", "job.archive"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify", "job.archive"});
  const Json found = done({"audit", "rescore", "job.archive", "--json"}).json();
  ASSERT_EQ(list(found, "audits").size(), 1U) << found.dump();
  EXPECT_EQ(number(list(found, "audits")[0], "compared"), 7);
  EXPECT_EQ(shown(list(found, "audits")[0], "verdict"), "consistent");
  EXPECT_NE(done({"audit", "rescore", "1", "job.archive"}).out.find("compared again"),
            std::string::npos);
}

TEST_F(AuditReplayProgram, RoundsOfRepeatsAreAuditedAsTheRestIs) {
  write_suite("sums");
  const pid_t pool = up();
  done({"suite", "add", "sums/suite.yaml"});
  add_paced("ref", "reference", "2026-01-01", "4");
  add_paced("m1", "candidate", "2026-01-01", "4");
  write("t.yaml",
        "target: t\nsuite: sums\nquiet_seconds: 0\ncompare: {model: ref}\n"
        "settle: {rounds: 1, requests: 1000}\n");
  done({"target", "add", "t.yaml"});
  const auto is_asked_again = [&] {
    const Json shown_now = done({"target", "show", "t", "--json"}).json();
    const Json::Array& rows = list(shown_now, "verdicts");
    return rows.size() == 1 && number(rows[0], "rounds") == 1 && shown(rows[0], "under_way") == "-";
  };
  for (int looks = 0; looks < 300 && !is_asked_again(); ++looks) pause_briefly();
  EXPECT_TRUE(is_asked_again());
  done({"audit", "verify"});
  done({"audit", "rescore"});
  EXPECT_NE(done({"explain", "t/m1"}).out.find("this is look 2"), std::string::npos);
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify", "gwageo-data"});
  done({"audit", "rescore", "gwageo-data"});
}

}  // namespace
}  // namespace gwageo::testing
