// Every item is scored once, when its last repeat has come, by every metric under every filter.
// What a metric saw is noted in plan order, which is the documents' order, because the harness's
// sums run in that order; the headline metric's values are kept per item as well, for comparisons.
#include "benchmarks/evaluate.h"

#include <algorithm>

#include "benchmarks/filter.h"
#include "benchmarks/metric.h"
#include "benchmarks/text.h"
#include "benchmarks/total.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

/// Raised when the folding itself changes what a scorecard says.
constexpr std::string_view evaluator_version = "3";

struct TaskScorer {
  OutputType output_type = OutputType::generate_until;
  bool is_elsewhere = false;  ///< Somebody else scores it: no metrics, no tallies.
  std::vector<MetricSpec> specs;
  std::vector<std::size_t> reported;  ///< Places in `metrics`, in the harness's order.
  std::vector<FilterChain> chains;
  std::vector<std::unique_ptr<Metric>> metrics;
  std::vector<Tally> tallies;  ///< Of metric m under filter f: m * chains.size() + f.
  std::size_t headline = 0;    ///< Index into `tallies`.
  std::vector<ItemValue> items;
  UnscoredItems unscored;
};

/// The item whose repeats are coming in.
struct OpenItem {
  std::uint32_t task = 0;
  std::string item;
  Digest item_digest;
  Reference reference;
  std::string cluster;
  std::uint32_t first_repeat = 0;  ///< 0, but in a later round (rounds.h).
  std::vector<std::vector<Response>> repeats;
  Outcome outcome = Outcome::answered;
};

std::uint64_t cluster_key(const std::string& cluster) {
  if (cluster.empty()) return 0;
  const Digest digest = sha256(cluster);
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < sizeof key; ++i) key = key << 8 | digest.bytes[i];
  return key;
}

/// What each filter makes of the texts of all repeats.
Result<std::vector<Filtered>> answers(const TaskScorer& scorer, const OpenItem& item) {
  std::vector<std::string> texts;
  for (const std::vector<Response>& responses : item.repeats) {
    texts.push_back(repaired(responses.front().text));
  }
  std::vector<Filtered> out;
  for (const FilterChain& chain : scorer.chains) {
    GWAGEO_ASSIGN(filtered, chain.run(texts, item.reference));
    out.push_back(std::move(filtered));
  }
  return out;
}

