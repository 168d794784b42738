#include "coordinator/recorded_item.h"

#include <optional>
#include <string>
#include <vector>

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/plan_store.h"
#include "protocol/bytes.h"
#include "protocol/merkle_proof.h"

namespace gwageo {
namespace {

std::string named(const ItemPlace& place) {
  return "item " + std::to_string(place.index) + " of job " + std::to_string(place.job.value);
}

struct StoredRecord {
  std::uint64_t sequence = 0;
  std::string bytes;
  ResultsRecorded fact;
};

Result<Record> read_stored_record(const Store& store, std::uint64_t sequence) {
  GWAGEO_ASSIGN(bytes, store.read(keys::journal(sequence)));
  if (bytes) return decode_record(*bytes);
  return fail(ErrorKind::corrupt, "record " + std::to_string(sequence) + " is missing");
}

/// The first record that is not older than `at`: log time never decreases.
Result<std::uint64_t> first_since(const Store& store, Instant at) {
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_ASSIGN(newest, store.last(all.first, all.second));
  if (!newest) return std::uint64_t{0};
  GWAGEO_ASSIGN(last, decode_record(newest->second));
  std::uint64_t begin = 0;
  std::uint64_t end = last.sequence;
  while (begin < end) {
    const std::uint64_t middle = begin + (end - begin) / 2;
    GWAGEO_ASSIGN(record, read_stored_record(store, middle));
    if (record.at < at) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

/// The record of the block's results among those from `first` on, or nothing.
Result<std::optional<StoredRecord>> find_record_from(const Store& store, std::uint64_t first,
                                                     const ItemPlace& place,
                                                     const ResultBlock& block) {
  const keys::KeyRange range = keys::journal_from(first);
  std::optional<StoredRecord> found;
  Status failed;
  GWAGEO_TRY(store.scan(range.first, range.second, [&](std::string_view, std::string_view bytes) {
    const Result<Record> record = decode_record(bytes);
    if (!record) {
      failed = tl::unexpected(record.error());
      return false;
    }
    const auto* const f = std::get_if<ResultsRecorded>(&record->fact);
    const bool is_it = f != nullptr && f->job == place.job && f->lease == block.lease &&
                       rank_in(f->ranges, place.index);
    if (is_it) found = StoredRecord{record->sequence, std::string(bytes), *f};
    return !is_it;
  }));
  GWAGEO_TRY(failed);
  return found;
}

/// The record of the block's results, which came to the journal with it. Nobody vouches for when
/// that was: a block that names another time is looked for everywhere.
Result<StoredRecord> find_record(const Store& store, const ItemPlace& place,
                                 const ResultBlock& block) {
  GWAGEO_ASSIGN(first, first_since(store, block.at));
  GWAGEO_ASSIGN(found, find_record_from(store, first, place, block));
  if (!found && first > 0) {
    GWAGEO_ASSIGN(anywhere, find_record_from(store, 0, place, block));
    found = std::move(anywhere);
  }
  if (found) return *std::move(found);
  return fail(ErrorKind::corrupt, named(place) + " has results, and no record vouches for them");
}

}  // namespace

Result<ItemPlace> place_of_answer(const State& state, ItemPlace asked) {
  ItemPlace place = asked;
  for (std::size_t hops = 0; hops <= state.jobs().size(); ++hops) {
    const Job* const job = state.job(place.job);
    if (job == nullptr) {
      return fail(ErrorKind::not_found, "there is no job " + std::to_string(place.job.value));
    }
    if (place.index >= job->accepted.items) {
      return fail(ErrorKind::not_found, "job " + std::to_string(place.job.value) +
                                            " has items 0 to " +
                                            std::to_string(job->accepted.items - 1) + " only");
    }
    if (job->executed.contains(place.index)) return place;
    const Adoption* adopted = nullptr;
    for (const Adoption& one : job->adoptions) {
      if (one.begin <= place.index && place.index < one.end) adopted = &one;
    }
    if (adopted == nullptr) break;
    place = {adopted->source, adopted->source_begin + (place.index - adopted->begin)};
  }
  return fail(ErrorKind::not_found, named(asked) + " has no result that could be proved");
}

// Blocks lie by their first item, and one may hold items beyond the first of the next: so from the
// last that can have it backwards.
Result<ResultBlock> block_of(const Store& store, const ItemPlace& place) {
  const std::string from = keys::result_blocks(place.job).first;
  std::string to = keys::result_block(place.job, place.index + 1, {0});
  for (;;) {
    GWAGEO_ASSIGN(found, store.last(from, to));
    if (!found) return fail(ErrorKind::not_found, named(place) + ": its results are not here");
    GWAGEO_ASSIGN(block, decode_result_block(found->second));
    if (item_in(block, place.index) != nullptr) return block;
    to = found->first;
  }
}

Result<ItemProof> prove_in_record(const Store& store, const PlanOnRecord& of,
                                  const ItemPlace& place) {
  GWAGEO_ASSIGN(block, block_of(store, place));
  GWAGEO_ASSIGN(found, find_record(store, place, block));
  ItemProof proof;
  proof.index = place.index;
  proof.record = found.bytes;
  proof.log.index = found.sequence;
  PlanReader plans(store);
  std::vector<Digest> leaves;
  std::uint64_t rank = 0;
  for (const ItemResult& item : block.items) {
    GWAGEO_ASSIGN(plan, plans.block_of(of, item.index));
    GWAGEO_ASSIGN(entry, plan->view(item.index % entries_of_block));
    GWAGEO_ASSIGN(results, request_results(item));
    if (item.index == place.index) {
      rank = leaves.size();
      proof.item = entry.item_digest;
      proof.repeat = entry.repeat;
      proof.results = results;
    }
    leaves.push_back(results_leaf(item.index, entry.item_digest, entry.repeat, results));
  }
  if (merkle_root(leaves) != found.fact.records_root) {
    return fail(ErrorKind::corrupt, "the stored results of record " +
                                        std::to_string(found.sequence) +
                                        " are not those that it vouches for");
  }
  GWAGEO_ASSIGN(path, prove_inclusion(rank, leaves.size(), nodes_over(leaves)));
  proof.path = std::move(path);
  return proof;
}

}  // namespace gwageo
