// Rescoring: every score, every verdict and every closed stage again, from the stored
// answers alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/evidence.h"
#include "protocol/json.h"

namespace gwageo {

/// One scored job, computed again.
struct RescoredJob {
  JobId job;
  std::string model;
  std::string suite;
  std::string reason;  ///< Empty: equal to what is on record.
};

/// The latest verdict on one candidate, reached again.
struct RejudgedVerdict {
  std::string target;
  std::string candidate;
  std::string verdict;
  std::string as_of;
  std::string reason;  ///< Empty: equal to what is on record.
};

/// A closed stage, of which the document was made again.
struct RejudgedStage {
  std::string stage;
  std::string target;
  std::string closed;  ///< YYYY-MM-DD
  std::string reason;  ///< Empty: equal to what is on record.
};

/// An audit whose answers were compared again, by the usual rates. There is no verdict of it on
/// record that it could differ from: who asks is told it.
struct RecomparedAudit {
  std::uint64_t audit = 0;
  JobId job;
  std::uint64_t compared = 0;
  std::uint64_t differ = 0;
  std::uint64_t missing = 0;   ///< Items without answers that count, on either side.
  std::uint64_t disowned = 0;  ///< Of those, the ones that have answers of a disowned worker.
  bool is_voided = false;      ///< No target counts the job, for the same reason.
  std::string verdict;         ///< Of the report (coordinator/audit_report.h).
  std::string reason;          ///< Why it could not be compared; empty: it was.
};

struct Rescoring {
  std::vector<RescoredJob> jobs;
  std::vector<RejudgedVerdict> verdicts;
  std::vector<RejudgedStage> stages;
  std::vector<RecomparedAudit> audits;  ///< That are over.
  /// The first difference; empty: there is none.
  std::string reason() const;
};

/// REQUIRES: the journal's first `size` records were verified. Jobs that the evidence does not hold
/// are left out, and so are the verdicts and audits that rest on them; with `only` everything but
/// that job and its audits. An error means that the evidence could not be read.
Result<Rescoring> rescore(const Evidence& evidence, std::uint64_t size, std::optional<JobId> only);

Json to_json(const Rescoring& rescoring);

}  // namespace gwageo
