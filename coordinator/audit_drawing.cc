#include "coordinator/audit_drawing.h"

#include <algorithm>
#include <set>

#include "benchmarks/audit_sample.h"
#include "coordinator/job_items.h"
#include "coordinator/keys.h"
#include "coordinator/plan_store.h"
#include "coordinator/suite_files.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

Result<Digest> root_at(const Store& store, std::uint64_t size) {
  MerkleFrontier tree;
  const Status read = store.scan(keys::journal(0), keys::journal(size),
                                 [&](std::string_view, std::string_view record) {
                                   tree.add(merkle_leaf(record));
                                   return true;
                                 });
  if (!read) return tl::unexpected(read.error());
  if (tree.size() == size) return tree.root();
  return fail(ErrorKind::corrupt, "the journal has " + std::to_string(tree.size()) +
                                      " of its first " + std::to_string(size) + " records");
}

/// What of the sample each worker ran, by its name.
using ByWorker = std::map<std::string, std::vector<std::uint64_t>>;

/// The plan entries at these indexes, as a plan of their own.
Result<SuiteAdded> write_part(const AuditQuestion& question, std::uint32_t part,
                              const std::vector<std::uint64_t>& indexes, Store& store) {
  GWAGEO_ASSIGN(manifest, read_manifest(store, question.plan.manifest));
  manifest.audit = question.audit.committed.audit;
  manifest.part = part;
  const std::string bytes = to_json(manifest).dump();
  const Digest digest = sha256(bytes);
  GWAGEO_TRY(store.write({{{keys::blob(digest), bytes}}, {}}, Sync::no));
  PlanReader plans(store);
  GWAGEO_ASSIGN(header, plans.header(question.plan.manifest));
  PlanWriter plan(store, digest, header->tasks);
  for (const std::uint64_t index : indexes) {
    GWAGEO_ASSIGN(block, plans.block_of(question.plan.manifest, index));
    GWAGEO_ASSIGN(entry, block->entry(index % entries_of_block));
    GWAGEO_TRY(plan.add(entry));
  }
  GWAGEO_ASSIGN(written, plan.finish());
  SuiteAdded added = question.plan;
  added.plan_root = written.root;
  added.items = written.items;
  added.requests = written.requests;
  added.manifest = digest;
  return added;
}

}  // namespace

std::vector<std::uint64_t> sampled_indexes(const Job& job, const AuditCommitted& committed,
                                           const Digest& seed) {
  const std::vector<std::uint64_t> places = draw_sample(seed, job.done.size(), committed.sample);
  std::vector<std::uint64_t> indexes;
  std::uint64_t before = 0;  // Items with a record before the range.
  auto place = places.begin();
  for (const Range& range : job.done.ranges()) {
    const std::uint64_t size = range.end - range.begin;
    for (; place != places.end() && *place < before + size; ++place) {
      indexes.push_back(range.begin + (*place - before));
    }
    before += size;
  }
  return indexes;
}

AuditQuestion audit_question(const State& state, const Audit& audit) {
  AuditQuestion question;
  question.audit = audit;
  question.job = *state.job(audit.committed.job);
  question.plan = state.plan_of(question.job.accepted);
  if (audit.drawn) question.nonce = audit.drawn->nonce;
  for (const auto& [id, worker] : state.workers()) question.workers[id] = worker.joined.name;
  return question;
}

Result<AuditDrawn> draw_audit(const AuditQuestion& question, Store& store) {
  const AuditCommitted& committed = question.audit.committed;
  if (audit_commitment(question.nonce) != committed.commitment) {
    return fail(ErrorKind::bad_input, "audit " + std::to_string(committed.audit) +
                                          ": the nonce is not the one that was committed to");
  }
  GWAGEO_ASSIGN(root, root_at(store, question.audit.size));
  AuditDrawn drawn{committed.audit, root, question.nonce, {}};
  const Digest seed = audit_seed(root, question.nonce);
  StoredItems items(question.job, question.plan.manifest, store);
  ByWorker ran;
  for (const std::uint64_t index : sampled_indexes(question.job, committed, seed)) {
    GWAGEO_ASSIGN(item, items.at(index));
    const auto name = question.workers.find(item.worker);
    if (name == question.workers.end()) {
      return fail(ErrorKind::corrupt, "job " + std::to_string(committed.job.value) +
                                          ": the record of plan index " + std::to_string(index) +
                                          " names no worker that ever was");
    }
    ran[name->second].push_back(index);
  }
  const std::size_t half = (ran.size() + 1) / 2;
  std::vector<std::vector<std::uint64_t>> indexes(ran.size() > 1 ? 2 : 1);
  drawn.parts.resize(indexes.size());
  std::size_t at = 0;
  for (const auto& [name, own] : ran) {
    const std::size_t part = at++ < half ? 0 : 1;
    drawn.parts[part].not_on.push_back(name);
    indexes[part].insert(indexes[part].end(), own.begin(), own.end());
  }
  for (std::size_t part = 0; part < indexes.size(); ++part) {
    std::sort(indexes[part].begin(), indexes[part].end());
    GWAGEO_ASSIGN(plan,
                  write_part(question, static_cast<std::uint32_t>(part), indexes[part], store));
    drawn.parts[part].plan = std::move(plan);
  }
  return drawn;
}

}  // namespace gwageo
