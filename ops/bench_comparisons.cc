#include "ops/bench_comparisons.h"

#include <cmath>
#include <string_view>

#include "ops/comparison_trials.h"
#include "ops/output.h"
#include "ops/table.h"

namespace gwageo {
namespace {

constexpr double best_accuracy = 0.80;
constexpr double behind_compared_accuracy = 0.72;
constexpr std::size_t axes = 3;

struct ComparedCase {
  std::string_view name;
  ComparedTruth truth;
  std::uint64_t part = 1;  ///< Of the trials: more choices take more time.
};

std::vector<std::vector<double>> equal(std::size_t models) {
  return {models, std::vector<double>(axes, best_accuracy)};
}

std::vector<ComparedCase> compared_cases() {
  std::vector<std::vector<double>> each_ahead = equal(axes);
  for (std::size_t m = 0; m < axes; ++m) {
    for (std::size_t a = 0; a < axes; ++a)
      each_ahead[m][a] = m == a ? best_accuracy : behind_compared_accuracy;
  }
  std::vector<std::vector<double>> three_ahead = equal(10);
  for (std::size_t m = 3; m < 10; ++m) three_ahead[m].assign(axes, behind_compared_accuracy);
  const auto truth = [](Comparison comparison, std::vector<std::vector<double>> references) {
    ComparedTruth out;
    out.comparison = comparison;
    out.references = std::move(references);
    if (comparison == Comparison::mean_top) out.top = 3;
    if (comparison == Comparison::bar) out.bar = best_accuracy;
    return out;
  };
  return {{"best_per_axis, 3 equal", truth(Comparison::best_per_axis, equal(3)), 4},
          {"best_per_axis, each ahead on one", truth(Comparison::best_per_axis, each_ahead), 4},
          {"best_per_axis, 10 equal", truth(Comparison::best_per_axis, equal(10)), 40},
          {"mean_top 3, 10 equal", truth(Comparison::mean_top, equal(10)), 8},
          {"mean_top 3, three ahead", truth(Comparison::mean_top, three_ahead), 8},
          {"bar", truth(Comparison::bar, {}), 4}};
}

double rate_of(std::uint64_t count, std::uint64_t of) {
  return static_cast<double>(count) / static_cast<double>(of);
}

Json comparison_line(const ComparedCase& one, std::uint64_t items, double correlation,
                     TrialRules rules) {
  ComparedTruth truth = one.truth;
  truth.items = items / axes;
  truth.correlation = correlation;
  truth.candidate.assign(axes, rules.share * best_accuracy);
  rules.trials = (rules.trials + one.part - 1) / one.part;
  const ComparisonCounts share = run_comparison(truth, rules);
  ++rules.stream;
  truth.candidate.assign(axes, best_accuracy);
  const ComparisonCounts parity = run_comparison(truth, rules);
  Json out;
  out["comparison"] = one.name;
  out["items"] = items;
  out["correlation"] = correlation;
  out["trials"] = share.trials;
  out["coverage"] = 1 - rate_of(share.low_above + share.high_below, share.trials);
  out["false_pass"] = rate_of(share.passed, share.trials);
  out["false_fail"] = rate_of(share.failed, share.trials);
  out["power"] = rate_of(parity.passed, parity.trials);
  out["point_false_pass"] = rate_of(share.point_passed, share.trials);
  out["false_pass_error"] = 2 * std::sqrt(0.05 * 0.95 / static_cast<double>(share.trials));
  return out;
}

}  // namespace

std::vector<Json> bench_comparisons(TrialRules rules) {
  rules.stream = 0;  // Numbers that do not depend on what ran before.
  std::vector<Json> lines;
  for (const ComparedCase& one : compared_cases()) {
    for (const std::uint64_t items : {198U, 1320U}) {
      for (const double correlation : {0.0, 0.5, 0.9}) {
        if (one.truth.references.empty() && correlation > 0) continue;  // With whom?
        lines.push_back(comparison_line(one, items, correlation, rules));
        rules.stream += 2;
      }
    }
  }
  return lines;
}

std::string comparisons_text(const std::vector<Json>& lines) {
  TextTable table({"compared with", "items", "corr.", "trials", "covers", "false pass", "+-",
                   "false fail", "power", "point: false"});
  for (const Json& line : lines) {
    const auto cell = [&](std::string_view key) {
      return decimal(100 * line.find(key)->as_double(), 2);
    };
    table.add(
        {line.find("comparison")->as_string(), std::to_string(line.find("items")->as_integer()),
         decimal(line.find("correlation")->as_double(), 1),
         std::to_string(line.find("trials")->as_integer()), cell("coverage"), cell("false_pass"),
         cell("false_pass_error"), cell("false_fail"), cell("power"), cell("point_false_pass")});
  }
  return table.text() +
         "\nThe same on three axes that weigh alike, for what else a target may compare with: the "
         "best "
         "of each\naxis, the mean of the 3 best, a bar of 80 %. A candidate with 76 % on every "
         "axis is "
         "at the share.\n`+-` is two standard errors of a false pass of 5 %. Each ahead on one: 80 "
         "% on "
         "one axis, 72 % on two.\n";
}

}  // namespace gwageo
