#include "benchmarks/group.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "protocol/yaml.h"

namespace gwageo {
namespace {

Result<GroupMetric> parse_group_metric(const YamlValue& value) {
  GWAGEO_TRY(value.only({"metric", "aggregation", "weight_by_size", "filter_list"}));
  GroupMetric out;
  GWAGEO_ASSIGN(metric_value, value.need("metric"));
  GWAGEO_ASSIGN(metric, metric_value.text());
  out.metric = std::move(metric);
  if (const auto aggregation = value.find("aggregation"); aggregation && !aggregation->is_null()) {
    GWAGEO_ASSIGN(name, aggregation->text());
    if (name != "mean") return aggregation->refuse("a group's figures are means; expected mean");
  }
  if (const auto weight = value.find("weight_by_size"); weight && !weight->is_null()) {
    GWAGEO_ASSIGN(wanted, weight->boolean());
    out.weight_by_size = wanted;
  }
  if (const auto filters = value.find("filter_list"); filters && !filters->is_null()) {
    GWAGEO_ASSIGN(names, filters->texts());
    out.filters = std::move(names);
  }
  return out;
}

// One task's figure under a metric and a filter; nullptr where it has none.
const MetricScore* score_of(const Task& task, const TaskScore& scored, const std::string& metric,
                            const std::string& filter) {
  for (std::size_t f = 0; f < task.filters.size(); ++f) {
    if (task.filters[f].name != filter) continue;
    const std::string name = task.filters.size() > 1 ? metric + "," + filter : metric;
    for (const MetricScore& score : scored.metrics) {
      if (score.name == name && score.n > 0) return &score;
    }
  }
  return nullptr;
}

// Computes the scores of one suite's groups.
class GroupScorer {
 public:
  GroupScorer(const Suite& suite, const Scorecard& scorecard)
      : suite_(suite), scorecard_(scorecard) {}

  GroupScore score(const Group& group) const {
    GroupScore out;
    out.group = group.name;
    std::vector<std::size_t> tasks;
    gather(group, tasks);
    for (const std::size_t task : tasks) {
      out.tasks.push_back(suite_.tasks[task].name);
      out.n += items_of(task);
    }
    if (group.metrics.empty()) out.n = 0;
    for (const GroupMetric& metric : group.metrics) {
      for (const std::string& filter : filters_of(metric, tasks)) {
        if (const auto figure = figure_of(metric, filter, tasks)) out.figures.push_back(*figure);
      }
    }
    return out;
  }

 private:
  void gather(const Group& group, std::vector<std::size_t>& tasks) const {
    for (const std::string& member : group.members) {
      for (const Group& inner : suite_.groups) {
        if (inner.name == member) gather(inner, tasks);
      }
      for (std::size_t i = 0; i < suite_.tasks.size(); ++i) {
        if (suite_.tasks[i].name == member) tasks.push_back(i);
      }
    }
  }

  std::uint64_t items_of(std::size_t task) const {
    std::uint64_t items = 0;
    for (const MetricScore& score : scorecard_.tasks[task].metrics)
      items = std::max(items, score.n);
    return items;
  }

  std::vector<std::string> filters_of(const GroupMetric& metric,
                                      const std::vector<std::size_t>& tasks) const {
    if (!metric.filters.empty()) return metric.filters;
    std::set<std::string> names;
    for (const std::size_t task : tasks) {
      for (const FilterPipeline& pipeline : suite_.tasks[task].filters) names.insert(pipeline.name);
    }
    return {names.begin(), names.end()};
  }

  // aggregate_subtask_metrics and pooled_sample_stderr, summed in the order of the tasks.
  std::optional<GroupFigure> figure_of(const GroupMetric& metric, const std::string& filter,
                                       const std::vector<std::size_t>& tasks) const {
    GroupFigure out{metric.metric, filter, 0, std::nullopt, 0};
    double weighted = 0;
    double weights = 0;
    double variance = 0;
    std::size_t count = 0;
    bool has_errors = true;
    for (const std::size_t task : tasks) {
      const MetricScore* const score =
          score_of(suite_.tasks[task], scorecard_.tasks[task], metric.metric, filter);
      if (score == nullptr) continue;
      const auto size = static_cast<double>(items_of(task));
      const double weight = metric.weight_by_size ? size : 1;
      weighted += score->value * weight;
      weights += weight;
      ++count;
      out.n += items_of(task);
      has_errors = has_errors && score->standard_error.has_value();
      if (!has_errors) continue;
      const double error = *score->standard_error;
      variance += (size - 1) * (error * error) * size;
    }
    if (count == 0) return std::nullopt;
    out.value = weighted / weights;
    const auto n = static_cast<double>(out.n);
    const double freedom = n - static_cast<double>(count);
    if (has_errors && freedom > 0) out.standard_error = std::sqrt(variance / freedom / n);
    return out;
  }

  const Suite& suite_;
  const Scorecard& scorecard_;
};

}  // namespace

Result<Group> parse_group(const TaskKeys& keys) {
  Group out;
  GWAGEO_ASSIGN(name_value, keys.need("group"));
  GWAGEO_ASSIGN(name, name_value.text());
  out.name = std::move(name);
  if (out.name.empty()) return name_value.refuse("an empty name");
  if (const auto alias = keys.find("group_alias")) {
    GWAGEO_ASSIGN(text, alias->text());
    out.alias = std::move(text);
  }
  if (const auto metadata = keys.find("metadata")) out.metadata = metadata->json();
  const auto list = keys.find("aggregate_metric_list");
  if (!list) return out;
  if (list->is_mapping()) {
    GWAGEO_ASSIGN(metric, parse_group_metric(*list));
    out.metrics.push_back(std::move(metric));
    return out;
  }
  GWAGEO_ASSIGN(metrics, list->elements());
  for (const YamlValue& value : metrics) {
    GWAGEO_ASSIGN(metric, parse_group_metric(value));
    out.metrics.push_back(std::move(metric));
  }
  return out;
}

std::vector<GroupScore> group_scores(const Suite& suite, const Scorecard& scorecard) {
  const GroupScorer scorer(suite, scorecard);
  std::vector<GroupScore> out;
  for (const Group& group : suite.groups) out.push_back(scorer.score(group));
  return out;
}

}  // namespace gwageo