/// What the harness logs as an item's `filtered_resps`.
Json filtered_responses(OutputType type, const std::vector<Response>& responses,
                        const Filtered* filtered) {
  if (filtered != nullptr) return Json(Json::Array{filtered->answer});
  Json out = Json::array();
  for (const Response& response : responses) {
    if (type == OutputType::loglikelihood_rolling) {
      out.push_back(response.log_probability);
    } else {
      out.push_back(Json(Json::Array{response.log_probability, response.greedy}));
    }
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
  scorer.is_elsewhere = task.is_scored_elsewhere;
  if (scorer.is_elsewhere) return scorer;
  GWAGEO_TRY(check_filters(task));
  for (const FilterPipeline& pipeline : task.filters) {
    GWAGEO_ASSIGN(chain, FilterChain::create(pipeline));
    scorer.chains.push_back(std::move(chain));
  }
  for (const MetricSpec& spec : task.metrics) {
    GWAGEO_ASSIGN(metric, make_metric(spec, task.output_type));
    scorer.metrics.push_back(std::move(metric));
  }
  scorer.specs = task.metrics;
  scorer.reported = reported_order(task);
  GWAGEO_ASSIGN(headline, headline_of(task));
  scorer.headline = headline;
  scorer.tallies.resize(scorer.metrics.size() * scorer.chains.size());
  return scorer;
}

class SuiteEvaluator final : public Evaluator {
 public:
  SuiteEvaluator(Suite suite, std::vector<TaskScorer> scorers, ItemSink sink)
      : suite_(std::move(suite)), scorers_(std::move(scorers)), sink_(std::move(sink)) {}

  void add(const PlanEntry& entry, std::span<const Response> responses) override {
    GWAGEO_CHECK(entry.task < scorers_.size());
    GWAGEO_CHECK(!responses.empty());
    GWAGEO_CHECK(responses.size() == entry.requests.size());
    const bool is_repeat = open_ && open_->task == entry.task && open_->item == entry.item &&
                           open_->item_digest == entry.item_digest &&
                           open_->first_repeat + open_->repeats.size() == entry.repeat;
    if (!is_repeat) {
      close_item();
      open_ = OpenItem{
          entry.task, entry.item, entry.item_digest, entry.reference, entry.cluster, entry.repeat,
          {},         {}};
    }
    open_->repeats.emplace_back(responses.begin(), responses.end());
    for (const Response& response : responses) {
      open_->outcome = std::max(open_->outcome, response.outcome);
    }
  }

  Scorecard finish() override {
    close_item();
    Scorecard card;
    card.item_count = item_count_;
    card.outcomes = outcomes_;
    for (const TaskScorer& scorer : scorers_) card.unscored += scorer.unscored.items;
    for (std::size_t i = 0; i < scorers_.size(); ++i) {
      card.tasks.push_back(task_score(suite_.tasks[i], scorers_[i]));
    }
    card.axes = axis_scores(suite_, card.tasks);
    const std::optional<Total> total = total_score(suite_, card.tasks);
    if (total && scored_items(card) == card.item_count) {
      card.total = total->value;
      if (total->exact) card.total_exact = total->exact->to_fraction();
    }
    return card;
  }

  std::vector<UnscoredItems> unscored() const override {
    std::vector<UnscoredItems> out;
    for (std::size_t i = 0; i < scorers_.size(); ++i) {
      if (scorers_[i].unscored.items == 0) continue;
      out.push_back(scorers_[i].unscored);
      out.back().task = static_cast<std::uint32_t>(i);
    }
    return out;
  }

 private:
  void close_item() {
    if (!open_) return;
    const OpenItem item = std::move(*open_);
    open_.reset();
    ++item_count_;
    ++outcomes_[static_cast<std::size_t>(item.outcome)];
    TaskScorer& scorer = scorers_[item.task];
    std::vector<FilteredItem> filtered;
    std::string unscored;
    if (is_scored(item.outcome) && !scorer.is_elsewhere) {
      if (const Status done = score(scorer, item, filtered); !done) {
        unscored = done.error().message;
        if (scorer.unscored.items++ == 0) {
          scorer.unscored.item = item.item;
          scorer.unscored.reason = unscored;
        }
      }
    }
    if (!sink_) return;
    sink_({item.task, item.item, item.item_digest, item.reference, item.outcome, unscored,
           item.repeats, filtered});
  }

  /// Adds the item to the task's tallies, and fills `filtered` where there is someone to see it.
  /// All or nothing: the metrics of a task rest on the same items.
  Status score(TaskScorer& scorer, const OpenItem& item,
               std::vector<FilteredItem>& filtered) const {
    const std::size_t filters = scorer.chains.size();
    std::vector<Filtered> found;
    if (scorer.output_type == OutputType::generate_until) {
      GWAGEO_ASSIGN(read, answers(scorer, item));
      found = std::move(read);
    }
    const auto found_by = [&](std::size_t f) { return found.empty() ? nullptr : &found[f]; };
    const std::vector<Response>& responses = item.repeats.front();
    std::vector<Observation> seen;
    for (const std::unique_ptr<Metric>& metric : scorer.metrics) {
      for (std::size_t f = 0; f < filters; ++f) {
        GWAGEO_ASSIGN(observation, metric->score({item.reference, responses, found_by(f)}));
        seen.push_back(observation);
      }
    }
    for (std::size_t i = 0; i < seen.size(); ++i) scorer.tallies[i].add(seen[i]);
    const Observation& headline = seen[scorer.headline];
    scorer.items.push_back({item.item_digest, 0, headline.value, headline.predicted, headline.gold,
                            headline.weight, cluster_key(item.cluster)});
    if (!sink_) return {};
    for (std::size_t f = 0; f < filters; ++f) {
      FilteredItem& out = filtered.emplace_back();
      out.responses = filtered_responses(scorer.output_type, responses, found_by(f));
      out.metrics = Json::object();
      for (const std::size_t m : scorer.reported) {
        const MetricSpec& spec = scorer.specs[m];
        out.metrics[spec.metric] = logged_value(spec, scorer.output_type,
                                                {item.reference, responses}, seen[m * filters + f]);
      }
    }
    return {};
  }

  static TaskScore task_score(const Task& task, TaskScorer& scorer) {
    TaskScore out;
    out.task = task.name;
    out.axis = task.axis;
    out.headline = scorer.headline;
    out.items = std::move(scorer.items);
    if (scorer.is_elsewhere) {
      out.metrics.emplace_back().name = task.metrics.front().metric;
      return out;
    }
    for (std::size_t m = 0; m < scorer.metrics.size(); ++m) {
      for (std::size_t f = 0; f < scorer.chains.size(); ++f) {
        const Series series = scorer.tallies[m * scorer.chains.size() + f].series();
        MetricScore& score = out.metrics.emplace_back();
        score.name = task.metrics[m].metric;
        if (scorer.chains.size() > 1) score.name += "," + task.filters[f].name;
        score.higher_is_better = task.metrics[m].higher_is_better;
        score.n = series.items.size();
        if (score.n == 0) continue;
        const Estimate figure = estimate(*make_aggregation(task.metrics[m]), series,
                                         harness_iterations_of(task.metrics[m]));
        score.value = figure.value;
        score.standard_error = figure.standard_error;
        score.bootstrap_error = figure.bootstrap_error;
        score.exact = figure.exact;
      }
    }
    return out;
  }

  Suite suite_;
  std::vector<TaskScorer> scorers_;
  ItemSink sink_;
  std::optional<OpenItem> open_;
  std::uint64_t item_count_ = 0;
  std::array<std::uint64_t, outcome_count> outcomes_{};
};

}  // namespace

Result<std::unique_ptr<Evaluator>> Evaluator::create(const Suite& suite, ItemSink sink) {
  std::vector<TaskScorer> scorers;
  for (const Task& task : suite.tasks) {
    auto scorer = make_scorer(task);
    if (!scorer) return fail("task '" + task.name + "'", std::move(scorer).error());
    scorers.push_back(std::move(*scorer));
  }
  return std::make_unique<SuiteEvaluator>(suite, std::move(scorers), std::move(sink));
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
