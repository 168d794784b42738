// A job's items read back and scored again, for those who write results in other tools' formats.
#pragma once

#include "coordinator/evaluation.h"
#include "coordinator/state.h"
#include "ops/evidence.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// A job as the record has it. A value.
struct FoundJob {
  Job job;
  SuiteAdded suite;
  ModelAdded model;
  std::string state;  ///< "complete", "running", ...
  WallTime accepted;
  WallTime ended;  ///< When it was scored; of an open job its last record so far.
  State record;    ///< What the journal leads to.
};

/// The job `id` of the evidence: of a running coordinator as its checkpoint has it, else after the
/// whole record was verified. not_found, bad_input or corrupt.
Result<FoundJob> find_job(const Evidence& evidence, JobId id);

/// Evaluates it. The observer sees every item.
Result<Evaluation> examine(const FoundJob& found, const Evidence& evidence, ItemObserver& observer);

/// The fixed JSON of `results`, and the engine's profile: what other formats have no place for.
Json provenance(const FoundJob& found, const Evaluation& evaluation);

/// YYYY-MM-DDTHH:MM:SS.ffffff, UTC.
std::string iso_time(WallTime time);

}  // namespace gwageo
