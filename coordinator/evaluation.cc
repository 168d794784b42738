#include "coordinator/evaluation.h"

#include <algorithm>
#include <map>

#include "benchmarks/evaluate.h"
#include "coordinator/result_block.h"
#include "coordinator/suite_files.h"

namespace gwageo {
namespace {

// One item's responses, decoded, with what the results leaf says of them.
struct ItemView {
  std::vector<Response> responses;
  std::vector<RequestResult> results;
};

Result<ItemView> item_view(const JobItem& given) {
  ItemView item;
  if (!given.responses) {
    Response none;
    none.outcome = given.missing;
    item.responses.assign(given.entry.requests.size(), none);
    item.results.assign(given.entry.requests.size(), {given.missing, Digest{}});
    return item;
  }
  for (const std::string& bytes : *given.responses) {
    GWAGEO_ASSIGN(response, decode_response(bytes));
    item.results.push_back({response.outcome, sha256(bytes)});
    item.responses.push_back(std::move(response));
  }
  return item;
}

// Hands each scored item on, with the entry that it was asked with.
class ObservedItems {
 public:
  explicit ObservedItems(ItemObserver* observer) : observer_(observer) {}

  ItemSink sink() {
    if (observer_ == nullptr) return {};
    return [this](const ItemScores& scores) {
      if (status_) status_ = observer_->item(scores, *entry_);
    };
  }
  // Of the item that the evaluator was just given; the one before was handed on by then.
  void note(const PlanEntry& entry) {
    if (observer_ == nullptr) return;
    if (!entry_ || entry_->item_digest != entry.item_digest) entry_ = entry;
  }
  const Status& status() const { return status_; }

 private:
  ItemObserver* observer_;
  std::optional<PlanEntry> entry_;
  Status status_;
};

// Counts what has no answer and will not get one, and keeps the first cases of each kind.
class FailureCount {
 public:
  void see(const PlanEntry& entry, const ItemView& item) {
    const Outcome outcome = worst(item.results);
    if (is_scored(outcome)) return;
    Failure& failure = failures_[{entry.task, outcome}];
    const auto said = std::ranges::find(item.responses, outcome, &Response::outcome);
    const std::string reason = said == item.responses.end() ? std::string() : said->error;
    note_reason(failure.reasons, entry.item, reason);
    if (failure.items++ > 0) return;
    failure.outcome = outcome;
    failure.item = entry.item;
    failure.reason = reason;
  }

  std::vector<Failure> take(const Suite& suite) {
    std::vector<Failure> out;
    for (auto& [kind, failure] : failures_) {
      failure.task = suite.tasks[kind.first].name;
      out.push_back(std::move(failure));
    }
    return out;
  }

 private:
  static void note_reason(std::vector<FailureReason>& reasons, const std::string& item,
                          const std::string& reason) {
    if (reason.empty()) return;
    const auto known = std::ranges::find(reasons, reason, &FailureReason::reason);
    if (known != reasons.end()) {
      ++known->count;
    } else if (reasons.size() < failure_reasons_max) {
      reasons.push_back({reason, 1, item});
    }
  }

  std::map<std::pair<std::uint32_t, Outcome>, Failure> failures_;
};

std::vector<std::pair<std::uint64_t, std::uint64_t>> exact_sums(const Scorecard& scorecard) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> sums;
  for (const TaskScore& task : scorecard.tasks) {
    const MetricScore* const headline =
        task.headline < task.metrics.size() ? &task.metrics[task.headline] : nullptr;
    if (headline == nullptr || !headline->exact || headline->n == 0) {
      sums.emplace_back(0, 0);
      continue;
    }
    const std::uint64_t scale =
        headline->n / static_cast<std::uint64_t>(headline->exact->denominator);
    sums.emplace_back(static_cast<std::uint64_t>(headline->exact->numerator) * scale, headline->n);
  }
  return sums;
}

}  // namespace

Result<Evaluation> evaluate(const JobOnRecord& of, const Store& store, ItemObserver* observer) {
  StoredItems items(of, store);
  const PlanOnRecord& plan = of.plan();
  return evaluate({of.job.accepted.job, of.job.accepted.items, plan.manifest, plan.root}, items,
                  store, observer);
}

Result<Evaluation> evaluate(const ItemList& list, JobItems& items, const Store& files,
                            ItemObserver* observer) {
  GWAGEO_ASSIGN(manifest, read_manifest(files, list.manifest));
  const StoredFiles suite_files(files, manifest);
  GWAGEO_ASSIGN(suite, load_suite(manifest.main, suite_files));
  if (observer != nullptr) GWAGEO_TRY(observer->begin(suite, suite_files));
  ObservedItems observed(observer);
  GWAGEO_ASSIGN(evaluator, Evaluator::create(suite, observed.sink()));

  Evaluation evaluation;
  Scored& scored = evaluation.scored;
  scored.job = list.job;
  scored.items = list.items;
  MerkleFrontier plan;
  MerkleFrontier results;
  FailureCount failures;
  for (std::uint64_t index = 0; index < list.items; ++index) {
    GWAGEO_ASSIGN(given, items.next());
    const PlanEntry& entry = given.entry;
    if (entry.task >= suite.tasks.size() || entry.requests.empty()) {
      return fail(ErrorKind::corrupt, "plan index " + std::to_string(index) +
                                          " is of no task of the suite, or asks nothing");
    }
    plan.add(plan_leaf(suite.tasks[entry.task].name, entry));
    GWAGEO_ASSIGN(item, item_view(given));
    results.add(results_leaf(index, entry.item_digest, entry.repeat, item.results));
    ++scored.outcomes[static_cast<std::size_t>(worst(item.results))];
    if (given.responses) (given.is_own ? scored.executed : scored.reused) += entry.requests.size();
    if (given.is_settled) failures.see(entry, item);
    evaluator->add(entry, item.responses);
    observed.note(entry);
    GWAGEO_TRY(observed.status());
  }
  scored.plan_root = plan.root();
  if (list.plan_root && *list.plan_root != scored.plan_root) {
    return fail(ErrorKind::corrupt, "plan " + to_hex(list.manifest) +
                                        ": its entries are of other tasks of the suite than on "
                                        "record: its header has other names, or in another order");
  }
  scored.results_root = results.root();
  scored.scorer = scorer_digest();
  evaluation.failures = failures.take(suite);
  evaluation.scorecard = evaluator->finish();
  for (UnscoredItems& of : evaluator->unscored()) {
    Failure& failure = evaluation.failures.emplace_back();
    failure.outcome = Outcome::answered;
    failure.is_unscored = true;
    failure.task = suite.tasks[of.task].name;
    failure.items = of.items;
    failure.item = std::move(of.item);
    failure.reason = std::move(of.reason);
  }
  GWAGEO_TRY(observed.status());
  scored.unscored = evaluation.scorecard.unscored;
  scored.sums = exact_sums(evaluation.scorecard);
  scored.scores_root = sha256(encode(evaluation.scorecard));
  return evaluation;
}

}  // namespace gwageo
