// What is said of a job as a whole: by its results, and to whoever writes them elsewhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "coordinator/state.h"
#include "protocol/json.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

/// A value. The model is as it was when the job was accepted.
struct JobHead {
  JobId job;
  std::uint64_t items = 0;  ///< Entries of its plan.
  std::string suite;
  std::uint32_t suite_version = 1;
  Digest manifest;  ///< Of the suite's files.
  /// Of its plan. It travels beside the head, of which clients of before take no new member;
  /// nothing where an older coordinator says nothing of it.
  std::optional<Digest> plan_root;
  JobPhase phase = JobPhase::running;
  std::string model;
  std::uint32_t model_version = 1;
  Digest model_digest;
  std::string engine;
  std::map<std::string, std::string> options;
  WallTime accepted;  ///< 0 until its record was noted,
  WallTime ended;     ///< and likewise when it was scored; of an open job its last record so far.
  /// Of a scored job: what its items must lead to.
  std::optional<Digest> results_root;

  std::uint64_t disowned = 0;  ///< Items whose answers count no more: then nothing of the job does.
  std::string disowned_because;  ///< In words.

  bool open() const { return phase == JobPhase::running; }
  friend bool operator==(const JobHead&, const JobHead&) = default;
};

/// All of it but the two times, which only the journal knows.
JobHead head_of(const State& state, const Job& job);
/// Takes the times from a record that is of this job. Give it the journal in order.
void note(const Record& record, JobHead& head);

Json to_json(const JobHead& head);
/// bad_input names the member that is missing or wrong.
Result<JobHead> job_head_from_json(const Json& json);

}  // namespace gwageo
