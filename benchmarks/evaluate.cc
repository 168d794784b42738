// Every item is scored once, as it comes, by every metric under every filter. What a metric saw is
// only counted (aggregation.h), so the figures depend on the items and not on their order; the
// headline metric's values are kept per item as well, in plan order, for comparisons.
#include "benchmarks/evaluate.h"

#include <algorithm>

#include "benchmarks/filter.h"
#include "benchmarks/metric.h"
#include "benchmarks/total.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

/// Raised when the folding itself changes what a scorecard says.
constexpr std::string_view evaluator_version = "1";

struct TaskScorer {
  OutputType output_type = OutputType::generate_until;
  std::vector<FilterChain> chains;
  std::vector<std::unique_ptr<Metric>> metrics;
  std::vector<Tally> tallies;  ///< Of metric m under filter f: m * chains.size() + f.
  std::size_t headline = 0;    ///< Index into `tallies`.
  std::vector<ItemValue> items;
};

/// What the filters make of each response text; nothing where they found no answer.
std::vector<std::optional<std::string>> answers(const TaskScorer& scorer,
                                                const Response& response) {
  std::vector<std::optional<std::string>> out;
  for (const FilterChain& chain : scorer.chains) {
    Result<std::string> answer = chain.run(response.text);
    out.push_back(answer ? std::optional<std::string>(std::move(*answer)) : std::nullopt);
  }
  return out;
}

/// The place of the headline metric and filter. Names that are left open mean the first.
Result<std::size_t> headline_of(const Task& task) {
  std::size_t metric = 0;
  std::size_t filter = 0;
  if (!task.score.metric.empty()) {
    while (metric < task.metrics.size() && task.metrics[metric].metric != task.score.metric) {
      ++metric;
    }
    if (metric == task.metrics.size()) {
      return fail(ErrorKind::bad_input,
                  "score: no metric '" + task.score.metric + "' in this task");
    }
  }
  if (!task.score.filter.empty()) {
    while (filter < task.filters.size() && task.filters[filter].name != task.score.filter) ++filter;
    if (filter == task.filters.size()) {
      return fail(ErrorKind::bad_input,
                  "score: no filter '" + task.score.filter + "' in this task");
    }
  }
  return metric * task.filters.size() + filter;
}

/// Log-likelihoods have no text that a filter could read.
Status check_filters(const Task& task) {
  if (task.output_type == OutputType::generate_until) return {};
  for (const FilterPipeline& pipeline : task.filters) {
    for (const FilterStep& step : pipeline.steps) {
      if (step.function == "take_first") continue;
      return fail(ErrorKind::bad_input,
                  "filter '" + step.function + "': only take_first goes with log-likelihoods");
    }
  }
  return {};
}

Result<TaskScorer> make_scorer(const Task& task) {
  GWAGEO_CHECK(!task.filters.empty());
  GWAGEO_CHECK(!task.metrics.empty());
  TaskScorer scorer;
  scorer.output_type = task.output_type;
  GWAGEO_TRY(check_filters(task));
  for (const FilterPipeline& pipeline : task.filters) {
    GWAGEO_ASSIGN(chain, FilterChain::create(pipeline));
    scorer.chains.push_back(std::move(chain));
  }
  for (const MetricSpec& spec : task.metrics) {
    GWAGEO_ASSIGN(metric, make_metric(spec, task.output_type));
    scorer.metrics.push_back(std::move(metric));
  }
  GWAGEO_ASSIGN(headline, headline_of(task));
  scorer.headline = headline;
  scorer.tallies.resize(scorer.metrics.size() * scorer.chains.size());
  return scorer;
}

class SuiteEvaluator final : public Evaluator {
 public:
  SuiteEvaluator(Suite suite, std::vector<TaskScorer> scorers)
      : suite_(std::move(suite)), scorers_(std::move(scorers)) {}

  void add(const PlanEntry& entry, std::span<const Response> responses) override {
    GWAGEO_CHECK(entry.task < scorers_.size());
    GWAGEO_CHECK(!responses.empty());
    GWAGEO_CHECK(responses.size() == entry.requests.size());
    Outcome worst = Outcome::answered;
    for (const Response& response : responses) worst = std::max(worst, response.outcome);
    ++item_count_;
    ++outcomes_[static_cast<std::size_t>(worst)];
    if (is_scored(worst)) score(scorers_[entry.task], entry, responses);
  }

