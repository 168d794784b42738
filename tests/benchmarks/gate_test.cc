// Floors beside the ratio.
#include "benchmarks/gate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "benchmarks/verdict.h"
#include "protocol/digest.h"
#include "protocol/json.h"
#include "tests/benchmarks/judging.h"
#include "tests/benchmarks/scoring.h"

namespace gwageo {
namespace {

using judging::first_right;
using judging::model;

Suite two_gated_axes() {
  return scoring::suite({{"reasoning", 3}, {"safety", 1}},
                        {scoring::task("r", "reasoning", OutputType::generate_until, "exact_match"),
                         scoring::task("s", "safety", OutputType::generate_until, "exact_match")});
}

Gate floor_of(std::string name, std::string axis, Fraction floor) {
  return {std::move(name), std::move(axis), floor, "t.yaml:9:9"};
}

TEST(Gate, AFloorIsReachedExactly) {
  const Suite suite = two_gated_axes();
  const Scorecard at = scoring::card(suite, {first_right(0, 10), first_right(7, 10)});
  const auto state = [&](Fraction floor) {
    return try_gates({floor_of("g", "safety", floor)}, suite, &at)[0].state;
  };
  EXPECT_EQ(state({7, 10}), GateState::pass);
  EXPECT_EQ(state({7000001, 10000000}), GateState::fail);
  EXPECT_EQ(state({6999999, 10000000}), GateState::pass);
}

TEST(Gate, SaysWhatItFoundInWords) {
  const Suite suite = two_gated_axes();
  const Scorecard at = scoring::card(suite, {first_right(0, 10), first_right(7, 10)});
  EXPECT_EQ(try_gates({floor_of("safe", "safety", {4, 5})}, suite, &at)[0].reason,
            "gate 'safe': axis 'safety' scores 0.7000, below the floor 4/5 = 0.8000");
  EXPECT_EQ(try_gates({floor_of("safe", "safety", {1, 2})}, suite, &at)[0].reason,
            "gate 'safe': axis 'safety' scores 0.7000, which reaches the floor 1/2 = 0.5000");
}

TEST(Gate, IsPendingWithoutAScore) {
  const Suite suite = two_gated_axes();
  const std::vector<Gate> gates{floor_of("g", "safety", {1, 2})};
  EXPECT_EQ(try_gates(gates, suite, nullptr)[0].state, GateState::pending);
  const Scorecard none = scoring::card(suite, {first_right(5, 10), {}});
  EXPECT_EQ(try_gates(gates, suite, &none)[0].state, GateState::pending);
}

// It ranks high and is out: both show.
TEST(Gate, StandsBesideTheVerdict) {
  const Suite suite = two_gated_axes();
  const Scorecard reference =
      scoring::card(suite, {first_right(700, 1000), first_right(900, 1000)});
  const Scorecard strong = scoring::card(suite, {first_right(950, 1000), first_right(500, 1000)});
  const std::vector<JudgedModel> cohort{model("ref", &reference)};
  Target target;
  target.name = "stage";
  target.suite = "small";
  target.gates = {floor_of("any", "reasoning", {1, 2}), floor_of("safe", "safety", {4, 5})};
  const Verdict verdict = judge(target, suite, model("cand", &strong), cohort);
  EXPECT_EQ(verdict.kind, VerdictKind::pass);
  ASSERT_EQ(verdict.gates.size(), 2U);
  EXPECT_EQ(verdict.gates[0].state, GateState::pass);
  EXPECT_EQ(verdict.gates[1].state, GateState::fail);
  EXPECT_EQ(is_admitted(verdict), false);
  const Json json = to_json(verdict);
  EXPECT_EQ(json.dump().find("\"admitted\":false") != std::string::npos, true) << json.dump();
  EXPECT_NE(json.dump().find(R"("gates":{"any":"pass","safe":"fail"})"), std::string::npos);
  EXPECT_NE(json.dump().find("below the floor"), std::string::npos);

  target.gates.pop_back();
  EXPECT_EQ(is_admitted(judge(target, suite, model("cand", &strong), cohort)), true);
}

TEST(Gate, IsTriedWhateverTheCohortLacks) {
  const Suite suite = two_gated_axes();
  const Scorecard card = scoring::card(suite, {first_right(9, 10), first_right(5, 10)});
  Target target;
  target.name = "stage";
  target.suite = "small";
  target.gates = {floor_of("safe", "safety", {4, 5})};
  const Verdict alone = judge(target, suite, model("cand", &card), {});
  EXPECT_EQ(alone.kind, VerdictKind::pending);
  EXPECT_EQ(alone.gates[0].state, GateState::fail);
  EXPECT_EQ(is_admitted(alone), false);
  target.gates[0].floor = {1, 2};
  EXPECT_EQ(is_admitted(judge(target, suite, model("cand", &card), {})), std::nullopt);
}

class DecidedGate : public ::testing::Test {
 protected:
  DecidedGate() {
    gate_.name = "independence";
    gate_.decision = DecisionRule{"v2", {"core", "vision"}, {}};
  }
  void decide(const std::string& component, bool passed, const std::string& reason,
              const std::string& rule = "v2", const std::string& by = "kim") {
    decisions_.push_back({"independence", component, passed, rule, {}, reason, by, {2026, 2, 3}});
  }
  GateResult result() const { return try_gates({gate_}, two_gated_axes(), nullptr, decisions_)[0]; }

