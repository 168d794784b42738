// Boards of others through the coordinator: imported, corrected, judged by, and never mixed with
// what the pool measured.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/judgement.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "protocol/digest.h"
#include "protocol/json.h"
#include "tests/benchmarks/livebench_history.h"
#include "tests/coordinator/boards_desk.h"

namespace gwageo::testing {
namespace {

TEST(Claims, AnImportIsOneFactWithItsFile) {
  Boards desk("2026-03-01");
  EXPECT_EQ(error_of(desk.import("b", "2026-01-08", "model,x,y\nant,1,2\nbird,3,\n")), "done");
  ASSERT_EQ(desk.state().boards().at("b").size(), 1u);
  const ClaimsImported imported = desk.state().boards().at("b").front();
  EXPECT_EQ(imported.seen, "2026-03-01");
  EXPECT_EQ(imported.version, 1u);
  EXPECT_EQ(imported.added, 3u);
  EXPECT_EQ(imported.models, 2u);
  EXPECT_EQ(imported.first_seen, (std::vector<std::string>{"ant", "bird"}));
  EXPECT_EQ(imported.principal, "op");
  // The same again changes nothing, however it is written.
  const Reply again = desk.import("b", "2026-01-08", "model,x,y\nbird,3.0,\nant,1,2\n");
  EXPECT_EQ(*parsed(again).find("known"), Json(true));
  EXPECT_EQ(desk.state().boards().at("b").size(), 1u);
  desk.restart();
  EXPECT_EQ(desk.state().boards().at("b"), std::vector<ClaimsImported>{imported});
}

TEST(Claims, AChangedTableIsACorrectionAndSaysWhy) {
  Boards desk("2026-03-01");
  desk.import("b", "2026-01-08", "model,x\nant,1\nbird,3\n");
  const std::string changed = "model,x\nant,2\ncat,4\n";
  EXPECT_EQ(error_of(desk.import("b", "2026-01-08", changed)),
            "board b@2026-01-08 was imported before, as seen on 2026-03-01, and this is another "
            "table (cells: 1 added, 1 removed, 1 restated): say why (--reason TEXT); both versions "
            "stay");
  EXPECT_EQ(desk.state().boards().at("b").size(), 1u);
  EXPECT_EQ(error_of(desk.import("b", "2026-01-08", changed, R"(, "reason": "a typo")")), "done");
  const ClaimsImported second = desk.state().boards().at("b").at(1);
  EXPECT_EQ(second.version, 2u);
  EXPECT_EQ(second.reason, "a typo");
  EXPECT_EQ(second.first_seen, std::vector<std::string>{"cat"});
  // Another release is no correction.
  EXPECT_EQ(error_of(desk.import("b", "2026-02-08", changed)), "done");
  EXPECT_EQ(desk.state().boards().at("b").at(2).version, 1u);
}

TEST(Claims, WhatDoesNotFitIsRefusedAndRecordedNowhere) {
  Boards desk("2026-03-01");
  const std::string csv = "model,x\nant,1\n";
  EXPECT_EQ(error_of(desk.import("b", "2026-01-08", csv, R"(, "seen": "2026-03-02")")),
            "`seen`: 2026-03-02 has not begun yet (today is 2026-03-01)");
  EXPECT_EQ(error_of(desk.import("b", "2026-03-02", csv)),
            "`release`: 2026-03-02 is after the day on which the board said so (`seen`: "
            "2026-03-01)");
  EXPECT_EQ(error_of(desk.import("b", "2026-02-30", csv)),
            "`release`: \"2026-02-30\" is no date: YYYY-MM-DD, and a day that exists");
  EXPECT_EQ(error_of(desk.import("b", "", "model,x\nant,x\n")),
            "an imported board: t.csv:2: column 'x': expected a decimal number from 0 to 100, got "
            "'x'");
  EXPECT_EQ(error_of(desk.import("a b", "", csv)).substr(0, 7), "`board`");
  EXPECT_TRUE(desk.state().boards().empty());
  desk.import("b", "2026-01-08", csv, R"(, "seen": "2026-02-10")");
  EXPECT_EQ(error_of(desk.import("b", "", csv)),
            "board b has releases: name the table's (--release YYYY-MM-DD)");
  EXPECT_EQ(error_of(desk.import("b", "2026-01-08", "model,x\nant,2\n",
                                 R"(, "seen": "2026-02-09", "reason": "r")")),
            "board b@2026-01-08 is known as it was seen on 2026-02-10: a state of 2026-02-09 "
            "cannot follow it; import in order of days");
  desk.import("c", "", csv);
  EXPECT_EQ(error_of(desk.import("c", "2026-01-08", csv)),
            "board c has no releases: leave --release out");
  EXPECT_EQ(desk.import("d", "", csv, "", "red").code, ReplyCode::not_allowed);
  EXPECT_EQ(desk.import("d", "", csv, "", "eye").code, ReplyCode::not_allowed);
  Json missing;
  for (const auto& [key, value] : {std::pair<const char*, const char*>{"board", "d"},
                                   {"format", "livebench"},
                                   {"source", "t.csv"}}) {
    missing[key] = value;
  }
  missing["file"] = to_hex(sha256("never put"));
  EXPECT_EQ(error_of(desk.say("reference.import", missing)),
            "file " + to_hex(sha256("never put")) + " was not put");
  EXPECT_EQ(desk.state().boards().size(), 2u);
  EXPECT_EQ(error_of(desk.add_target(target_text("t", "nowhere"))),
            "t.yaml:3:8: key 'board': there is no board nowhere; import it first (gwageo reference "
            "import FILE --board nowhere)");
}

// Two releases and one restatement: what the replay of LiveBench does at large.
TEST(Claims, ARestatedCellGivesANewVerdictAndLeavesTheOld) {
  Boards desk("2026-03-01");
  desk.import("b", "2026-01-08", "model,x\nant,50\nbird,80\ncat,76\n");
  EXPECT_EQ(error_of(desk.add_target(target_text("t", "b"))), "done");
  EXPECT_EQ(desk.verdicts("t"), "ant fail 5/8, bird pass 1/1, cat pass 19/20");
  EXPECT_EQ(desk.verdicts_on_record(), 3u);

  // ant is restated: its verdict moves, and no other.
  desk.begin("2026-03-02");
  EXPECT_EQ(desk.verdicts_on_record(), 3u);
  desk.import("b", "2026-01-08", "model,x\nant,60\nbird,80\ncat,76\n", R"(, "reason": "r")");
  EXPECT_EQ(desk.verdicts("t"), "ant fail 3/4, bird pass 1/1, cat pass 19/20");
  ASSERT_EQ(desk.verdicts_on_record(), 4u);
  EXPECT_EQ(desk.state().verdict_history()[3].candidate, "ant");
  EXPECT_EQ(desk.state().verdict_history()[3].generation, 2u);
  EXPECT_EQ(desk.state().verdict_history()[0].candidate, "ant");
  EXPECT_NE(desk.state().verdict_history()[0].document, desk.state().verdict_history()[3].document);

  // The best is restated: all verdicts rest on it.
  desk.begin("2026-03-03");
  desk.import("b", "2026-01-08", "model,x\nant,60\nbird,90\ncat,76\n", R"(, "reason": "r")");
  EXPECT_EQ(desk.verdicts("t"), "ant fail 2/3, bird pass 1/1, cat fail 38/45");
  EXPECT_EQ(desk.verdicts_on_record(), 7u);

  // A new release takes the place of the old one.
  desk.begin("2026-03-04");
  desk.import("b", "2026-02-08", "model,x\ncat,70\ndog,70\n");
  EXPECT_EQ(desk.verdicts("t"), "cat pass 1/1, dog pass 1/1");
  EXPECT_EQ(desk.verdicts_on_record(), 9u);

  // Any day that is over is answered by the board as it was then; 2026-02-28 had none.
  EXPECT_EQ(desk.verdicts("t", "2026-03-01"), "ant fail 5/8, bird pass 1/1, cat pass 19/20");
  EXPECT_EQ(desk.verdicts("t", "2026-03-03"), "ant fail 2/3, bird pass 1/1, cat fail 38/45");
  EXPECT_EQ(desk.verdicts("t", "2026-02-28"), "");
  // And a day to come, when cat, which was first seen in March, is out of the window.
  EXPECT_EQ(desk.verdicts("t", "2026-09-01"), "cat pass 1/1, dog pass 1/1");
  EXPECT_EQ(*desk.show("t", "2026-09-01").find("verdicts")->as_array()[0].find("best_reference"),
            Json("dog"));
  EXPECT_EQ(desk.verdicts("t", "2026-09-04"), "cat pending, dog pending");

  const std::vector<VerdictReached> before = desk.state().verdict_history();
  desk.restart();
  EXPECT_EQ(desk.state().verdict_history(), before);
}

TEST(Claims, AVerdictSaysThatItRestsOnClaims) {
  Boards desk("2026-03-01");
  desk.import("b", "2026-01-08", "model,x\nant,50\nbird (high),80\n");
  desk.add_target(target_text("t", "b@2026-01-08"));
  const Json shown = desk.show("t");
  EXPECT_EQ(*shown.find("basis"), Json("claimed"));
  EXPECT_EQ(*shown.find("suite"), Json(nullptr));
  EXPECT_EQ(*shown.find("board")->find("release"), Json("2026-01-08"));
  EXPECT_EQ(*shown.find("board")->find("version"), Json(1));
  const Json& member = shown.find("cohort")->as_array().at(1);
  EXPECT_EQ(*member.find("model"), Json("bird (high)"));
  EXPECT_EQ(*member.find("released"), Json("2026-03-01"));
  EXPECT_EQ(*member.find("dated_by"), Json("first_seen"));
  EXPECT_EQ(*shown.find("verdicts")->as_array().at(0).find("evidence"), Json("claimed"));
  EXPECT_TRUE(shown.find("verdicts")->as_array().at(0).find("ci")->is_null());
  // What is stored says so, too.
  const auto document =
      desk.store().read("b" + std::string(desk.state().verdict_history().front().document.view()));
  ASSERT_TRUE(document && *document);
  EXPECT_NE((*document)->find(R"("evidence":"claimed")"), std::string::npos);
}

// The same names on both sides: no claim enters a measured cohort, and no measured model a board's.
TEST(Claims, AndMeasurementsNeverMeet) {
  State state;
  const auto decide = [&](const Fact& fact) { state.apply(Instant{1}, fact); };
  decide(Founded{"o.example/a", "UTC"});
  decide(DayBegan{"2026-03-01"});
  for (const std::string name : {"ant", "bird"}) {
    ModelAdded model;
    model.name = name;
    model.role = name == "bird" ? ModelRole::reference : ModelRole::candidate;
    model.released = "2026-02-01";
    model.engine = "paced";
    decide(model);
    for (const char* engine : {"builtin", "openai", "recorded", "paced", "claimed"}) {
      EXPECT_NE(evidence_of(engine), "claimed");
    }
  }
  ClaimsImported imported;
  imported.board = "b";
  imported.seen = "2026-03-01";
  imported.first_seen = {"ant", "bird", "cat"};
  decide(imported);
  decide(TargetAdded{"measured", 1, "target: measured\nsuite: s\n"});
  decide(TargetAdded{"claimed", 1, target_text("claimed", "b")});
  const JudgementInput measured = gather(state, "measured", *parse_date("2026-03-01")).value();
  EXPECT_EQ(measured.cohort.size(), 1u);
  EXPECT_FALSE(measured.claims);
  const JudgementInput claimed = gather(state, "claimed", *parse_date("2026-03-01")).value();
  EXPECT_TRUE(claimed.cohort.empty());
  EXPECT_TRUE(claimed.candidates.empty());
  EXPECT_FALSE(claimed.suite);
  ASSERT_TRUE(claimed.claims);
  EXPECT_EQ(claimed.claims->imported, imported);
}

TEST(Claims, ANamedCandidateWaitsForItsBoard) {
  Boards desk("2026-03-01");
  desk.import("b", "2026-01-08", "model,x\nant,50\n");
  desk.add_target(target_text("t", "b@2026-02-08") + "candidates: [ant, 'no one']\n");
  EXPECT_EQ(desk.verdicts("t"), "ant pending, no one pending");
  EXPECT_EQ(desk.show("t").find("verdicts")->as_array()[0].find("reasons")->as_array()[0],
            Json("board b@2026-02-08 is not there yet"));
  desk.import("b", "2026-02-08", "model,x\nant,50\n");
  EXPECT_EQ(desk.verdicts("t"), "ant pass 1/1, no one pending");
}

TEST(Claims, BoardsAreListedAndShown) {
  Boards desk("2026-03-01");
  desk.import("b", "", "model,x,y\nant,50,\nbird,80,70\ncat,90,80\nshort,1\n");
  const Json list = parsed(desk.say("reference.list", Json::object(), {}, "red"));
  EXPECT_EQ(*list.find("boards")->as_array()[0].find("board"), Json("b"));
  Json body;
  body["board"] = "b";
  const Json shown = parsed(desk.say("reference.show", body, {}, "eye"));
  std::string order;
  for (const Json& model : shown.find("models")->as_array()) {
    order += model.find("model")->as_string() + " ";
  }
  EXPECT_EQ(order, "cat bird ant short ");
  EXPECT_EQ(*shown.find("models")->as_array()[0].find("overall"), Json(85.0));
  EXPECT_EQ(shown.find("findings")->as_array().size(), 1u);
  EXPECT_EQ(shown.find("imports")->as_array().size(), 1u);
  body["as_of"] = "2026-02-28";
  EXPECT_EQ(error_of(desk.say("reference.show", body)), "board b was not seen by 2026-02-28");
  body["board"] = "c";
  EXPECT_EQ(error_of(desk.say("reference.show", body)),
            "no board is named c (gwageo reference list)");
}

// With a sanitizer one release of the ten: all of them take minutes then.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_whole = false;
#else
constexpr bool is_whole = true;
#endif

// Two years of LiveBench in the order of their days, a target on each release. After each import
// every model of which a cell was restated has one more verdict, and no verdict is lost.
TEST(Claims, TwoYearsOfLiveBenchReplayed) {
  if (!std::filesystem::exists(livebench::folder())) {
    GTEST_SKIP() << "no shared data: set GWAGEO_SHARED to the folder that has data/livebench";
  }
  std::vector<livebench::State> states = livebench::history();
  if (!is_whole) {
    std::erase_if(states, [](const livebench::State& s) { return s.release != "2025-12-23"; });
  }
  Boards desk(states.front().date);
  std::set<std::string> targets;
  std::uint64_t restated = 0;
  for (const livebench::State& state : states) {
    desk.begin(state.date);
    const std::string target = "t-" + state.release;
    std::map<std::string, std::uint64_t> before;
    for (const auto& [name, verdict] : desk.state().verdicts()) {
      if (name.first == target) before[name.second] = verdict.generation;
    }
    const std::vector<VerdictReached> history = desk.state().verdict_history();
    const std::string reason = R"(, "reason": ")" + state.commit + "\"";
    ASSERT_EQ(error_of(desk.import("livebench", state.release, state.csv, reason, "op",
                                   state.categories)),
              "done")
        << state.release << " " << state.commit;
    restated += desk.state().boards().at("livebench").back().restated;
    if (targets.insert(target).second) {
      ASSERT_EQ(error_of(desk.add_target(target_text(target, "livebench@" + state.release, "120"))),
                "done");
    }
    for (const std::string& model : state.restated) {
      const auto verdict = desk.state().verdicts().find({target, model});
      ASSERT_NE(verdict, desk.state().verdicts().end()) << model;
      EXPECT_EQ(verdict->second.generation, before[model] + 1) << model << " " << state.commit;
      EXPECT_EQ(verdict->second.as_of, state.date);
    }
    const std::vector<VerdictReached>& now = desk.state().verdict_history();
    ASSERT_GE(now.size(), history.size());
    EXPECT_TRUE(std::equal(history.begin(), history.end(), now.begin())) << "a verdict was changed";
  }
  if (!is_whole) return;
  EXPECT_EQ(restated, 969u);  // And one cell that had no value before.
  EXPECT_EQ(desk.state().boards().at("livebench").size(), 199u);
  RecordProperty("verdicts", std::to_string(desk.verdicts_on_record()));

  for (const auto& [release, count] : livebench::near_the_best()) {
    std::size_t passes = 0;
    const Json shown = desk.show("t-" + release);
    for (const Json& verdict : shown.find("verdicts")->as_array()) {
      passes += *verdict.find("verdict") == Json("pass") ? 1 : 0;
    }
    EXPECT_EQ(passes, count) << release;
  }
}

}  // namespace
}  // namespace gwageo::testing
