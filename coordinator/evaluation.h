// A job's records to its scorecard, and the roots that say what the scorecard rests on.
#pragma once

#include <optional>

#include "benchmarks/evaluate.h"
#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "coordinator/failure_reasons.h"
#include "coordinator/job_items.h"
#include "coordinator/state.h"
#include "coordinator/store.h"

namespace gwageo {

/// Items of one task that have no score, for one cause. In no root: for people.
struct Failure {
  Outcome outcome = Outcome::cancelled;
  bool is_unscored = false;  ///< They were answered, and no filter or metric could read them.
  std::string task;
  std::uint64_t items = 0;
  std::string item;    ///< The first of them in plan order,
  std::string reason;  ///< and what its engine or scorer said; empty where no engine answered it.
  /// What engines said of them that is unlike, failure_reasons_max at most: what came first in plan
  /// order, each with the first of its items, or
  std::vector<FailureReason> reasons;
  bool counts_tries = false;  ///< what the job's last such tries said, the newest first.
};

struct Evaluation {
  Scored scored;
  Scorecard scorecard;
  std::vector<Failure> failures;  ///< By task in suite order, then by outcome; then unscored.
};

/// Whoever writes a job's items down while they are scored. An error ends the evaluation.
class ItemObserver {
 public:
  virtual ~ItemObserver() = default;
  /// Comes first. Both outlive every other call.
  virtual Status begin(const Suite& suite, const SourceFiles& files) = 0;
  /// Every item once, in plan order, with the plan's entry of its first repeat.
  virtual Status item(const ItemScores& scores, const PlanEntry& entry) = 0;
};

/// Which items there are, of which suite.
struct ItemList {
  JobId job;
  std::uint64_t items = 0;
  Digest manifest;
  /// What they have to come to with the names of the suite's tasks: of which task an item is, is
  /// under no other root. Nothing where whoever sends them does not say.
  std::optional<Digest> plan_root;
};

/// Reads plan and records in plan order and scores them. Pure over the store's content: the same
/// bytes give the same roots, whatever the number of workers, shards or deaths. Items of an open
/// job that are not settled yet count as cancelled. `observer` may be none.
Result<Evaluation> evaluate(const JobOnRecord& of, const Store& store,
                            ItemObserver* observer = nullptr);
/// The same of items that come from anywhere; `files` needs to hold the suite's files alone.
/// corrupt where an item is of no task of the suite, or of another than on record.
Result<Evaluation> evaluate(const ItemList& list, JobItems& items, const Store& files,
                            ItemObserver* observer = nullptr);

}  // namespace gwageo
