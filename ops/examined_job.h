// A job's items read back and scored again, for those who write results in other tools' formats.
#pragma once

#include <memory>

#include "coordinator/evaluation.h"
#include "coordinator/job_head.h"
#include "ops/evidence.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// A job and whatever its items are read from: a running coordinator, by the verb that everybody
/// may use who may see the job, or rows at hand. A resource; one thread.
class ExaminedJob {
 public:
  /// The job `id` of the evidence: of a running coordinator as that says, else after the whole
  /// record was verified. not_found, not_allowed, bad_input or corrupt.
  static Result<ExaminedJob> find(const Evidence& evidence, JobId id);

  const JobHead& head() const { return head_; }
  /// Scores it. The observer sees every item. Call it once. corrupt when a scored job's items lead
  /// to another results root than the one on record.
  Result<Evaluation> evaluate(ItemObserver& observer);

 private:
  ExaminedJob() = default;
  static Result<ExaminedJob> find_in_rows(const Evidence& evidence, JobId id);

  JobHead head_;
  std::unique_ptr<const JobOnRecord> job_;  ///< What the items of rows at hand are read by.
  std::unique_ptr<JobItems> items_;
  const Store* files_ = nullptr;
};

/// The fixed JSON of `results`, and the engine's profile: what other formats have no place for.
Json provenance(const JobHead& head, const Evaluation& evaluation);

/// YYYY-MM-DDTHH:MM:SS.ffffff, UTC.
std::string iso_time(WallTime time);

}  // namespace gwageo
