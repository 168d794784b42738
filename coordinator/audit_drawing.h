// Drawing the sample of an audit: which items of a job are run again, by whom not, and their plan.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "coordinator/answerer.h"
#include "coordinator/audits.h"
#include "coordinator/job.h"
#include "coordinator/job_items.h"
#include "coordinator/state.h"
#include "coordinator/store.h"

namespace gwageo {

/// Everything that is needed beside the store; a copy, so that it can be done elsewhere.
struct AuditQuestion {
  Audit audit;
  JobOnRecord audited;
  SuiteAdded plan;                       ///< The job's.
  Digest nonce;                          ///< As it was told.
  std::map<WorkerId, Answerer> workers;  ///< Those that are gone, too.
  bool by_key = false;                   ///< Whether they are told apart by their keys.
};

/// What `state` has for a drawing of the audit. The nonce is that of one that was, else zero.
AuditQuestion audit_question(const State& state, const Audit& audit);

/// The seed is that of the journal's root after the commitment, and of the nonce. The sample is
/// drawn from the items of the job that have a record, in plan order. Those whose workers are in
/// the first half by name of all that ran some of it go to the other half, and to whoever ran none,
/// and the other way round: so nobody is asked what he answered, and each part is one run. Where
/// workers are told apart by their keys, it is halves of the keys by name, so that nobody is asked
/// who comes with the key of one who answered; where one key ran all, it is one part. Who ran
/// what is taken from the leases on record, for what a stored block says of it is in no root. The
/// plans of the parts are written into `plans`, which may be `store`. bad_input when the nonce is
/// not what was committed to; corrupt when the journal or the job's plan cannot be read.
Result<AuditDrawn> draw_audit(const AuditQuestion& question, const Store& store, Store& plans);

/// How the parts that are on record are not those that the seed comes to: whom each was kept from,
/// and its items; empty: they are. Errors as `draw_audit`. REQUIRES: the audit is drawn.
Result<std::string> wrong_parts(const AuditQuestion& question, const Store& store);

/// The plan indexes of the sample, ascending, as `draw_audit` draws them from the seed.
std::vector<std::uint64_t> sampled_indexes(const Job& job, const AuditCommitted& committed,
                                           const Digest& seed);

}  // namespace gwageo