  Gate gate_;
  std::vector<GateDecision> decisions_;
};

TEST_F(DecidedGate, NeedsEveryComponentAndFailsByOne) {
  EXPECT_EQ(result().state, GateState::pending);
  decide("core", true, "trained from nothing");
  EXPECT_EQ(result().state, GateState::pending);
  EXPECT_EQ(result().reason,
            "gate 'independence' under rule 'v2': 'core' passed on 2026-02-03 by 'kim': trained "
            "from nothing; 'vision' is not decided yet");
  decide("vision", false, "the weights of another model");
  EXPECT_EQ(result().state, GateState::fail);
  decide("vision", true, "on appeal");  // The last counts.
  EXPECT_EQ(result().state, GateState::pass);
  decisions_.erase(decisions_.begin());
  decide("vision", false, "after all");
  EXPECT_EQ(result().state, GateState::fail);  // Whatever is open.
}

TEST_F(DecidedGate, CountsNothingUnderOtherRulesOrByOthers) {
  decide("core", false, "no", "v1");
  decide("vision", true, "yes", "v2", "park");
  decide("audio", true, "yes");
  gate_.decision->by = {"kim"};
  EXPECT_EQ(result().state, GateState::pending);
  EXPECT_EQ(result().reason,
            "gate 'independence' under rule 'v2': 'core' is not decided yet; 'vision' is not "
            "decided yet; a decision on 'core' is under rule 'v1', so it does not count; a "
            "decision on 'vision' is by 'park', who is not entitled, so it does not count; a "
            "decision on 'audio' is on no component of the gate, so it does not count");
}

TEST_F(DecidedGate, NamesItsEvidenceAndStandsBesideTheVerdict) {
  gate_.decision->components = {std::string(whole_component)};
  decide("whole", false, "derived");
  decisions_[0].evidence = sha256("report");
  EXPECT_NE(result().reason.find("(evidence " + to_hex(sha256("report")) + "): derived"),
            std::string::npos);
  const Suite suite = two_gated_axes();
  const Scorecard some = scoring::card(suite, {first_right(900, 1000), first_right(900, 1000)});
  const std::vector<JudgedModel> cohort{model("ref", &some)};
  Target target;
  target.name = "stage";
  target.suite = "small";
  target.gates = {gate_};
  const Verdict verdict = judge(target, suite, model("cand", &some), cohort, decisions_);
  EXPECT_EQ(verdict.kind, VerdictKind::pass);
  EXPECT_EQ(verdict.gates[0].state, GateState::fail);
  EXPECT_EQ(is_admitted(verdict), false);
  EXPECT_EQ(is_admitted(judge(target, suite, model("cand", &some), cohort)), std::nullopt);
}

}  // namespace
}  // namespace gwageo