  Scorecard finish() override {
    Scorecard card;
    card.item_count = item_count_;
    card.outcomes = outcomes_;
    for (std::size_t i = 0; i < scorers_.size(); ++i) {
      card.tasks.push_back(task_score(suite_.tasks[i], scorers_[i]));
    }
    card.axes = axis_scores(suite_, card.tasks);
    const std::optional<Total> total = total_score(suite_, card.tasks);
    if (total && is_complete(card)) {
      card.total = total->value;
      if (total->exact) card.total_exact = total->exact->to_fraction();
    }
    return card;
  }

 private:
  static bool is_complete(const Scorecard& card) {
    std::uint64_t scored = 0;
    for (std::size_t i = 0; i < outcome_count; ++i) {
      if (is_scored(static_cast<Outcome>(i))) scored += card.outcomes[i];
    }
    return scored == card.item_count;
  }

  static void score(TaskScorer& scorer, const PlanEntry& entry,
                    std::span<const Response> responses) {
    std::vector<std::optional<std::string>> found(scorer.chains.size());
    if (scorer.output_type == OutputType::generate_until)
      found = answers(scorer, responses.front());
    for (std::size_t m = 0; m < scorer.metrics.size(); ++m) {
      for (std::size_t f = 0; f < found.size(); ++f) {
        const std::string* answer = found[f] ? &*found[f] : nullptr;
        const Observation seen = scorer.metrics[m]->score({entry, responses, answer});
        const std::size_t index = m * found.size() + f;
        scorer.tallies[index].add(seen);
        if (index != scorer.headline) continue;
        scorer.items.push_back(
            {entry.item_digest, entry.repeat, seen.value, seen.predicted, seen.gold});
      }
    }
  }

  static TaskScore task_score(const Task& task, TaskScorer& scorer) {
    TaskScore out;
    out.task = task.name;
    out.axis = task.axis;
    out.headline = scorer.headline;
    out.items = std::move(scorer.items);
    for (std::size_t m = 0; m < scorer.metrics.size(); ++m) {
      for (std::size_t f = 0; f < scorer.chains.size(); ++f) {
        const Tally::Counted counted = scorer.tallies[m * scorer.chains.size() + f].counted();
        MetricScore& score = out.metrics.emplace_back();
        score.name = task.metrics[m].metric;
        if (scorer.chains.size() > 1) score.name += "," + task.filters[f].name;
        score.higher_is_better = task.metrics[m].higher_is_better;
        score.n = counted.sample().size();
        if (score.n == 0) continue;
        const Estimate estimate = scorer.metrics[m]->aggregation().estimate(counted.sample());
        score.value = estimate.value;
        score.standard_error = estimate.standard_error;
        score.exact = estimate.exact;
      }
    }
    return out;
  }

  Suite suite_;
  std::vector<TaskScorer> scorers_;
  std::uint64_t item_count_ = 0;
  std::array<std::uint64_t, outcome_count> outcomes_{};
};

}  // namespace

Result<std::unique_ptr<Evaluator>> Evaluator::create(const Suite& suite) {
  std::vector<TaskScorer> scorers;
  for (const Task& task : suite.tasks) {
    auto scorer = make_scorer(task);
    if (!scorer) return fail("task '" + task.name + "'", std::move(scorer).error());
    scorers.push_back(std::move(*scorer));
  }
  return std::make_unique<SuiteEvaluator>(suite, std::move(scorers));
}

Digest scorer_digest() {
  std::string rules = "evaluator " + std::string(evaluator_version) + "\n";
  for (const FilterRule& rule : filter_rules()) {
    rules += "filter " + std::string(rule.name) + " " + std::to_string(rule.version) + "\n";
  }
  for (const MetricRule& rule : metric_rules()) {
    rules += "metric " + std::string(rule.name) + " " + std::to_string(rule.version) + "\n";
  }
  return sha256(rules);
}

}  // namespace gwageo
