#include "coordinator/evaluation.h"

#include <algorithm>
#include <map>

#include "benchmarks/evaluate.h"
#include "coordinator/plan_store.h"
#include "coordinator/result_block.h"
#include "coordinator/suite_files.h"

namespace gwageo {
namespace {

// Finds the record of an item: the job's own, else the one that it adopted.
class Records {
 public:
  Records(const Job& job, const Store& store) : job_(job), store_(store) {}

  Result<std::optional<ItemResult>> item(std::uint64_t index) {
    own_ = job_.executed.contains(index);
    if (own_) return from(job_.accepted.job, job_.accepted.items, index);
    const auto after =
        std::upper_bound(job_.adoptions.begin(), job_.adoptions.end(), index,
                         [](std::uint64_t i, const Adoption& a) { return i < a.begin; });
    if (after == job_.adoptions.begin() || !job_.done.contains(index)) return std::nullopt;
    const Adoption& adoption = *std::prev(after);
    if (index >= adoption.end) return std::nullopt;
    const std::uint64_t source = adoption.source_begin + (index - adoption.begin);
    return from(adoption.source, std::max(job_.accepted.items, source + 1), source);
  }
  /// Whether the item asked for last was executed by this job.
  bool own() const { return own_; }

 private:
  Result<std::optional<ItemResult>> from(JobId job, std::uint64_t items, std::uint64_t index) {
    auto reader = readers_.find(job);
    if (reader == readers_.end()) {
      // A source may be longer than this job; its records are indexed up to what may be asked for.
      std::uint64_t reach = items;
      for (const Adoption& a : job_.adoptions) {
        if (a.source == job) reach = std::max(reach, a.source_begin + (a.end - a.begin));
      }
      GWAGEO_ASSIGN(opened, RecordReader::open(store_, job, reach));
      reader = readers_.emplace(job, std::move(opened)).first;
    }
    return reader->second.item(index);
  }

  const Job& job_;
  const Store& store_;
  std::map<JobId, RecordReader> readers_;
  bool own_ = false;
};

std::optional<Outcome> given_up(const Job& job, std::uint64_t index) {
  for (const auto& [outcome, items] : job.given_up) {
    if (items.contains(index)) return outcome;
  }
  return std::nullopt;
}

Outcome outcome_without_record(const Job& job, std::uint64_t index) {
  if (const auto outcome = given_up(job, index)) return *outcome;
  return job.failed ? Outcome::engine_failed : Outcome::cancelled;
}

// One item's responses, decoded, with what the results leaf says of them.
struct ItemView {
  std::vector<Response> responses;
  std::vector<RequestResult> results;
};

Result<ItemView> view(const PlanEntry& entry, const std::optional<ItemResult>& record,
                      Outcome missing, std::uint64_t index) {
  ItemView item;
  if (!record) {
    Response none;
    none.outcome = missing;
    item.responses.assign(entry.requests.size(), none);
    item.results.assign(entry.requests.size(), {missing, Digest{}});
    return item;
  }
  if (record->responses.size() != entry.requests.size()) {
    return fail(ErrorKind::corrupt, "record of plan index " + std::to_string(index) +
                                        " has another number of responses than the plan has "
                                        "requests");
  }
  for (const std::string& bytes : record->responses) {
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
    if (observer_ != nullptr && entry.repeat == 0) entry_ = entry;
  }
  const Status& status() const { return status_; }

 private:
  ItemObserver* observer_;
  std::optional<PlanEntry> entry_;
  Status status_;
};

// Counts what has no answer and will not get one, and keeps the first case of each kind.
class FailureCount {
 public:
  void see(const PlanEntry& entry, const ItemView& item) {
    const Outcome outcome = worst(item.results);
    if (is_scored(outcome)) return;
    Failure& failure = failures_[{entry.task, outcome}];
    if (failure.items++ > 0) return;
    failure.outcome = outcome;
    failure.item = entry.item;
    for (const Response& response : item.responses) {
      if (response.outcome != outcome) continue;
      failure.reason = response.error;
      return;
    }
  }

  std::vector<Failure> take(const std::vector<std::string>& tasks) {
    std::vector<Failure> out;
    for (auto& [kind, failure] : failures_) {
      failure.task = tasks[kind.first];
      out.push_back(std::move(failure));
    }
    return out;
  }

 private:
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

Result<Evaluation> evaluate(const EvaluationInput& input, const Store& store,
                            ItemObserver* observer) {
  const Job& job = input.job;
  GWAGEO_ASSIGN(manifest, read_manifest(store, input.manifest));
  const StoredFiles files(store, manifest);
  GWAGEO_ASSIGN(suite, load_suite(manifest.main, files));
  if (observer != nullptr) GWAGEO_TRY(observer->begin(suite, files));
  ObservedItems observed(observer);
  GWAGEO_ASSIGN(evaluator, Evaluator::create(suite, observed.sink()));
  PlanReader plans(store);
  GWAGEO_ASSIGN(header, plans.header(input.manifest));

  Evaluation evaluation;
  Scored& scored = evaluation.scored;
  scored.job = job.accepted.job;
  scored.items = job.accepted.items;
  Records records(job, store);
  MerkleFrontier plan;
  MerkleFrontier results;
  FailureCount failures;
  PlanReader::Block block;
  for (std::uint64_t index = 0; index < job.accepted.items; ++index) {
    if (index % entries_of_block == 0) {
      GWAGEO_ASSIGN(next, plans.block_of(input.manifest, index));
      block = std::move(next);
    }
    GWAGEO_ASSIGN(entry, block->entry(index % entries_of_block));
    plan.add(plan_leaf(header->tasks[entry.task], entry));
    GWAGEO_ASSIGN(record, records.item(index));
    GWAGEO_ASSIGN(item, view(entry, record, outcome_without_record(job, index), index));
    results.add(results_leaf(index, entry.item_digest, entry.repeat, item.results));
    ++scored.outcomes[static_cast<std::size_t>(worst(item.results))];
    if (record) (records.own() ? scored.executed : scored.reused) += entry.requests.size();
    if (record || given_up(job, index)) failures.see(entry, item);
    evaluator->add(entry, item.responses);
    observed.note(entry);
    GWAGEO_TRY(observed.status());
  }
  scored.plan_root = plan.root();
  scored.results_root = results.root();
  scored.scorer = scorer_digest();
  evaluation.failures = failures.take(header->tasks);
  evaluation.scorecard = evaluator->finish();
  for (UnscoredItems& of : evaluator->unscored()) {
    Failure& failure = evaluation.failures.emplace_back();
    failure.outcome = Outcome::answered;
    failure.is_unscored = true;
    failure.task = header->tasks[of.task];
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
