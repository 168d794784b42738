// Batches: a worker's signature over what it knows is on record is compared with what is.
#include <algorithm>

#include "coordinator/coordinator.h"
#include "protocol/codec.h"
#include "protocol/statement.h"

namespace gwageo {
namespace {

using LeasePlace = std::pair<LeaseId, std::uint64_t>;

std::string described(const BatchChunk& chunk) {
  return "batch: the results under lease " + std::to_string(chunk.lease.value) + " from item " +
         std::to_string(chunk.first) + " on";
}

/// The numbers of the chunks that a worker signs, as they are on record; bad_input where it signs
/// something else.
Result<std::vector<Range>> numbers_of(const WorkerLife& worker,
                                      const std::vector<BatchChunk>& chunks) {
  std::vector<std::pair<LeasePlace, std::uint64_t>> known;
  known.reserve(worker.unsigned_chunks.size());
  for (const auto& [number, chunk] : worker.unsigned_chunks) {
    known.emplace_back(LeasePlace{chunk.lease, chunk.ranges.front().begin}, number);
  }
  std::sort(known.begin(), known.end());
  RangeSet numbers;
  for (const BatchChunk& chunk : chunks) {
    const auto found =
        std::lower_bound(known.begin(), known.end(),
                         std::pair(LeasePlace{chunk.lease, chunk.first}, std::uint64_t{0}));
    if (found == known.end() || found->first != LeasePlace{chunk.lease, chunk.first}) {
      return fail(ErrorKind::bad_input, described(chunk) + " are not there to be signed");
    }
    const Digest& root = worker.unsigned_chunks.at(found->second).root;
    if (root != chunk.root) {
      return fail(ErrorKind::bad_input, described(chunk) + " are signed with root " +
                                            to_hex(chunk.root) + ", and on record with " +
                                            to_hex(root));
    }
    numbers.add({found->second, found->second + 1});
  }
  return numbers.ranges();
}

}  // namespace

void Coordinator::receive_batch(const Moment& moment, const Envelope& envelope,
                                const Batch& batch) {
  const auto known = state().workers().find(batch.worker);
  if (known == state().workers().end()) return refuse(envelope, "batch: no such worker");
  const WorkerLife& worker = known->second;
  if (batch.batch < worker.batches) {  // The answer was lost.
    const Message kept = BatchKept{batch.worker, batch.batch};
    outgoing_.emplace_back(Outgoing{envelope.peer, encode(kept)});
    return;
  }
  if (batch.batch > worker.batches) {
    return refuse(envelope, "batch: number " + std::to_string(batch.batch) + ", and " +
                                std::to_string(worker.batches) + " comes next");
  }
  Result<std::vector<Range>> numbers = numbers_of(worker, batch.chunks);
  if (!numbers) return refuse(envelope, numbers.error().message);
  const Digest root = batch_root(batch.chunks);
  const Digest& key = state().principals().at(envelope.principal).registered.sign_key;
  const std::string bytes = batch_statement(state().founded().origin, envelope.principal,
                                            batch.worker, batch.batch, batch.chunks.size(), root);
  if (!options_.verify(bytes, batch.signature, VerifyingKey{key.bytes})) {
    return refuse(envelope, "batch: the signature is not by the signing key " + fingerprint(key) +
                                " of " + envelope.principal);
  }
  step(moment,
       BatchReceived{{batch.worker, batch.batch, *std::move(numbers), root, batch.signature}});
}

}  // namespace gwageo
