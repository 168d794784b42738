#include "tests/coordinator/fact_samples.h"

#include <string>

namespace gwageo::samples {

Digest fact_digest(int n) { return sha256("fact " + std::to_string(n)); }

Signature fact_signature(std::uint8_t n) {
  Signature signature;
  signature.bytes.fill(n);
  return signature;
}

std::vector<Fact> full_facts() {
  const auto d = fact_digest;
  const Scored scored = {
      {7}, d(1), d(2), d(3), d(4), 1000, {990, 4, 3, 2, 1}, 0, 700, 300, {{512, 1000}, {0, 0}}};
  return {
      Founded{"example.org/gwageo", "Asia/Seoul"},
      CoordinatorStarted{"0.1.0"},
      PrincipalRegistered{"han", Role::team, "team-a", d(1), d(2)},
      DayBegan{"2026-11-22"},
      SuiteAdded{"quickstart", 3, d(1), d(2), 1000, 4000, d(3), 1234},
      ModelAdded{"kestrel-3",
                 2,
                 ModelRole::reference,
                 "team-a",
                 "2026-09-30",
                 "recorded",
                 "/models/kestrel",
                 {{"a", "1"}, {"b", ""}},
                 d(1),
                 d(2),
                 d(3),
                 4,
                 "H100",
                 81920,
                 "2026-03-31",
                 "2026-10-02",
                 "the date was wrong",
                 3,
                 2,
                 140'000'000'000},
      ModelRetired{"kestrel-3", "withdrawn"},
      TargetAdded{"half-year", 2, "name: half-year\n# 목표\n", "as announced"},
      JobAccepted{{7},
                  "request 1",
                  "han",
                  "team-a",
                  "kestrel-3",
                  2,
                  "quickstart",
                  3,
                  d(1),
                  1000,
                  -5,
                  d(2),
                  d(3),
                  true,
                  Tier::refresh,
                  seconds(7200),
                  4,
                  "reference kestrel-3 was added"},
      ItemsAdopted{{7}, {{0, 10, {3}, 20, true}, {10, 11, {7}, 0, false}}},
      WorkerJoined{{0xfedcba9876543210}, "worker-1", "pool", true},
      WorkerDrained{{9}, true},
      LeaseGranted{{41}, {7}, {9}, 3, {{0, 16}, {20, 24}}, true, seconds(3), true},
      LeaseShrunk{{41}, {{8, 16}}},
      ResultsRecorded{{41}, {7}, {{0, 8}}, d(1), {1, 2, 1, 1, 1, 1, 1}},
      AttemptFailed{{41}, {7}, {{3, 4}}, Outcome::timed_out},
      LeaseEnded{{41}, LeaseEnd::load_failed},
      ItemsGivenUp{{7}, {{3, 4}}, Outcome::worker_lost},
      JobCancelled{{7}, "han", "no longer needed"},
      JobFailed{{7}, "모델을 읽지 못함"},
      scored,
      VerdictReached{"half-year", 2, "kestrel-3", "2026-11-22", 4, d(1), "inconclusive", d(2)},
      TeamSet{"team-a", "lab", 3, 4, 8, 100, 4000000000, 250, "op"},
      JobPaused{{7}, true, "han", "차례"},
      JobPrioritised{{7}, -1000, "han"},
      WorkerQuarantined{"worker-1", true, "열이 난다", "op"},
      AnswersDiffered{{7}, 12, {41}, d(1), {42}, d(2)},
      ClaimsImported{"livebench",
                     "2026-01-08",
                     7,
                     "2026-02-03",
                     BoardFormat::claims,
                     "table_2026_01_08.csv",
                     d(1),
                     "categories.json",
                     d(2),
                     127,
                     23,
                     46,
                     1,
                     12,
                     {"amazon.nova-lite-v1:0", "o1-2024-12-17 (high)"},
                     "철자를 다시 채점",
                     "op"},
      RosterChanged{"half-year", "kestrel-3", true, "2026-11-22", "추가 모집", "op"},
      StageOpened{"stage-1", "half-year", 2, 3, "2026-11-22", "op"},
      StageClosed{"stage-1", "2026-12-31", d(1), "as planned", "op"},
      GateDecided{"half-year", "stage-1", "kestrel-3", "independence", "vision_encoder", true, "v2",
                  d(1), "report.pdf", "직접 설계", "2026-11-22", "judge"},
      PointsRecorded{"half-year", "stage-1", "kestrel-3", "benchmark/individual", "31.6", d(1),
                     "points.csv", "위원 평균", "2026-11-22", "op"},
      Published{"half-year", "stage-1", "2026-12-31", "op"},
      PrincipalRotated{"han", d(3), d(4), "분실", "op"},
      PrincipalRevoked{"han", "left the team", "op"},
      BatchSigned{{9}, 12, {{0, 400}, {401, 402}}, d(5), fact_signature(7)},
      AuditCommitted{3, {7}, 459, d(6), "eye"},
      AuditDrawn{3, d(7), d(8), {{{"w1"}, {"s", 2, d(1), d(2), 9, 9, d(3), 900, 0}, {"pool"}}}},
      ChecksSet{20000, 10000, "op"},
      AnswersChecked{{41}, {7}, {{13, {9}, {8}, CheckKind::third, CheckFinding::other_right}}},
      AnswersDisowned{"w7", "지어낸 답", "op"},
      SlotsCharged{},
  };
}

std::vector<Fact> minimal_facts() {
  ModelAdded model;
  model.name = "m";
  model.engine = "e";
  JobAccepted job;
  job.job = {1};
  job.model = "m";
  job.suite = "s";
  VerdictReached verdict;
  verdict.target = "t";
  verdict.candidate = "m";
  verdict.as_of = "2026-01-01";
  verdict.verdict = "pass";
  Scored scored;
  scored.job = {1};
  return {Founded{},
          CoordinatorStarted{},
          PrincipalRegistered{"p", Role::operator_, "", {}, {}},
          DayBegan{"2026-01-01"},
          SuiteAdded{"s", 0, {}, {}, 0, 0, {}, 0},
          model,
          ModelRetired{"m"},
          TargetAdded{"t", 0, ""},
          job,
          ItemsAdopted{{1}, {}},
          WorkerJoined{{1}, "w", ""},
          WorkerDrained{{1}, false},
          LeaseGranted{{1}, {1}, {1}, 0, {}, false, {}, false},
          LeaseShrunk{{1}, {}},
          ResultsRecorded{{1}, {1}, {}, {}, {}},
          AttemptFailed{{1}, {1}, {}, Outcome::answered},
          LeaseEnded{{1}, LeaseEnd::expired},
          ItemsGivenUp{{1}, {}, Outcome::answered},
          JobCancelled{{1}, ""},
          JobFailed{{1}, ""},
          scored,
          verdict,
          TeamSet{"t", "", 1, 0, 0, 0, 0, 0, ""},
          JobPaused{{1}, false, "", ""},
          JobPrioritised{{1}, 0, ""},
          WorkerQuarantined{"w", false, "", ""},
          AnswersDiffered{{1}, 0, {1}, {}, {1}, {}},
          ClaimsImported{"b",
                         "",
                         0,
                         "2026-01-01",
                         BoardFormat::livebench,
                         "",
                         {},
                         "",
                         {},
                         0,
                         0,
                         0,
                         0,
                         0,
                         {},
                         "",
                         ""},
          RosterChanged{"t", "m", false, "2026-01-01", "", ""},
          StageOpened{"s", "t", 0, 0, "2026-01-01", ""},
          StageClosed{"s", "2026-01-01", {}, "", ""},
          GateDecided{"t", "", "m", "g", "c", false, "", {}, "", "", "2026-01-01", ""},
          PointsRecorded{"t", "", "m", "", "", {}, "", "", "2026-01-01", ""},
          Published{"t", "", "2026-01-01", ""},
          PrincipalRotated{"p", {}, {}, "", ""},
          PrincipalRevoked{"p", "", ""},
          BatchSigned{{1}, 0, {}, {}, {}},
          AuditCommitted{0, {1}, 0, {}, ""},
          AuditDrawn{0, {}, {}, {}},
          ChecksSet{},
          AnswersChecked{{1}, {1}, {}},
          AnswersDisowned{"w", "", "p"},
          SlotsCharged{}};
}

}  // namespace gwageo::samples
