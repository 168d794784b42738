// What moved between two verdicts, case by case.
#include "coordinator/verdict_moves.h"

#include <gtest/gtest.h>

#include "coordinator/verdict_inputs.h"

namespace gwageo {
namespace {

Contender model(const std::string& name, const std::string& released, std::uint64_t job = 0,
                std::uint32_t version = 1) {
  Contender contender;
  contender.name = name;
  contender.released = *parse_date(released);
  contender.evidence = "executed";
  contender.version = version;
  if (job > 0) {
    contender.job = {job};
    contender.scores_root = sha256("scores of job " + std::to_string(job));
  }
  return contender;
}

/// A day on which `new` is judged against `ant` and `bird`.
JudgementInput day(const std::string& as_of) {
  JudgementInput input;
  input.target = {"t", 1, "text 1"};
  input.policy.suite = "s";
  input.suite = SuiteAdded{};
  input.suite->name = "s";
  input.suite->version = 1;
  input.as_of = as_of;
  input.candidates = {model("new", "2026-06-01", 9)};
  input.cohort = {model("ant", "2026-03-01", 1), model("bird", "2026-05-01", 2)};
  return input;
}

Json inputs_of(const JudgementInput& input) {
  return verdict_inputs(shared_inputs(input), input, input.candidates.front());
}

/// The texts, one a line.
std::string words(const std::vector<Move>& moves) {
  std::string text;
  for (const Move& move : moves) text += move.kind + ": " + move.text + "\n";
  return text;
}

class Moves : public ::testing::Test {
 protected:
  std::string moved() const {
    return words(moves_between(inputs_of(before_), inputs_of(after_), sources_));
  }
  JudgementInput before_ = day("2026-08-01");
  JudgementInput after_ = day("2026-08-02");
  const std::string of_12_ = to_hex(sha256("scores of job 12"));
  MoveSources sources_ = {
      {{{"new", "1", 0, of_12_}, "12"}, {{"cat", "1", 0, of_12_}, "12"}}, {}, {}};
};

TEST_F(Moves, ADayThatPassesMovesNothing) {
  EXPECT_EQ(moved(), "");
  EXPECT_EQ(inputs_digest(inputs_of(before_)), inputs_digest(inputs_of(after_)));
  EXPECT_NE(inputs_of(before_), inputs_of(after_));
}

TEST_F(Moves, AnotherNumberOfTheSameScoresMovesNothing) {
  after_.candidates[0].job = {77};
  EXPECT_EQ(inputs_of(after_).dump(), inputs_of(day("2026-08-02")).dump());
}

// Whatever is said to rest on something else has another digest, and the other way round.
TEST_F(Moves, EveryMoveMovesTheDigest) {
  const auto is_moved = [&](auto change) {
    JudgementInput input = day("2026-08-02");
    change(input);
    const Json inputs = inputs_of(input);
    const Json known = inputs_of(before_);
    EXPECT_EQ(inputs_digest(inputs) != inputs_digest(known),
              !moves_between(known, inputs, sources_).empty())
        << inputs.dump();
    return inputs_digest(inputs) != inputs_digest(known);
  };
  EXPECT_TRUE(is_moved([](JudgementInput& i) { i.target.text = "text 2"; }));
  EXPECT_TRUE(is_moved([](JudgementInput& i) { i.target.version = 2; }));
  EXPECT_TRUE(is_moved([](JudgementInput& i) { i.suite.reset(); }));
  EXPECT_TRUE(is_moved([](JudgementInput& i) { i.suite->version = 2; }));
  EXPECT_TRUE(is_moved([](JudgementInput& i) { i.cohort.pop_back(); }));
  EXPECT_TRUE(is_moved([](JudgementInput& i) { i.cohort[0].scores_root = sha256("x"); }));
  EXPECT_TRUE(is_moved([](JudgementInput& i) { i.cohort[0].version = 2; }));
  EXPECT_TRUE(is_moved([](JudgementInput& i) { i.candidates[0].job = {}; }));
  EXPECT_FALSE(is_moved([](JudgementInput& i) { i.as_of = "2026-08-20"; }));
}

TEST_F(Moves, AReferenceEnters) {
  after_.cohort.push_back(model("cat", "2026-08-02", 12));
  after_.cohort.push_back(model("dog", "2026-08-02"));
  EXPECT_EQ(moved(),
            "entered: reference cat entered the cohort (released 2026-08-02)\n"
            "entered: reference dog entered the cohort (released 2026-08-02), not examined yet\n");
  EXPECT_EQ(moves_between(inputs_of(before_), inputs_of(after_), sources_)[0].job, "12");
}

TEST_F(Moves, AReferenceLeavesByTheCalendarOrByDecision) {
  after_.as_of = "2026-09-01";  // Six months after ant's release.
  after_.cohort.clear();
  EXPECT_EQ(
      moved(),
      "left_window: reference ant left the window (released 2026-03-01, out since 2026-09-01)\n"
      "retired: reference bird was retired\n");
  after_.as_of = "2026-08-31";
  EXPECT_EQ(moved(), "retired: reference ant was retired\nretired: reference bird was retired\n");
}

TEST_F(Moves, AModelIsCorrected) {
  after_.cohort[0] = model("ant", "2026-03-01", 0, 2);
  after_.candidates[0] = model("new", "2026-06-03", 12, 2);
  EXPECT_EQ(moved(),
            "corrected: new was corrected (version 1 -> 2, released 2026-06-01 -> 2026-06-03)\n"
            "corrected: reference ant was corrected (version 1 -> 2), not examined yet\n");
}

TEST_F(Moves, ScoresComeAndMoveAndGo) {
  before_.candidates[0] = model("new", "2026-06-01");
  after_.candidates[0] = model("new", "2026-06-01", 12);
  after_.cohort[0] = model("ant", "2026-03-01", 13);
  after_.cohort[1] = model("bird", "2026-05-01");
  EXPECT_EQ(moved(),
            "examined: new was examined (job 12)\n"
            "scores: scores of ant moved\n"
            "scores_gone: the scores of bird no longer count\n");
}

TEST_F(Moves, ASuiteSpeaksForAllScoresOnIt) {
  after_.suite->version = 2;
  for (Contender& reference : after_.cohort) reference.job = {};
  after_.candidates[0] = model("new", "2026-06-01", 12);
  EXPECT_EQ(moved(), "suite: suite s 1 -> 2\n");
  before_.suite.reset();
  before_.candidates[0].job = {};
  EXPECT_EQ(moved(), "suite: suite s@2 is there\nexamined: new was examined (job 12)\n");
  after_.suite->name = "other";
  before_.suite = day("2026-08-01").suite;
  EXPECT_EQ(moved().substr(0, 27), "suite: suite s@1 -> other@2");
}

TEST_F(Moves, APolicySaysWhatIsKnownOfIt) {
  after_.target = {"t", 2, "text 2"};
  after_.policy.share = {9, 10};
  EXPECT_EQ(moved(), "policy: policy 1 -> 2: share: 0.95 -> 0.9\n");
  after_.policy.window_months = 3;
  after_.cohort.erase(after_.cohort.begin());
  EXPECT_EQ(moved(),
            "policy: policy 1 -> 2: share: 0.95 -> 0.9; window: 6 months -> 3 months\n"
            "dropped: reference ant is no longer compared with\n");
  after_ = day("2026-08-02");
  after_.target.version = 3;
  EXPECT_EQ(moved(), "policy: policy 1 -> 3 (which says the same)\n");
}

TEST_F(Moves, ReasonsOfPeopleStandBehindWhatTheyDid) {
  sources_.corrections[{"new", "2"}] = "the date was wrong";
  sources_.retirements["bird"] = "it was withdrawn";
  after_.candidates[0].version = 2;
  after_.cohort.pop_back();
  EXPECT_EQ(moved(),
            "corrected: new was corrected (version 1 -> 2): the date was wrong\n"
            "retired: reference bird was retired: it was withdrawn\n");
}

TEST_F(Moves, AReferenceWhoseDateIsCorrectedOutOfTheWindowIsNotSaidToBeRetired) {
  sources_.corrections[{"bird", "2"}] = "the paper was earlier";
  after_.cohort.pop_back();
  const std::string text = moved();
  EXPECT_EQ(text.find("corrected: reference bird was corrected (version 1 -> 2) and is no longer "
                      "compared with: it was released "),
            0u)
      << text;
  EXPECT_NE(text.find(": the paper was earlier\n"), std::string::npos) << text;
}

TEST_F(Moves, WhoAnswersAlikeAgainWasExaminedByAnotherJob) {
  sources_.jobs[{"new", "2", 0, of_12_}] = "20";
  sources_.jobs[{"new", "2", 1, of_12_}] = "21";
  before_.candidates[0] = after_.candidates[0] = model("new", "2026-06-01", 0);
  before_.candidates[0].version = after_.candidates[0].version = 2;
  after_.candidates[0].job = {20};
  after_.candidates[0].scores_root = sha256("scores of job 12");
  EXPECT_EQ(moved(), "examined: new was examined (job 20)\n");
  before_ = after_;
  before_.candidates[0].rounds.resize(1);
  after_.candidates[0].rounds.resize(1);
  after_.candidates[0].rounds[0] = {{21}, sha256("scores of job 12"), {}, {}};
  EXPECT_EQ(moved(), "repeated: new: rounds of repeats 0 -> 1 (job 21)\n");
}

TEST_F(Moves, RoundsOfRepeatsAreSaid) {
  before_.candidates[0].rounds.resize(2);
  after_.candidates[0].rounds.resize(2);
  after_.candidates[0].rounds[0] = {{12}, sha256("scores of job 12"), {}, {}};
  EXPECT_NE(moved().find("repeated: new: rounds of repeats 0 -> 1"), std::string::npos) << moved();
}

TEST_F(Moves, TheFirstVerdictAndOneOfBefore) {
  EXPECT_EQ(words(moves_between(nullptr, inputs_of(after_), sources_)),
            "first: the first verdict\n");
  EXPECT_EQ(words(moves_between(Json::object(), inputs_of(after_), sources_)),
            "unknown: the verdict before rested on something else\n");
  Json older = inputs_of(before_);
  older["judge"] = 0;
  EXPECT_EQ(words(moves_between(older, inputs_of(after_), sources_)),
            "rules: the program's rules of judging 0 -> 1\n");
}

// ---- claims ----

class ClaimedMoves : public ::testing::Test {
 protected:
  struct State {
    Leaderboard board;
    JudgementInput input;
  };
  static State state(const std::string& day, std::uint32_t version) {
    State out;
    out.input.target = {"t", 1, "text"};
    out.input.policy.is_claimed = true;
    out.input.policy.board = "b";
    out.input.as_of = day;
    ClaimsInput claims;
    claims.imported.board = "b";
    claims.imported.release = "2026-01-08";
    claims.imported.version = version;
    claims.imported.seen = day;
    claims.imported.file = sha256("file " + std::to_string(version));
    out.input.claims = claims;
    out.board.tasks = {{"x", "all"}, {"y", "all"}};
    for (const auto& [name, released, value] :
         {std::tuple{"ant", "2026-02-01", 50}, std::tuple{"bird", "2026-03-01", 80}}) {
      out.board.rows.push_back(
          {name, parse_date(released), {Fraction{value, 1}, Fraction{value, 1}}});
    }
    return out;
  }
  static Json inputs(const State& s, const std::string& candidate) {
    const std::vector<ClaimedModel> models = claimed_models(s.board, {});
    const ClaimedCohort cohort = claimed_cohort(models, *parse_date(s.input.as_of), 6);
    for (const ClaimedModel& model : models) {
      if (model.name != candidate) continue;
      return verdict_inputs(shared_inputs(s.input, s.board, cohort), s.board, model);
    }
    return nullptr;
  }
  std::string moved(const std::string& candidate) {
    const Json was = inputs(before_, candidate);
    const Json is = inputs(after_, candidate);
    const std::string text = words(moves_between(was, is, {}));
    is_digest_moved_ = inputs_digest(was) != inputs_digest(is);
    return text;
  }
  State before_ = state("2026-04-01", 1);
  State after_ = state("2026-04-05", 2);
  bool is_digest_moved_ = false;
};

constexpr const char* imported_again =
    "import: board b was imported again (version 2, seen 2026-04-05)\n";

TEST_F(ClaimedMoves, AnImportMovesWhoseCellsItRestates) {
  after_.board.rows[0].values = {Fraction{227, 4}, std::nullopt};
  EXPECT_EQ(moved("ant"), std::string(imported_again) +
                              "restated: cell x of ant restated: 50 -> 56.75\n"
                              "restated: cell y of ant is gone (it was 50)\n"
                              "lacking: ant is in the cohort and lacks a value\n");
  EXPECT_TRUE(is_digest_moved_);
  after_.board.rows[0].values = {Fraction{227, 4}, Fraction{50, 1}};
  moved("bird");
  EXPECT_FALSE(is_digest_moved_);
}

TEST_F(ClaimedMoves, TheBestIsRestatedOrAnother) {
  after_.board.rows[1].values[0] = Fraction{90, 1};
  const std::string bird =
      std::string(imported_again) + "restated: cell x of bird restated: 80 -> 90\n";
  EXPECT_EQ(moved("ant"), bird);
  EXPECT_EQ(moved("bird"), bird);  // Once, though it is its own best.
  after_.board.rows[0].values = {Fraction{99, 1}, Fraction{99, 1}};
  EXPECT_EQ(moved("bird").substr(moved("bird").find("best")), "best: the best is ant, not bird\n");
}

TEST_F(ClaimedMoves, TheCalendarTakesTheBest) {
  after_ = state("2026-09-01", 1);
  EXPECT_EQ(moved("ant"),
            "best: no model of the cohort is the best any more, which left the window (dated "
            "2026-03-01)\ncohort: no model of the board is in the window any more\n");
  EXPECT_TRUE(is_digest_moved_);
}

TEST_F(ClaimedMoves, AReleaseSpeaksForAllCells) {
  after_.input.claims->imported.release = "2026-04-02";
  after_.board.rows[0].values[0] = Fraction{1, 1};
  EXPECT_EQ(moved("ant"),
            "release: board b: release 2026-01-08 -> 2026-04-02\n"
            "import: board b was imported (version 2, seen 2026-04-05)\n");
}

}  // namespace
}  // namespace gwageo
