#include "benchmarks/aggregation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "benchmarks/bootstrap.h"
#include "benchmarks/harness_bootstrap.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

std::unique_ptr<Aggregation> make_binary_f1_aggregation() {
  return make_f1_aggregation(Average::binary);
}

constexpr std::array known_aggregations{
    AggregationRule{"bits_per_byte", Observed::weighted, &make_bits_per_byte_aggregation},
    AggregationRule{"brier_score", Observed::values, &make_brier_score_aggregation},
    AggregationRule{"f1", Observed::labels, &make_binary_f1_aggregation},
    AggregationRule{"matthews_corrcoef", Observed::labels, &make_matthews_aggregation},
    AggregationRule{"mean", Observed::values, &make_mean_aggregation},
    AggregationRule{"median", Observed::values, &make_median_aggregation},
    AggregationRule{"nanmean", Observed::values, &make_nanmean_aggregation},
    AggregationRule{"perplexity", Observed::values, &make_perplexity_aggregation},
    AggregationRule{"weighted_perplexity", Observed::weighted,
                    &make_weighted_perplexity_aggregation},
};

/// The harness ends where a figure is beyond every double; it is shown as the largest one then.
double as_finite(double value) {
  constexpr double most = std::numeric_limits<double>::max();
  return std::isnan(value) ? most : std::clamp(value, -most, most);
}

std::vector<double> values_in_order(const Series& series) {
  std::vector<double> out;
  out.reserve(series.items.size());
  for (const std::uint32_t kind : series.items) out.push_back(series.kinds[kind].value);
  return out;
}

}  // namespace

std::uint64_t Sample::size() const {
  std::uint64_t size = 0;
  for (const std::uint64_t count : counts) size += count;
  return size;
}

void Tally::add(const Observation& observation) {
  const auto next = static_cast<std::uint32_t>(kinds_.size());
  items_.push_back(kinds_.emplace(observation, next).first->second);
}

Series Tally::series() const {
  Series out;
  std::vector<std::uint32_t> rank(kinds_.size());
  for (const auto& [kind, number] : kinds_) {
    rank[number] = static_cast<std::uint32_t>(out.kinds.size());
    out.kinds.push_back(kind);
  }
  out.counts.resize(kinds_.size());
  out.items.reserve(items_.size());
  for (const std::uint32_t number : items_) {
    out.items.push_back(rank[number]);
    ++out.counts[rank[number]];
  }
  return out;
}

double Aggregation::value_in_order(std::span<const Observation> kinds,
                                   std::span<const std::uint32_t> items) const {
  std::vector<std::uint64_t> counts(kinds.size());
  for (const std::uint32_t kind : items) ++counts[kind];
  return value({kinds, counts});
}

std::optional<Fraction> Aggregation::exact(const Sample& /*sample*/) const { return std::nullopt; }

Estimate estimate(const Aggregation& aggregation, const Series& series, std::uint32_t iterations) {
  GWAGEO_CHECK(!series.items.empty());
  Estimate out;
  out.value = as_finite(aggregation.value_in_order(series.kinds, series.items));
  out.exact = aggregation.exact(series.sample());
  const auto n = static_cast<double>(series.items.size());
  if (series.items.size() < 2) return out;
  switch (aggregation.error_rule()) {
    case ErrorRule::none: break;
    case ErrorRule::closed_form:
      out.standard_error = as_finite(deviation_in_order(values_in_order(series)) / std::sqrt(n));
      break;
    case ErrorRule::bootstrap:
      if (const auto error = harness_bootstrap_error(aggregation, series, iterations)) {
        out.standard_error = as_finite(*error);
      }
      break;
  }
  if (!aggregation.is_mean()) {
    out.bootstrap_error = as_finite(bootstrap_standard_error(aggregation, series.sample(), 0));
  }
  return out;
}

std::span<const AggregationRule> aggregation_rules() { return known_aggregations; }

const AggregationRule* find_aggregation_rule(std::string_view name) {
  const auto found = std::find_if(known_aggregations.begin(), known_aggregations.end(),
                                  [&](const AggregationRule& rule) { return rule.name == name; });
  return found == known_aggregations.end() ? nullptr : &*found;
}

}  // namespace gwageo
