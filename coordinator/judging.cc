#include "coordinator/judging.h"

#include <algorithm>
#include <vector>

#include "benchmarks/claimed_verdict.h"
#include "benchmarks/rounds.h"
#include "coordinator/blobs.h"
#include "coordinator/claims_judgement.h"
#include "coordinator/decisions.h"
#include "coordinator/suite_files.h"
#include "coordinator/verdict_inputs.h"

namespace gwageo {
namespace {

/// Beyond so many of a kind what was read is read again: 10,000 items take half a megabyte.
constexpr std::size_t scorecards_kept_max = 256;
constexpr std::size_t boards_kept_max = 256;
constexpr std::size_t verdicts_kept_max = 20000;

Verdict no_suite(const JudgementInput& input, const std::string& candidate) {
  Verdict verdict;
  verdict.candidate = candidate;
  verdict.reasons.push_back("suite " + input.policy.suite + " is not there yet");
  return verdict;
}

/// Adds a verdict as the answer, as the fact and as the document that the fact names.
void add(Judgement& judgement, const Verdict& verdict, Json inputs, const Digest& digest) {
  const JudgementInput& input = judgement.input;
  Json document = input.policy.is_claimed ? claimed_json(verdict) : to_json(verdict);
  document["inputs"] = inputs;
  std::string bytes = document.dump();
  judgement.reached.push_back({input.target.name, input.target.version, verdict.candidate,
                               input.as_of, 0, digest, std::string(to_string(verdict.kind)),
                               sha256(bytes)});
  judgement.documents.push_back(std::move(bytes));
  judgement.inputs.push_back(std::move(inputs));
  judgement.verdicts.push_back(verdict);
}

}  // namespace

Result<const Suite*> Judging::suite(const SuiteAdded& added) {
  const auto known = suites_.find(added.manifest);
  if (known != suites_.end()) return &known->second;
  GWAGEO_ASSIGN(manifest, read_manifest(store_, added.manifest));
  const StoredFiles files(store_, manifest);
  GWAGEO_ASSIGN(loaded, load_suite(manifest.main, files));
  return &suites_.emplace(added.manifest, std::move(loaded)).first->second;
}

Result<const Leaderboard*> Judging::board(const ClaimsImported& imported) {
  std::string files(imported.file.view());
  files += imported.categories.view();
  const Digest name = sha256(files);
  const auto known = boards_.find(name);
  if (known != boards_.end()) return &known->second.board;
  GWAGEO_ASSIGN(read, stored_board(store_, imported));
  return &boards_.emplace(name, std::move(read)).first->second.board;
}

Result<const Scorecard*> Judging::scorecard(const Digest& root) {
  auto known = scorecards_.find(root);
  if (known == scorecards_.end()) {
    GWAGEO_ASSIGN(bytes, read_blob(store_, root));
    if (!bytes) {
      return fail(ErrorKind::corrupt, "scorecard " + to_hex(root) + " is not in the store");
    }
    GWAGEO_ASSIGN(scorecard, decode_scorecard(*bytes));
    known = scorecards_.emplace(root, std::move(scorecard)).first;
  }
  return &known->second;
}

Result<JudgedModel> Judging::judged(const Contender& contender, const Suite* suite,
                                    std::uint32_t rounds) {
  JudgedModel model{contender.name, contender.released, contender.evidence, nullptr, 1};
  if (!contender.job) return model;
  GWAGEO_ASSIGN(first, scorecard(contender.scores_root));
  model.scorecard = first;
  rounds = std::min(rounds, rounds_examined(contender));
  if (rounds == 0 || suite == nullptr) return model;
  std::vector<const Scorecard*> all{first};
  std::string roots(contender.scores_root.view());
  for (std::uint32_t i = 0; i < rounds; ++i) {
    GWAGEO_ASSIGN(again, scorecard(contender.rounds[i].scores_root));
    all.push_back(again);
    roots += contender.rounds[i].scores_root.view();
  }
  const Digest name = sha256(roots);
  auto known = scorecards_.find(name);
  if (known == scorecards_.end()) {
    known = scorecards_.emplace(name, mean_of_rounds(*suite, all)).first;
  }
  model.scorecard = &known->second;
  model.rounds = rounds + 1;
  return model;
}

Result<Judgement> Judging::judge(const JudgementInput& input) {
  if (scorecards_.size() > scorecards_kept_max) scorecards_.clear();
  if (boards_.size() > boards_kept_max) boards_.clear();
  if (verdicts_.size() > verdicts_kept_max) verdicts_.clear();
  return input.policy.is_claimed ? judge_claimed_board(input) : judge_measured(input);
}

Result<Judgement> Judging::judge_measured(const JudgementInput& input) {
  Judgement judgement{input, {}, {}, {}, {}};
  const Suite* suite = nullptr;
  if (input.suite) {
    GWAGEO_ASSIGN(read, this->suite(*input.suite));
    suite = read;
  }
  std::map<std::uint32_t, std::vector<JudgedModel>> cohorts;  // By rounds that are looked at.
  const Json shared = shared_inputs(input);
  for (const Contender& candidate : input.candidates) {
    Json inputs = verdict_inputs(shared, input, candidate);
    const Digest digest = inputs_digest(inputs);
    auto known = verdicts_.find(digest);
    if (known == verdicts_.end()) {
      const std::uint32_t rounds = rounds_examined(candidate);
      GWAGEO_ASSIGN(model, judged(candidate, suite, rounds));
      std::vector<JudgedModel>& cohort = cohorts[rounds];
      if (cohort.empty()) {
        for (const Contender& reference : input.cohort) {
          GWAGEO_ASSIGN(judged_reference, judged(reference, suite, rounds));
          cohort.push_back(judged_reference);
        }
      }
      ++reached_;
      const std::vector<GateDecision> decisions = decisions_on(input, candidate.name);
      Verdict verdict = suite == nullptr
                            ? no_suite(input, candidate.name)
                            : gwageo::judge(input.policy, *suite, model, cohort, decisions);
      known = verdicts_.emplace(digest, std::move(verdict)).first;
    }
    add(judgement, known->second, std::move(inputs), digest);
  }
  return judgement;
}

Result<Judgement> Judging::judge_claimed_board(const JudgementInput& input) {
  static const Leaderboard nothing;
  const Leaderboard* board = &nothing;
  if (input.claims) {
    GWAGEO_ASSIGN(read, this->board(input.claims->imported));
    board = read;
  }
  ClaimedContest contest(input, *board);
  Judgement judgement{contest.filled(input), {}, {}, {}, {}};
  const Json shared = shared_inputs(input, *board, contest.cohort());
  for (const ClaimedModel& candidate : contest.candidates()) {
    Json inputs = verdict_inputs(shared, *board, candidate);
    const Digest digest = inputs_digest(inputs);
    auto known = verdicts_.find(digest);
    if (known == verdicts_.end()) {
      ++reached_;
      known = verdicts_.emplace(digest, contest.judge(input, candidate)).first;
    }
    add(judgement, known->second, std::move(inputs), digest);
  }
  return judgement;
}

}  // namespace gwageo
