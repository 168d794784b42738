#include "ops/audit_seeds.h"

#include "benchmarks/audit_sample.h"

namespace gwageo {

std::optional<std::string> AuditSeeds::see(const Record& record, const JournalVerifier& journal) {
  if (const auto* const committed = std::get_if<AuditCommitted>(&record.fact)) {
    open_[committed->audit] = {committed->commitment, journal.root()};
    return std::nullopt;
  }
  const auto* const drawn = std::get_if<AuditDrawn>(&record.fact);
  if (drawn == nullptr) return std::nullopt;
  const std::string which = "audit " + std::to_string(drawn->audit);
  const auto known = open_.find(drawn->audit);
  if (known == open_.end()) return which + " is drawn and was not committed to";
  const Committed committed = known->second;
  open_.erase(known);
  if (audit_commitment(drawn->nonce) != committed.commitment) {
    return which + " is drawn by another number than was committed to";
  }
  if (drawn->root != committed.root) {
    return which + " is drawn by the root " + to_hex(drawn->root) +
           ", but over the records up to " + "its commitment it is " + to_hex(committed.root);
  }
  return std::nullopt;
}

}  // namespace gwageo
