#include "coordinator/errand.h"

#include <algorithm>
#include <map>
#include <set>

#include "benchmarks/evaluate.h"
#include "coordinator/keys.h"
#include "coordinator/plan_store.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

using ItemName = std::pair<std::string, std::string>;

// The item digests of a rendered version, by task and item.
Result<std::map<ItemName, Digest>> items_of(const Store& store, const SuiteAdded& version) {
  std::map<ItemName, Digest> items;
  PlanReader plans(store);
  GWAGEO_ASSIGN(header, plans.header(version.manifest));
  for (std::uint64_t index = 0; index < header->items; index += entries_of_block) {
    GWAGEO_ASSIGN(block, plans.block_of(version.manifest, index));
    for (std::size_t i = 0; i < block->size(); ++i) {
      GWAGEO_ASSIGN(entry, block->view(i));
      items.emplace(ItemName{header->tasks.at(entry.task), entry.item}, entry.item_digest);
    }
  }
  return items;
}

// What to write into the suite file.
std::string list_it(const std::string& task, const std::string& item) {
  return "list it under `changed` with a reason (changed: [{task: " + task + ", item: \"" + item +
         "\", reason: WHY}])";
}

// A new version may change items only where it says so (design.md section 4). An item id means what
// it meant in the last version that had it, be it the one before or an earlier one: what was left
// out in between does not come back as something else.
class ChangeCheck {
 public:
  static Result<ChangeCheck> create(const Store& store, const RenderErrand& errand,
                                    const Suite& suite) {
    ChangeCheck check;
    std::map<std::uint32_t, const SuiteAdded*> before;
    for (const SuiteAdded& known : errand.known) {
      if (known.name == suite.name && known.version < suite.version) before[known.version] = &known;
    }
    for (const auto& [version, known] : before) {
      GWAGEO_ASSIGN(items, items_of(store, *known));
      for (const auto& [name, digest] : items) check.before_[name] = {digest, version};
      check.version_ = version;
    }
    if (before.empty()) return check;
    for (const ChangedItem& changed : suite.changed)
      check.listed_[{changed.task, changed.item}] = 0;
    for (const Task& task : suite.tasks) check.tasks_.insert(task.name);
    return check;
  }

  Status see(const std::string& task, const PlanEntry& entry) {
    const auto known = before_.find({task, entry.item});
    if (known == before_.end()) return {};
    const auto [digest, version] = known->second;
    before_.erase(known);
    if (digest == entry.item_digest) return {};
    const auto listed = listed_.find({task, entry.item});
    if (listed == listed_.end()) {
      return fail(ErrorKind::bad_input, "task " + task + ", item " + entry.item +
                                            " differs from version " + std::to_string(version) +
                                            " of the suite: " + list_it(task, entry.item));
    }
    ++listed->second;
    return {};
  }

  // What is left of the version before is gone, which is a change as well.
  Status finish() {
    for (const auto& [name, last] : before_) {
      if (last.version != version_ || !tasks_.contains(name.first)) continue;
      const auto listed = listed_.find(name);
      if (listed == listed_.end()) {
        return fail(ErrorKind::bad_input,
                    "task " + name.first + " has no item " + name.second +
                        " any more, which version " + std::to_string(version_) +
                        " of the suite has: " + list_it(name.first, name.second));
      }
      ++listed->second;
    }
    for (const auto& [name, count] : listed_) {
      if (count > 0) continue;
      return fail(ErrorKind::bad_input, "`changed` lists task " + name.first + ", item " +
                                            name.second + ", which is as it was in version " +
                                            std::to_string(version_));
    }
    return {};
  }

 private:
  struct Last {
    Digest digest;
    std::uint32_t version = 0;
  };
  std::map<ItemName, Last> before_;  ///< Less what was seen: the last version that had the item.
  std::set<std::string> tasks_;      ///< Of the new version.
  std::map<ItemName, std::uint64_t> listed_;
  std::uint32_t version_ = 0;  ///< The one before.
};

/// What a Grant adds to the bytes of an item's requests and names, at most.
constexpr std::uint64_t item_overhead = 128;

std::uint64_t bytes_of(const PlanEntry& entry) {
  std::uint64_t bytes = entry.item.size();
  for (const std::string& request : entry.requests) bytes += request.size() + 16;
  return bytes;
}

