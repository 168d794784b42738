#include "benchmarks/yardstick.h"

#include <algorithm>
#include <numeric>

#include "protocol/check.h"

namespace gwageo {
namespace {

using Cards = std::span<const Scorecard* const>;

bool is_less(const Total& a, const Total& b) {
  if (a.exact && b.exact) return *a.exact < *b.exact;
  return a.value < b.value;
}

/// The indexes of totals, the highest first; of equals the first first.
std::vector<std::size_t> highest_first(const std::vector<Total>& totals) {
  std::vector<std::size_t> out(totals.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::stable_sort(out.begin(), out.end(),
                   [&](std::size_t a, std::size_t b) { return is_less(totals[b], totals[a]); });
  return out;
}

/// Every axis that every reference has a score on, with their scores in the references' order.
std::vector<std::pair<std::string, std::vector<Total>>> scores_by_axis(const Suite& suite,
                                                                       Cards references) {
  std::vector<std::pair<std::string, std::vector<Total>>> out;
  for (const Axis& axis : suite.axes) {
    std::vector<Total> scores;
    for (const Scorecard* card : references) {
      if (const auto score = axis_score(suite, card->tasks, axis.name)) scores.push_back(*score);
    }
    if (scores.size() == references.size()) out.emplace_back(axis.name, std::move(scores));
  }
  return out;
}

Yardstick mean_of_highest(const Suite& suite, Cards references, std::size_t count) {
  std::vector<Total> totals;
  for (const Scorecard* card : references) totals.push_back(*total_score(suite, card->tasks));
  Yardstick out;
  out.references = highest_first(totals);
  GWAGEO_CHECK(count >= 1 && count <= totals.size());
  out.references.resize(count);
  const auto mean_of_chosen = [&](const std::vector<Total>& scores) {
    std::vector<Total> chosen;
    for (const std::size_t reference : out.references) chosen.push_back(scores[reference]);
    return mean_of(chosen);
  };
  out.total = mean_of_chosen(totals);
  for (const auto& [axis, scores] : scores_by_axis(suite, references)) {
    out.axes.push_back({axis, mean_of_chosen(scores)});
  }
  return out;
}

Yardstick best_of_axes(const Suite& suite, Cards references) {
  Yardstick out;
  for (const auto& [axis, scores] : scores_by_axis(suite, references)) {
    const std::size_t best = highest_first(scores).front();
    out.axes.push_back({axis, scores[best], best});
  }
  std::vector<std::optional<Total>> by_axis(suite.axes.size());
  for (const AxisYardstick& axis : out.axes) {
    for (std::size_t a = 0; a < suite.axes.size(); ++a) {
      if (suite.axes[a].name == axis.axis) by_axis[a] = axis.score;
    }
  }
  out.total = *total_of_axes(suite, by_axis);
  return out;
}

Yardstick bar(const Suite& suite, const Fraction& height) {
  Yardstick out;
  out.total = {to_double(height), Rational(height)};
  for (const Axis& axis : suite.axes) out.axes.push_back({axis.name, out.total});
  return out;
}

}  // namespace

Yardstick yardstick_of(const Target& target, const Suite& suite, Cards references) {
  switch (target.comparison) {
    case Comparison::best:
    case Comparison::model: return mean_of_highest(suite, references, 1);
    case Comparison::best_per_axis: return best_of_axes(suite, references);
    case Comparison::mean_top: return mean_of_highest(suite, references, target.top);
    case Comparison::bar: break;
  }
  return bar(suite, target.bar);
}

}  // namespace gwageo
