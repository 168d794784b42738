#include "benchmarks/total.h"

#include <algorithm>
#include <cmath>

#include "protocol/check.h"

namespace gwageo {
namespace {

/// A weighted mean in two arithmetics at once: doubles in the order of adding, and exact fractions
/// for as long as every weight and every value has one.
class WeightedMean {
 public:
  void add(double weight, double value, const std::optional<Rational>& exact) {
    weights_ += weight;
    sum_ += weight * value;
    const std::optional<Rational> exact_weight = Rational::from_double(weight);
    is_exact_ = is_exact_ && exact.has_value() && exact_weight.has_value();
    if (!is_exact_) return;
    exact_weights_ = exact_weights_ + *exact_weight;
    exact_sum_ = exact_sum_ + *exact_weight * *exact;
  }

  std::optional<Total> mean() const {
    if (!(weights_ > 0)) return std::nullopt;
    if (!is_exact_) return Total{sum_ / weights_, std::nullopt};
    const Rational mean = exact_sum_ / exact_weights_;
    return Total{mean.to_double(), mean};
  }

 private:
  double weights_ = 0;
  double sum_ = 0;
  bool is_exact_ = true;
  Rational exact_weights_;
  Rational exact_sum_;
};

/// Whether a task's score is part of its axis: where less is better (a perplexity), a mean with
/// others would say nothing.
bool counts(const TaskScore& task) {
  const MetricScore& score = task.metrics[task.headline];
  return score.n > 0 && score.higher_is_better;
}

/// The weighted mean of an axis' tasks that have a score.
std::optional<Total> axis_mean(const Suite& suite, const std::vector<TaskScore>& tasks,
                               const std::string& axis) {
  WeightedMean mean;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const MetricScore& score = tasks[i].metrics[tasks[i].headline];
    if (tasks[i].axis != axis || !counts(tasks[i])) continue;
    mean.add(suite.tasks[i].weight, score.value,
             score.exact ? std::optional<Rational>(Rational(*score.exact)) : std::nullopt);
  }
  return mean.mean();
}

/// The root of the sum of (weight * standard error)^2, over the sum of weights: tasks are
/// independent samples.
std::optional<double> axis_standard_error(const Suite& suite, const std::vector<TaskScore>& tasks,
                                          const std::string& axis) {
  double weights = 0;
  double variance = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const MetricScore& score = tasks[i].metrics[tasks[i].headline];
    if (tasks[i].axis != axis || !counts(tasks[i]) || suite.tasks[i].weight == 0) continue;
    const std::optional<double> error = score.error();
    if (!error) return std::nullopt;
    const double part = suite.tasks[i].weight * *error;
    weights += suite.tasks[i].weight;
    variance += part * part;
  }
  return std::sqrt(variance) / weights;
}

void check_tasks(const Suite& suite, const std::vector<TaskScore>& tasks) {
  GWAGEO_CHECK(tasks.size() == suite.tasks.size());
  for (const TaskScore& task : tasks) GWAGEO_CHECK(task.headline < task.metrics.size());
}

}  // namespace

std::vector<AxisScore> axis_scores(const Suite& suite, const std::vector<TaskScore>& tasks) {
  check_tasks(suite, tasks);
  std::vector<AxisScore> out;
  for (const Axis& axis : suite.axes) {
    const std::optional<Total> mean = axis_mean(suite, tasks, axis.name);
    if (!mean) continue;
    out.push_back({axis.name, mean->value, axis_standard_error(suite, tasks, axis.name)});
  }
  return out;
}

std::optional<Total> axis_score(const Suite& suite, const std::vector<TaskScore>& tasks,
                                const std::string& axis) {
  check_tasks(suite, tasks);
  return axis_mean(suite, tasks, axis);
}

std::optional<Total> total_score(const Suite& suite, const std::vector<TaskScore>& tasks) {
  check_tasks(suite, tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (suite.tasks[i].weight > 0 && tasks[i].metrics[tasks[i].headline].n == 0)
      return std::nullopt;
  }
  std::vector<std::optional<Total>> axes;
  for (const Axis& axis : suite.axes) axes.push_back(axis_mean(suite, tasks, axis.name));
  return total_of_axes(suite, axes);
}

std::optional<Total> total_of_axes(const Suite& suite,
                                   const std::vector<std::optional<Total>>& axes) {
  GWAGEO_CHECK(axes.size() == suite.axes.size());
  WeightedMean mean;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const double weight = suite.axes[a].weight;
    if (axes[a] && weight > 0) mean.add(weight, axes[a]->value, axes[a]->exact);
  }
  return mean.mean();
}

Total mean_of(const std::vector<Total>& scores) {
  GWAGEO_CHECK(!scores.empty());
  if (scores.size() == 1) return scores.front();
  WeightedMean mean;
  for (const Total& score : scores) mean.add(1, score.value, score.exact);
  return *mean.mean();
}

std::vector<std::string> tasks_outside_total(const Suite& suite) {
  std::vector<std::string> out;
  for (const Task& task : suite.tasks) {
    const bool is_outside =
        std::any_of(task.metrics.begin(), task.metrics.end(), [&](const MetricSpec& metric) {
          return metric.metric == task.score.metric && !metric.higher_is_better;
        });
    if (is_outside) out.push_back(task.name);
  }
  return out;
}

std::vector<double> task_shares(const Suite& suite) {
  double axes = 0;
  std::vector<double> axis_tasks(suite.axes.size(), 0);
  for (std::size_t a = 0; a < suite.axes.size(); ++a) {
    for (const Task& task : suite.tasks) {
      if (task.axis == suite.axes[a].name) axis_tasks[a] += task.weight;
    }
    if (axis_tasks[a] > 0) axes += suite.axes[a].weight;
  }
  std::vector<double> shares(suite.tasks.size(), 0);
  for (std::size_t i = 0; i < suite.tasks.size(); ++i) {
    for (std::size_t a = 0; a < suite.axes.size(); ++a) {
      if (suite.tasks[i].axis != suite.axes[a].name || !(axis_tasks[a] > 0) || !(axes > 0))
        continue;
      shares[i] = suite.axes[a].weight / axes * (suite.tasks[i].weight / axis_tasks[a]);
    }
  }
  return shares;
}

}  // namespace gwageo
