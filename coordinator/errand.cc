#include "coordinator/errand.h"

#include <algorithm>

#include "benchmarks/evaluate.h"
#include "coordinator/keys.h"
#include "coordinator/lost_answers.h"
#include "coordinator/plan_store.h"
#include "coordinator/suite_changes.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

/// What a Grant adds to the bytes of an item's requests and names, at most.
constexpr std::uint64_t item_overhead = 128;

std::uint64_t bytes_of(const PlanEntry& entry) {
  std::uint64_t bytes = entry.item.size();
  for (const std::string& request : entry.requests) bytes += request.size() + 16;
  return bytes;
}

// Writes the plan of a round of `suite` under `manifest`, and what SuiteAdded says of it.
Result<SuiteAdded> write_plan(const Suite& suite, const SourceFiles& files, std::uint32_t round,
                              const Digest& manifest, SuiteChanges& changes, Store& store) {
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

Result<RenderedSuite> render(const RenderErrand& errand, Store& store) {
  const StoredFiles files(store, errand.manifest);
  GWAGEO_ASSIGN(suite, load_suite(errand.manifest.main, files));
  GWAGEO_ASSIGN(digest, suite_digest(suite, files));
  for (const SuiteAdded& known : errand.known) {
    if (known.name == suite.name && known.version == suite.version) {
      // The plan need not be rendered again to say whether this is the same suite.
      SuiteAdded same = known;
      same.digest = digest;
      if (digest != known.digest) same.plan_root = {};
      return RenderedSuite{std::move(same), {}};
    }
  }
  GWAGEO_TRY(Evaluator::create(suite));  // Unknown metrics and filters are refused now.
  GWAGEO_ASSIGN(changes, SuiteChanges::create(store, errand.known, suite));
  GWAGEO_ASSIGN(added, write_plan(suite, files, 0, errand.digest, changes, store));
  added.digest = digest;
  return RenderedSuite{std::move(added), warning_on(suite, changes, errand.targets)};
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
  SuiteChanges nothing_changes;
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
  GWAGEO_ASSIGN(proof, prove_in_record(store, errand.plan, errand.place));
  Json answer;
  answer["record"] = proof.log.index;
  answer["proof"] = lower_half(proof);
  return answer;
}

EvaluateDone evaluate_job(const EvaluateErrand& errand, const Store& store) {
  EvaluateDone done{errand, evaluate(errand.input, store)};
  if (done.evaluation || done.evaluation.error().kind != ErrorKind::corrupt) return done;
  Result<std::string> lost = describe_lost_answers(errand.input, store);
  if (lost) done.lost = lost->empty() ? done.evaluation.error().message : *std::move(lost);
  return done;
}

}  // namespace

ErrandDone run(const Errand& errand, Store& store) {
  if (const auto* const e = std::get_if<EvaluateErrand>(&errand)) {
    return evaluate_job(*e, store);
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
    return DrawDone{d->client, draw_audit(d->question, store, store)};
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
