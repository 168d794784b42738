// An audit's comparison, made again by whoever reads: from rows that are copied once, under a
// checkpoint that the coordinator signed, and by nothing that it says of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/audit_sample.h"
#include "coordinator/store.h"
#include "ops/audit_root.h"
#include "ops/client.h"
#include "protocol/json.h"
#include "protocol/time.h"

namespace gwageo {

/// Which audit, by which rates.
struct RecountedAudit {
  std::uint64_t audit = 0;
  std::string job;
  MismatchRule rule;
  double forged_share = 0.01;
};

struct Recount {
  std::string reason;                  ///< Why the record does not hold; empty: it does.
  std::uint64_t records = 0;           ///< That it was made from, all of them signed.
  Json report;                         ///< Where it holds: as `audit_report`.
  std::vector<std::string> differing;  ///< What the coordinator says otherwise, in words.
  bool is_good() const { return reason.empty() && differing.empty(); }
};

/// The newest signed note, once it is over everything that the coordinator has now. unavailable
/// when that does not come about `within` so long.
Result<std::string> note_over_all(Client& client, const NoteKey& log, Duration within);

/// Copies from `rows` the journal under `note` and what there is of the audited job and its audits,
/// verifies the copy as `audit verify` does (that `log` signed the note, that the journal goes on
/// from `held`, that each block of results is what its record says), compares the answers anew and
/// puts the result beside what the coordinator `said`. What is damaged or contradicts itself is a
/// `reason`; an error means that the rows could not be read.
Result<Recount> recount(const Store& rows, const std::string& note, const RecountedAudit& audit,
                        const NoteKey& log, const std::optional<FixedRoot>& held, const Json& said);

/// The members of a report that are of the record alone and differ between two, in words.
std::vector<std::string> differing_members(const Json& said, const Json& found);

}  // namespace gwageo
