// From state to verdicts: which candidates and references a target has on a day, and what follows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/date.h"
#include "benchmarks/target.h"
#include "benchmarks/verdict.h"
#include "coordinator/state.h"

namespace gwageo {

/// A model with the scorecard that speaks for it.
struct Contender {
  std::string name;
  Date released;
  std::string evidence;
  /// Of the scored jobs on the target's suite those that scored the most items, and of them the
  /// newest: what was cancelled or spoiled hides no whole examination. None: not examined yet.
  JobId job;
  Digest scores_root;  ///< Of that job.
  /// On a board that does not say when it was released: the day is that of the first sight.
  bool is_first_seen = false;
  std::uint32_t version = 1;  ///< Of the model.
};

/// What a target on claims rests on: the board as it was on the day, its file in the store.
struct ClaimsInput {
  ClaimsImported imported;
  std::map<std::string, Date> first_seen;  ///< By model.
};

/// What a target rests on, on a day. A value; copied to wherever the judging is done.
struct JudgementInput {
  TargetAdded target;
  Target policy;
  std::optional<SuiteAdded> suite;  ///< Nothing: no such suite yet.
  std::string as_of;
  std::vector<Contender> candidates;  ///< By name.
  std::vector<Contender> cohort;      ///< By name; references in the window.
  /// A target on claims: nothing while its board is not there. Its models are known when its file
  /// was read, so in a Judgement both lists above are filled, before it they are empty.
  std::optional<ClaimsInput> claims;
};

struct Judgement {
  JudgementInput input;
  std::vector<Verdict> verdicts;        ///< One a candidate, same order.
  std::vector<Json> inputs;             ///< What each rests on (verdict_inputs.h), same order.
  std::vector<VerdictReached> reached;  ///< The same as facts, generation not yet given.
  std::vector<std::string> documents;   ///< The blobs that the facts name, same order.
};

/// What `target` (newest version) rests on: the models that are known by now and were not retired
/// on `as_of` or before. not_found when there is none of that name.
Result<JudgementInput> gather(const State& state, const std::string& target, const Date& as_of);

/// The same by a target that need not be on record; its version is 0 then.
Result<JudgementInput> gather(const State& state, const TargetAdded& target, const Date& as_of);

/// The same as somebody may ask for it on any day: on one that is over, a candidate that was not
/// released by then was not there, as no reference is.
Result<JudgementInput> look_back(const State& state, const TargetAdded& target, const Date& as_of);

/// The fixed JSON of `target show`.
Json to_json(const Judgement& judgement, std::uint64_t generation);

/// How a model's responses come about: executed, endpoint or recorded. Never claimed: a claim has
/// no job.
std::string evidence_of(const std::string& engine);

}  // namespace gwageo