// Writes the plan of a round of `suite` under `manifest`, and what SuiteAdded says of it.
Result<SuiteAdded> write_plan(const Suite& suite, const SourceFiles& files, std::uint32_t round,
                              const Digest& manifest, ChangeCheck& changes, Store& store) {
  std::vector<std::string> tasks;
  for (const Task& task : suite.tasks) tasks.push_back(task.name);
  PlanWriter plan(store, manifest, tasks);
  std::uint64_t item_bytes = 0;
  const auto store_entry = [&](const PlanEntry& entry) -> Status {
    if (entry.requests.size() > limits::requests_of_item_max) {
      return fail(ErrorKind::bad_input,
                  "task " + tasks[entry.task] + ", item " + entry.item + ": more than " +
                      std::to_string(limits::requests_of_item_max) + " requests");
    }
    const std::uint64_t bytes = bytes_of(entry);
    if (bytes > limits::item_bytes_max) {
      return fail(ErrorKind::bad_input, "task " + tasks[entry.task] + ", item " + entry.item +
                                            ": its requests have " + std::to_string(bytes) +
                                            " bytes, at most " +
                                            std::to_string(limits::item_bytes_max));
    }
    item_bytes = std::max(item_bytes, bytes + item_overhead + tasks[entry.task].size());
    GWAGEO_TRY(changes.see(tasks[entry.task], entry));
    return plan.add(entry);
  };
  GWAGEO_TRY(render_plan(suite, files, store_entry, round));
  GWAGEO_TRY(changes.finish());
  GWAGEO_ASSIGN(header, plan.finish());
  return SuiteAdded{suite.name,      suite.version, {},         header.root, header.items,
                    header.requests, manifest,      item_bytes, round};
}

Result<SuiteAdded> render(const RenderErrand& errand, Store& store) {
  const StoredFiles files(store, errand.manifest);
  GWAGEO_ASSIGN(suite, load_suite(errand.manifest.main, files));
  GWAGEO_ASSIGN(digest, suite_digest(suite, files));
  for (const SuiteAdded& known : errand.known) {
    if (known.name == suite.name && known.version == suite.version) {
      // The plan need not be rendered again to say whether this is the same suite.
      SuiteAdded same = known;
      same.digest = digest;
      if (digest != known.digest) same.plan_root = {};
      return same;
    }
  }
  GWAGEO_TRY(Evaluator::create(suite));  // Unknown metrics and filters are refused now.
  GWAGEO_ASSIGN(changes, ChangeCheck::create(store, errand, suite));
  GWAGEO_ASSIGN(added, write_plan(suite, files, 0, errand.digest, changes, store));
  added.digest = digest;
  return added;
}

Result<SuiteAdded> render(const WantedRound& wanted, Store& store) {
  GWAGEO_ASSIGN(manifest, read_manifest(store, wanted.suite.manifest));
  manifest.round = wanted.round;
  const std::string bytes = to_json(manifest).dump();
  const Digest digest = sha256(bytes);
  // Durable with the record that names it, as the plan is.
  GWAGEO_TRY(store.write({{{keys::blob(digest), bytes}}, {}}, Sync::no));
  const StoredFiles files(store, manifest);
  GWAGEO_ASSIGN(suite, load_suite(manifest.main, files));
  ChangeCheck nothing_changes;
  GWAGEO_ASSIGN(added, write_plan(suite, files, wanted.round, digest, nothing_changes, store));
  added.digest = wanted.suite.digest;
  return added;
}

JudgeDone judge(const JudgeErrand& errand, const Store& store) {
  Judging judging(store);
  JudgeDone done{errand, judging.judge(errand.input)};
  if (!done.judgement || !errand.today) return done;
  Result<std::vector<Move>> moves = cohort_moves(*errand.today, errand.input, judging);
  if (moves) {
    done.moves = *std::move(moves);
  } else {
    done.judgement = tl::unexpected(moves.error());
  }
  return done;
}

Result<Json> prove(const ProveErrand& errand, const Store& store) {
  GWAGEO_ASSIGN(proof, prove_in_record(store, errand.manifest, errand.place));
  Json answer;
  answer["record"] = proof.log.index;
  answer["proof"] = lower_half(proof);
  return answer;
}

}  // namespace

ErrandDone run(const Errand& errand, Store& store) {
  if (const auto* const e = std::get_if<EvaluateErrand>(&errand)) {
    return EvaluateDone{*e, evaluate(e->input, store)};
  }
  if (const auto* const j = std::get_if<JudgeErrand>(&errand)) {
    return judge(*j, store);
  }
  if (const auto* const p = std::get_if<ReplayErrand>(&errand)) {
    return ReplayDone{p->client, replay(p->page, *p->judging)};
  }
  if (const auto* const e = std::get_if<ExplainErrand>(&errand)) {
    return AnswerDone{e->client, explain(e->question, store)};
  }
  if (const auto* const c = std::get_if<CloseErrand>(&errand)) {
    return CloseDone{*c, Judging(store).judge(c->input)};
  }
  if (const auto* const p = std::get_if<PageErrand>(&errand)) {
    return PageDone{p->client, p->pages->read(p->from, store)};
  }
  if (const auto* const d = std::get_if<DrawErrand>(&errand)) {
    return DrawDone{d->client, draw_audit(d->question, store)};
  }
  if (const auto* const a = std::get_if<AuditErrand>(&errand)) {
    return AnswerDone{a->client, audit_report(a->input, store)};
  }
  if (const auto* const p = std::get_if<ProveErrand>(&errand)) {
    return AnswerDone{p->client, prove(*p, store)};
  }
  if (const auto* const r = std::get_if<RoundErrand>(&errand)) {
    return RoundDone{render(r->wanted, store)};
  }
  const RenderErrand& r = std::get<RenderErrand>(errand);
  return RenderDone{r.client, render(r, store)};
}

}  // namespace gwageo
