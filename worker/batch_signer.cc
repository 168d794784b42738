#include "worker/batch_signer.h"

#include <algorithm>

#include "protocol/check.h"
#include "protocol/limits.h"
#include "protocol/results_leaf.h"
#include "protocol/statement.h"

namespace gwageo {
namespace {

constexpr Duration sign_every = seconds(1);
constexpr Duration statement_resent_after = seconds(5);

bool contains(const std::vector<Range>& ranges, std::uint64_t index) {
  return std::any_of(ranges.begin(), ranges.end(), [index](const Range& range) {
    return range.begin <= index && index < range.end;
  });
}

}  // namespace

// The hashing waits until here: of what is never recorded there is nothing to hash.
void BatchSigner::recorded(const Results& results, const std::vector<ItemIdentity>& items,
                           const std::vector<Range>& recorded) {
  GWAGEO_CHECK(items.size() == results.items.size());
  if (recorded.empty()) return;
  MerkleFrontier tree;
  std::vector<RequestResult> outcomes;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const ItemResult& item = results.items[i];
    if (!contains(recorded, item.index)) continue;
    outcomes.clear();
    for (const std::string& response : item.responses) {
      const Result<Outcome> outcome = outcome_of(response);
      GWAGEO_CHECK(outcome.has_value());  // We have made it.
      outcomes.push_back({*outcome, sha256(response)});
    }
    tree.add(results_leaf(item.index, items[i].digest, items[i].repeat, outcomes));
  }
  if (tree.size() == 0) return;
  const std::pair place{results.lease, recorded.front().begin};
  const bool is_out =
      out_ && std::any_of(out_->chunks.begin(), out_->chunks.end(), [&](const BatchChunk& chunk) {
        return std::pair(chunk.lease, chunk.first) == place;
      });
  if (!is_out) chunks_[place] = tree.root();
}

Batch BatchSigner::make() {
  Batch batch{worker_, batches_, {}, {}};
  while (!chunks_.empty() && batch.chunks.size() < limits::batch_chunks_max) {
    const auto& [place, root] = *chunks_.begin();
    batch.chunks.push_back({place.first, place.second, root});
    chunks_.erase(chunks_.begin());
  }
  batch.signature =
      signing_.sign(batch_statement(signing_.log, signing_.principal, worker_, batch.batch,
                                    batch.chunks.size(), batch_root(batch.chunks)));
  return batch;
}

std::optional<Batch> BatchSigner::next(Instant now, bool all) {
  const std::optional<Instant> when = due();
  if (!when || (*when > now && (out_ || !all))) return std::nullopt;
  if (!out_) {
    out_ = make();
    signed_at_ = now;
    has_signed_ = true;
  }
  sent_at_ = now;
  return out_;
}

std::optional<Instant> BatchSigner::due() const {
  if (out_) return sent_at_ + statement_resent_after;
  if (chunks_.empty()) return std::nullopt;
  const bool is_full = chunks_.size() >= limits::batch_chunks_max;
  return is_full || !has_signed_ ? Instant{} : signed_at_ + sign_every;
}

void BatchSigner::kept(const BatchKept& kept) {
  if (!out_ || kept.batch != out_->batch) return;
  out_.reset();
  ++batches_;
}

}  // namespace gwageo
