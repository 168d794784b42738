// The facts of audits that run a sample of a job again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/fact_registry.h"
#include "protocol/digest.h"
#include "protocol/ids.h"

namespace gwageo {

/// Somebody will have a sample of a job run again, drawn by a number that only he knows so far. The
/// root over the records up to this one is the other half of the seed (benchmarks/audit_sample.h).
struct AuditCommitted {
  std::uint64_t audit = 0;  ///< Audits count from 1.
  JobId job;
  std::uint64_t sample = 0;  ///< Plan indexes, at most.
  Digest commitment;         ///< SHA-256 of the number.
  std::string principal;
  friend bool operator==(const AuditCommitted&, const AuditCommitted&) = default;
};

/// Items of the sample that may be run by the same workers: by none that ran one of them before,
/// nor by one that comes with the key of one that did.
struct AuditPart {
  std::vector<std::string> not_on;  ///< Names of workers, ascending.
  SuiteAdded plan;                  ///< The items as they stand in the job's plan, and no others.
  /// Names of workers' keys, ascending; none where workers were not told apart by them.
  std::vector<std::string> not_by = {};
  friend bool operator==(const AuditPart&, const AuditPart&) = default;
};

/// The number was told, and the sample drawn. Each part is a job of its own.
struct AuditDrawn {
  std::uint64_t audit = 0;
  Digest root;   ///< Over the records up to the commitment.
  Digest nonce;  ///< The number.
  std::vector<AuditPart> parts;
  friend bool operator==(const AuditDrawn&, const AuditDrawn&) = default;
};

}  // namespace gwageo
