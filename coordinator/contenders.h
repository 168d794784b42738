// Who is judged on a day: the candidates and references that a target looks at, and the examination
// that speaks for each. Pure functions of the state.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/date.h"
#include "benchmarks/target.h"
#include "coordinator/boards.h"
#include "coordinator/state.h"
#include "protocol/result.h"

namespace gwageo {

/// A model's jobs on a plan: which one speaks for it, and what else there is.
struct Examination {
  /// Of the scored jobs those that scored the most items, and of them the oldest: what was
  /// cancelled or spoiled hides no whole examination, and nobody asks again until the answers
  /// please. None: not examined yet.
  JobId job;
  Digest scores_root;  ///< Of that job.
  JobId under_way;     ///< The newest that is open, or about to be scored; or none.
  /// The newest that failed, that somebody cancelled, or that repeated a suite without one answer;
  /// or none.
  JobId ended;
  /// Jobs that took no answer that was known, whatever became of them.
  std::uint32_t asked_anew = 0;
  /// Jobs of which some answers were disowned with the worker that gave them: they speak for
  /// nobody.
  std::uint32_t voided = 0;
  friend bool operator==(const Examination&, const Examination&) = default;
};

/// A model with the scorecard that speaks for it.
struct Contender {
  std::string name;
  Date released;
  std::string evidence;
  JobId job;           ///< As of Examination, on the plan of the target's suite.
  Digest scores_root;  ///< Of that job.
  /// On a board that does not say when it was released: the day is that of the first sight.
  bool is_first_seen = false;
  std::uint32_t version = 1;  ///< Of the model.
  JobId under_way = {};       ///< As of Examination,
  JobId ended = {};           ///< too.
  /// The rounds after the first (benchmarks/rounds.h), from 1; none of a target that settles none.
  std::vector<Examination> rounds = {};
  std::uint32_t disowned = 0;    ///< How often all answers of the model were (`model disown`).
  std::uint32_t asked_anew = 0;  ///< As of Examination,
  std::uint32_t voided = 0;      ///< too.
  friend bool operator==(const Contender&, const Contender&) = default;
};

/// What a target rests on, on a day. A value; copied to wherever the judging is done.
struct JudgementInput {
  TargetAdded target;                ///< Of its open stage the frozen version, else the newest.
  std::optional<StageOpened> stage;  ///< That is open then.
  Target policy;
  std::optional<SuiteAdded> suite;  ///< Nothing: no such suite yet.
  std::string as_of;
  std::vector<Contender> candidates;  ///< By name.
  std::vector<Contender> cohort;      ///< By name; references in the window.
  /// A target on claims: nothing while its board is not there. Its models are known when its file
  /// was read, so in a Judgement both lists above are filled, before it they are empty.
  std::optional<ClaimsInput> claims;
  /// By roster: the day on which each candidate that is on it entered.
  std::map<std::string, std::string> entered = {};
  /// Those that count, in the order of recording: of the open stage, else of none.
  std::vector<GateDecided> decisions = {};
  std::vector<PointsRecorded> points = {};
  /// What rounds after the first on the suite's version have asked so far, for any target.
  std::uint64_t asked_again = 0;
};

/// What `target` rests on, by the version of the stage that is open on `as_of`, else by its newest:
/// the models that are known by now and were not retired on `as_of` or before. not_found when there
/// is none of that name.
Result<JudgementInput> gather(const State& state, const std::string& target, const Date& as_of);

/// The same by a target that need not be on record: its version is 0 then, and no stage is its.
Result<JudgementInput> gather(const State& state, const TargetAdded& target, const Date& as_of);

/// The same under a stage's version, whether or not it is closed by now: what its document rests
/// on.
Result<JudgementInput> gather(const State& state, const Stage& stage, const Date& as_of);

/// Whether two inputs are of the same things, and so give the same verdicts.
bool rest_on_the_same(const JudgementInput& a, const JudgementInput& b);

/// The same as somebody may ask for it on any day: on one that is over, a candidate that was not
/// released by then was not there, as no reference is.
Result<JudgementInput> look_back(const State& state, const TargetAdded& target, const Date& as_of);

/// Rounds after the first that are examined, up to the first one that is not.
std::uint32_t rounds_examined(const Contender& contender);

/// How a model's responses come about: executed, endpoint or recorded. Never claimed: a claim has
/// no job.
std::string evidence_of(const std::string& engine);

}  // namespace gwageo
