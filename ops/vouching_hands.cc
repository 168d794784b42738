#include "ops/vouching_hands.h"

#include <algorithm>

#include "coordinator/answerer.h"
#include "protocol/check.h"

namespace gwageo {

void VouchingHands::see(const State& now, const Record& record) {
  if (const auto* const f = std::get_if<LeaseGranted>(&record.fact); f != nullptr && f->probe) {
    by_key_[f->lease] = are_keys_told_apart(now);
  }
  if (const auto* const f = std::get_if<LeaseEnded>(&record.fact)) by_key_.erase(f->lease);
  if (const auto* const f = std::get_if<AnswersChecked>(&record.fact)) {
    const Lease* const lease = now.lease(f->lease);
    GWAGEO_CHECK(lease != nullptr);  // It ends with a record of its own.
    const Answerer checker = answerer(now, lease->granted.worker);
    for (const CheckedItem& item : f->items) {
      if (!item.by) continue;
      if (is_one_hand(answerer(now, item.by), checker, by_key_[f->lease])) note(record, checks_);
    }
  }
  if (const auto* const f = std::get_if<AuditDrawn>(&record.fact)) {
    const bool names_keys = std::any_of(f->parts.begin(), f->parts.end(),
                                        [](const AuditPart& part) { return !part.not_by.empty(); });
    if (!f->parts.empty() && !names_keys && are_keys_told_apart(now)) note(record, audits_);
  }
}

void VouchingHands::note(const Record& record, std::uint64_t& count) {
  ++count;
  if (!first_) first_ = record.sequence;
}

}  // namespace gwageo
