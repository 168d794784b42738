#include "coordinator/audit_drawing.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "benchmarks/audit_sample.h"
#include "coordinator/job_items.h"
#include "coordinator/keys.h"
#include "coordinator/plan_store.h"
#include "coordinator/plan_tasks.h"
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

std::string worker_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "nobody" : text;
}

/// What of the sample one worker, or all of a key, ran, and who they are.
struct Ran {
  std::set<std::string> names;
  std::vector<std::uint64_t> indexes;
};
/// By name or key.
using ByHand = std::map<std::string, Ran>;

/// By whom the items of the audited job are.
class WhoAnswered {
 public:
  explicit WhoAnswered(const AuditQuestion& question) : question_(question) {
    for (const auto& [job, answers] : question.audited.answers) {
      for (const AnsweredItems& one : answers.answered) {
        by_begin_[job].emplace(one.items.begin, one);
      }
    }
  }

  /// corrupt where no lease on record answered the item.
  Result<Answerer> at(std::uint64_t index) const {
    if (const std::optional<RecordPlace> place = record_place(question_.audited.job, index)) {
      if (const Answerer* const who = at(*place)) return *who;
    }
    return fail(ErrorKind::corrupt,
                "job " + std::to_string(question_.audited.job.accepted.job.value) +
                    ": no lease on record answered plan index " + std::to_string(index));
  }

 private:
  const Answerer* at(const RecordPlace& place) const {
    const auto job = by_begin_.find(place.job);
    if (job == by_begin_.end()) return nullptr;
    const auto after = job->second.upper_bound(place.index);
    if (after == job->second.begin()) return nullptr;
    const AnsweredItems& answered = std::prev(after)->second;
    const auto who = question_.workers.find(answered.worker);
    const bool is_there = place.index < answered.items.end && who != question_.workers.end();
    return is_there ? &who->second : nullptr;
  }

  const AuditQuestion& question_;
  std::map<JobId, std::map<std::uint64_t, AnsweredItems>> by_begin_;
};

bool is_by_key(const AuditDrawn& drawn) {
  return std::any_of(drawn.parts.begin(), drawn.parts.end(),
                     [](const AuditPart& part) { return !part.not_by.empty(); });
}

/// The plan entries at these indexes, as a plan of their own.
Result<SuiteAdded> write_part(const AuditQuestion& question, std::uint32_t part,
                              const std::vector<std::uint64_t>& indexes, const Store& store,
                              Store& plans) {
  GWAGEO_ASSIGN(manifest, read_manifest(store, question.plan.manifest));
  manifest.audit = question.audit.committed.audit;
  manifest.part = part;
  const std::string bytes = to_json(manifest).dump();
  const Digest digest = sha256(bytes);
  GWAGEO_TRY(plans.write({{{keys::blob(digest), bytes}}, {}}, Sync::no));
  PlanReader reader(store);
  const PlanOnRecord& asked = question.audited.plan();
  GWAGEO_ASSIGN(header, reader.header(asked));
  GWAGEO_ASSIGN(tasks, tasks_of_suite(store, question.plan.manifest));
  GWAGEO_ASSIGN(numbers, TaskNumbers::between(header->tasks, tasks));
  PlanWriter plan(plans, digest, tasks);
  for (const std::uint64_t index : indexes) {
    GWAGEO_ASSIGN(block, reader.block_of(asked, index));
    GWAGEO_ASSIGN(entry, block->entry(index % entries_of_block));
    entry.task = numbers.in_suite(entry.task);
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
  question.audited = on_record(state, *state.job(audit.committed.job));
  question.plan = state.plan_of(question.audited.job.accepted);
  if (audit.drawn) question.nonce = audit.drawn->nonce;
  for (const auto& [id, worker] : state.workers()) question.workers[id] = answerer(state, id);
  question.by_key = audit.drawn ? is_by_key(*audit.drawn) : are_keys_told_apart(state);
  return question;
}

Result<AuditDrawn> draw_audit(const AuditQuestion& question, const Store& store, Store& plans) {
  const AuditCommitted& committed = question.audit.committed;
  if (audit_commitment(question.nonce) != committed.commitment) {
    return fail(ErrorKind::bad_input, "audit " + std::to_string(committed.audit) +
                                          ": the nonce is not the one that was committed to");
  }
  GWAGEO_ASSIGN(root, root_at(store, question.audit.size));
  AuditDrawn drawn{committed.audit, root, question.nonce, {}};
  const Digest seed = audit_seed(root, question.nonce);
  const WhoAnswered who(question);
  ByHand ran;
  for (const std::uint64_t index : sampled_indexes(question.audited.job, committed, seed)) {
    GWAGEO_ASSIGN(answered_by, who.at(index));
    Ran& hand = ran[question.by_key ? answered_by.key : answered_by.name];
    hand.names.insert(answered_by.name);
    hand.indexes.push_back(index);
  }
  const std::size_t half = (ran.size() + 1) / 2;
  std::vector<std::vector<std::uint64_t>> indexes(ran.size() > 1 ? 2 : 1);
  drawn.parts.resize(indexes.size());
  std::size_t at = 0;
  for (const auto& [hand, own] : ran) {
    const std::size_t part = at++ < half ? 0 : 1;
    std::vector<std::string>& names = drawn.parts[part].not_on;
    names.insert(names.end(), own.names.begin(), own.names.end());
    if (question.by_key) drawn.parts[part].not_by.push_back(hand);
    indexes[part].insert(indexes[part].end(), own.indexes.begin(), own.indexes.end());
  }
  for (std::size_t part = 0; part < indexes.size(); ++part) {
    std::sort(indexes[part].begin(), indexes[part].end());
    std::vector<std::string>& names = drawn.parts[part].not_on;
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    GWAGEO_ASSIGN(
        plan, write_part(question, static_cast<std::uint32_t>(part), indexes[part], store, plans));
    drawn.parts[part].plan = std::move(plan);
  }
  return drawn;
}

Result<std::string> wrong_parts(const AuditQuestion& question, const Store& store) {
  const std::vector<AuditPart>& parts = question.audit.drawn->parts;
  const std::unique_ptr<Store> plans = new_memory_store();
  GWAGEO_ASSIGN(again, draw_audit(question, store, *plans));
  const std::string which = "audit " + std::to_string(question.audit.committed.audit);
  if (parts.size() != again.parts.size()) {
    return which + " has " + std::to_string(parts.size()) + " parts, and its seed draws " +
           std::to_string(again.parts.size());
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string part = "part " + std::to_string(i + 1) + " of " + which;
    if (parts[i].not_on != again.parts[i].not_on) {
      return part + " is kept from " + worker_names(parts[i].not_on) +
             ", but by the leases on record its items were answered by " +
             worker_names(again.parts[i].not_on);
    }
    if (parts[i].not_by != again.parts[i].not_by) {
      return part + " is kept from the keys of " + worker_names(parts[i].not_by) +
             ", but by the leases on record its items were answered with the keys of " +
             worker_names(again.parts[i].not_by);
    }
    if (parts[i].plan != again.parts[i].plan) return part + " has other items than its seed draws";
  }
  return std::string();
}

}  // namespace gwageo
