// A stage from its opening to its publication, through the program: rules that are frozen, people
// who decide, a document that is fixed, and an archive that proves it.
#include <fstream>

#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class ProgrammeOfAStage : public ProgramTest {
 protected:
  std::string text_of(const std::string& name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  Json json(std::vector<std::string> words) const {
    words.push_back("--json");
    return done(words).json();
  }
};

const char* const target =
    "target: t\nsuite: mini\ncompare: {model: old}\ndecide: point\ncandidates: roster\n"
    "embargo: all\n"
    "gates: {independence: {decision: {rule: v2, components: [core, encoder]}}}\n"
    "composition:\n  measured: {points: 60, total: true}\n  expert: {points: 40, recorded: true}\n"
    "stay: 1\n";

TEST_F(ProgrammeOfAStage, IsRunFromTheCommandLine) {
  write_suite("mini");
  write("t.yaml", target);
  const pid_t pool = up("gwageo-data", 1);
  done({"suite", "add", "mini/suite.yaml"});
  add_paced("old", "reference", "2026-02-01", "1");
  done({"keys", "new", "team", "red", "--out", "red.key"});
  done({"model", "add", "new", "--role", "candidate", "--team", "red", "--released", "2026-02-01",
        "--engine", "paced", "--option", "text=1", "--option", "milliseconds=0"});
  expect({"stage", "open", "s-1", "--target", "t"}, 2, {"no target is named t"});
  expect({"stage", "open", "s-1"}, 2, {"--target is missing"});
  done({"target", "add", "t.yaml"});
  EXPECT_EQ(done({"stage", "list"}).out,
            "no stages yet; open one with: gwageo stage open NAME --target TARGET\n");
  expect({"roster", "leave", "t", "new"}, 2, {"--reason: say in words why new leaves"});
  done({"roster", "enter", "t", "new", "--on", "2026-02-01"});
  EXPECT_NE(done({"roster", "show", "t"}).out.find("new (since 2026-02-01)"), std::string::npos);
  EXPECT_EQ(done({"stage", "open", "s-1", "--target", "t"}).out,
            "stage s-1 is open: until it is closed target t is judged by its version 1, on suite "
            "version 1\n");
  expect({"stage", "open", "s-1", "--target", "t"}, 2, {"a stage is opened once"});
  expect({"stage", "open", "s-2", "--target", "t", "--key", "red.key"}, 4, {"no right"});
  write("t.yaml", std::string(target) + "share: 0.9\n");
  EXPECT_NE(done({"target", "add", "t.yaml"})
                .err.find("gwageo: warning: stage s-1 is open under version 1; this version holds "
                          "from its closing on"),
            std::string::npos);
  done({"submit", "--model", "old", "--suite", "mini", "--wait"});
  done({"submit", "--model", "new", "--suite", "mini", "--wait"});
  expect({"stage", "close", "s-1"}, 2, {"has no answer yet on new", "--reason TEXT"});

  write("report.txt", "what the panel saw\n");
  const std::vector<std::string> decide = {"gate",   "decide", "t",        "new", "independence",
                                           "--rule", "v2",     "--reason", "seen"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> words = decide;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  expect(with({}), 2, {"say what is decided: --pass or --fail"});
  expect(with({"--pass", "--fail", "--component", "core"}), 2, {"--pass or --fail"});
  expect(with({"--pass"}), 2, {"say which (--component NAME) of: core, encoder"});
  expect(with({"--pass", "--component", "core", "--evidence", "gone.txt"}), 2, {"gone.txt"});
  expect(with({"--pass", "--component", "core", "--key", "red.key"}), 4,
         {"names nobody who decides, so operators do"});
  const Json decided = json(with({"--pass", "--component", "core", "--evidence", "report.txt"}));
  EXPECT_EQ(*decided.find("known"), Json(false));
  EXPECT_EQ(*decided.find("evidence_name"), Json("report.txt"));
  EXPECT_NE(done(with({"--pass", "--component", "core", "--evidence", "report.txt"}))
                .out.find("as it is on record already"),
            std::string::npos);
  done(with({"--pass", "--component", "encoder"}));
  EXPECT_NE(done({"gate", "show", "t", "new"}).out.find("encoder"), std::string::npos);
  const std::string digest = decided.find("evidence")->as_string();
  done({"gate", "evidence", digest, "--out", "back.txt"});
  EXPECT_EQ(text_of("back.txt"), "what the panel saw\n");
  expect({"gate", "evidence", digest}, 2, {"--out"});
  expect({"points", "record", "t", "new", "expert", "41", "--reason", "r"}, 2, {"from 0 to 40"});
  expect({"points", "record", "t", "new", "user", "1", "--reason", "r"}, 2, {"expert"});
  done({"points", "record", "t", "new", "expert", "31.6", "--reason", "mean of 10 experts"});
  EXPECT_NE(done({"points", "show", "t"}).out.find("31.6"), std::string::npos);

  EXPECT_EQ(done({"stage", "close", "s-1"}).out.substr(0, 20), "stage s-1 is closed,");
  const Json closed = json({"stage", "show", "s-1"});
  const Json& verdict = closed.find("verdicts")->as_array().at(0);
  EXPECT_EQ(*verdict.find("admitted"), Json(true));
  EXPECT_EQ(*verdict.find("composition")->find("total")->find("text"), Json("91.6"));
  EXPECT_EQ(*verdict.find("rank"), Json(1));
  EXPECT_EQ(*verdict.find("stays"), Json(true));
  const std::string text = done({"stage", "show", "s-1"}).out;
  for (const char* const part : {"closed on", "stage s-1, under version 1", "91.6", "all clear"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
  const Json kept = json({"stage", "show", "s-1", "--key", "red.key"});
  EXPECT_EQ(*kept.find("withheld")->find("count"), Json(1));
  EXPECT_NE(done({"target", "show", "t", "--key", "red.key"})
                .out.find("1 is not shown: under embargo until published"),
            std::string::npos);
  expect({"publish", "t", "--stage", "s-1", "--key", "red.key"}, 4, {"no right"});
  done({"publish", "t", "--stage", "s-1"});
  EXPECT_EQ(done({"publish", "t", "--stage", "s-1"}).out,
            "stage s-1 of target t: published already\n");
  EXPECT_EQ(json({"stage", "show", "s-1", "--key", "red.key"}), closed);

  // All of it follows from the record again, here and from an archive.
  done({"model", "retire", "new"});
  EXPECT_EQ(json({"stage", "show", "s-1"}), closed);
  const auto rejudged = [&](std::vector<std::string> words) {
    const Json stages = *json(std::move(words)).find("stages");
    return stages.as_array().size() == 1 && *stages.as_array()[0].find("ok") == Json(true);
  };
  EXPECT_TRUE(rejudged({"audit", "rescore"}));
  done({"audit", "verify"});
  done({"export", "t", "--out", "t.archive"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify"});
  done({"audit", "verify", "t.archive"});
  EXPECT_TRUE(rejudged({"audit", "rescore"}));
  EXPECT_TRUE(rejudged({"audit", "rescore", "t.archive"}));
}

TEST_F(ProgrammeOfAStage, PublishingWhatEverybodySeesIsSaidToChangeNothing) {
  write_suite("sums");
  up("gwageo-data", 0);
  done({"suite", "add", "sums/suite.yaml"});
  done({"target", "add", "sums/target.yaml"});
  const std::string said = done({"publish", "sums-95"}).err;
  EXPECT_NE(said.find("target sums-95 has no embargo: everybody could see it before"),
            std::string::npos)
      << said;
}

}  // namespace
}  // namespace gwageo::testing
