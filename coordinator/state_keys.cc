// How facts about keys, and about what was signed with them, change the state.
#include "coordinator/state_apply.h"
#include "protocol/check.h"

namespace gwageo {

Principal& State::Applier::principal(const std::string& name) {
  const auto it = state.principals_.find(name);
  GWAGEO_CHECK(it != state.principals_.end());
  return it->second;
}

void State::Applier::on(const PrincipalRegistered& f) {
  GWAGEO_CHECK(!state.principals_.contains(f.name));
  state.principals_[f.name] = {f, state.records_, state.day_, {}, std::nullopt};
  ++state.principal_changes_;
}

void State::Applier::on(const PrincipalRotated& f) {
  Principal& rotated = principal(f.name);
  GWAGEO_CHECK(!rotated.revoked);
  PrincipalRegistered& now = rotated.registered;
  rotated.former.push_back({now.curve_key, now.sign_key, rotated.since, state.records_});
  now.curve_key = f.curve_key;
  now.sign_key = f.sign_key;
  rotated.since = state.records_;
  rotated.since_day = state.day_;
  ++state.principal_changes_;
}

void State::Applier::on(const PrincipalRevoked& f) {
  Principal& revoked = principal(f.name);
  GWAGEO_CHECK(!revoked.revoked);
  revoked.revoked = Revocation{state.records_, state.day_, f.reason, f.principal};
  ++state.principal_changes_;
}

void State::Applier::count_chunk(const Lease& lease, const ResultsRecorded& f) {
  const auto found = state.workers_.find(lease.granted.worker);
  if (found == state.workers_.end()) return;
  WorkerLife& worker = found->second;
  const std::uint64_t number = worker.chunks++;
  if (!worker.joined.signs) return;
  worker.unsigned_chunks.emplace_hint(worker.unsigned_chunks.end(), number,
                                      UnsignedChunk{f.lease, f.ranges, f.records_root, at});
}

void State::Applier::on(const BatchSigned& f) {
  const auto found = state.workers_.find(f.worker);
  GWAGEO_CHECK(found != state.workers_.end());
  WorkerLife& worker = found->second;
  GWAGEO_CHECK(f.batch == worker.batches);
  ++worker.batches;
  for (const Range& range : f.chunks) {
    const auto first = worker.unsigned_chunks.find(range.begin);
    const auto last = worker.unsigned_chunks.lower_bound(range.end);
    GWAGEO_CHECK(first != worker.unsigned_chunks.end());
    GWAGEO_CHECK(static_cast<std::uint64_t>(std::distance(first, last)) == range.size());
    worker.unsigned_chunks.erase(first, last);
  }
}

}  // namespace gwageo
