#include "ops/bench_verdicts.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ops/bench_comparisons.h"
#include "ops/bench_settling.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/verdict_trials.h"
#include "protocol/json.h"

namespace gwageo {
namespace {

constexpr double best_reference_accuracy = 0.80;
constexpr double behind_accuracy = 0.72;
constexpr std::size_t many = 10;
// Ten references take more time than one: a quarter of the trials, a tenth of these with a
// bootstrap too; from so many items on a twentieth, and no bootstraps.
constexpr std::uint64_t many_part = 4;
constexpr std::uint64_t long_items = 2000;
constexpr std::uint64_t long_part = 20;
constexpr std::uint64_t bootstrap_every = 10;

std::uint64_t part_of(std::uint64_t trials, std::uint64_t part) {
  return (trials + part - 1) / part;
}

struct Cohort {
  std::string_view name;
  std::vector<double> references;
};

std::vector<Cohort> cohorts() {
  std::vector<double> ahead(many, behind_accuracy);
  ahead.front() = best_reference_accuracy;
  return {{"1", {best_reference_accuracy}},
          {"10, equal", std::vector<double>(many, best_reference_accuracy)},
          {"10, one ahead", std::move(ahead)}};
}

/// One line: a candidate at the share, and one at parity, of the same cohort on the same suite.
struct VerdictLine {
  std::string_view cohort;
  KnownTruth at_share;
  TrialCounts share;
  TrialCounts parity;
  std::optional<double> approximation;
};

double rate_among(std::uint64_t count, std::uint64_t of) {
  return of == 0 ? 0 : static_cast<double>(count) / static_cast<double>(of);
}

VerdictLine run_verdicts(const Cohort& cohort, std::uint64_t items, double correlation,
                         TrialRules rules) {
  VerdictLine line{cohort.name, {items, correlation, 0, cohort.references}, {}, {}, {}};
  line.at_share.candidate = rules.share * best_reference_accuracy;
  KnownTruth parity = line.at_share;
  parity.candidate = best_reference_accuracy;
  const bool is_many = cohort.references.size() > 1;
  if (is_many) rules.trials = part_of(rules.trials, items < long_items ? many_part : long_part);
  rules.bootstrap_every = is_many && items < long_items ? bootstrap_every : 0;
  line.share = run_trials(line.at_share, rules);
  rules.bootstrap_every = 0;
  ++rules.stream;
  line.parity = run_trials(parity, rules);
  if (cohort.references.size() == 1) line.approximation = approximate_power(parity, rules);
  return line;
}

Json json_of_verdicts(const VerdictLine& line) {
  const TrialCounts& s = line.share;
  const TrialCounts& p = line.parity;
  Json out;
  out["references"] = line.cohort;
  out["items"] = line.at_share.items;
  out["correlation"] = line.at_share.correlation;
  out["trials"] = s.trials;
  out["coverage"] = 1 - rate_among(s.low_above + s.high_below, s.trials);
  out["false_pass"] = rate_among(s.passed, s.trials);
  out["false_fail"] = rate_among(s.failed, s.trials);
  out["power"] = rate_among(p.passed, p.trials);
  out["power_approximation"] = line.approximation ? Json(*line.approximation) : Json();
  out["point_false_pass"] = rate_among(s.point_passed, s.trials);
  out["point_power"] = rate_among(p.point_passed, p.trials);
  out["fieller_false_pass"] = rate_among(s.fieller_passed, s.trials);
  out["unpaired_false_pass"] = rate_among(s.apart_passed, s.trials);
  out["unpaired_power"] = rate_among(p.apart_passed, p.trials);
  const bool has = s.bootstraps > 0;
  out["bootstrap_false_pass"] = has ? Json(rate_among(s.bootstrap_passed, s.bootstraps)) : Json();
  out["bootstrap_false_fail"] = has ? Json(rate_among(s.bootstrap_failed, s.bootstraps)) : Json();
  return out;
}

std::string percents(const Json& value) {
  return value.is_null() ? "-" : decimal(100 * value.as_double(), 2);
}

/// Two standard errors of rates that are 5 % and 90 %, in points.
std::string errors_of(std::uint64_t trials) {
  const auto points = [&](double rate) {
    return decimal(200 * std::sqrt(rate * (1 - rate) / static_cast<double>(trials)), 2);
  };
  return "\n" + points(0.05) + " and " + points(0.9) + " of " + std::to_string(trials);
}

void show_verdicts(const std::vector<Json>& lines, const TrialRules& rules) {
  TextTable table({"references", "items", "corr.", "trials", "covers", "false pass", "false fail",
                   "power", "approx.", "point: false", "power", "Fieller: false", "unpaired: false",
                   "power", "boot: false pass", "false fail"});
  for (const Json& line : lines) {
    const auto cell = [&](std::string_view key) { return percents(*line.find(key)); };
    table.add(
        {line.find("references")->as_string(), std::to_string(line.find("items")->as_integer()),
         decimal(line.find("correlation")->as_double(), 1),
         std::to_string(line.find("trials")->as_integer()), cell("coverage"), cell("false_pass"),
         cell("false_fail"), cell("power"), cell("power_approximation"), cell("point_false_pass"),
         cell("point_power"), cell("fieller_false_pass"), cell("unpaired_false_pass"),
         cell("unpaired_power"), cell("bootstrap_false_pass"), cell("bootstrap_false_fail")});
  }
  say(table.text());
  say("\nIn percent of the trials, seed " + std::to_string(rules.seed) +
      ". Two standard errors, at 5 % and at 90 %:" + errors_of(rules.trials) +
      errors_of(part_of(rules.trials, many_part)) + errors_of(part_of(rules.trials, long_part)) +
      errors_of(part_of(part_of(rules.trials, many_part), bootstrap_every)) + " (boot).\n" +
      "The best reference is right on 80 % of the items. `covers`, `false pass` and `false fail` "
      "are of a\ncandidate whose true ratio is the share, 0.95 (76 %); `power` is the chance of "
      "one as good as the\nbest (80 %) to pass. As stated, at most 5 % pass falsely, at most 5 % "
      "fail falsely, and at least 90 %\nare covered. Approx.: the normal approximation for the "
      "paired difference. Beside it, what passes\nfalsely by the ratio of the scores alone, by "
      "Fieller's interval for pairs, by one that takes the scores\nfor independent, and by the "
      "percentile bootstrap of the ratio to the best of each resample (boot).\n");
}

}  // namespace

Result<int> bench_verdicts(const Invocation& arguments) {
  GWAGEO_ASSIGN(trials, arguments.whole_or("trials", 40000, 10, 100000000));
  GWAGEO_ASSIGN(seed, arguments.whole_or("seed", 1, 0, 1000000000));
  const std::int64_t cores = std::max(1U, std::thread::hardware_concurrency());
  GWAGEO_ASSIGN(threads, arguments.whole_or("threads", cores, 1, 256));
  TrialRules rules;
  rules.trials = static_cast<std::uint64_t>(trials);
  rules.seed = static_cast<std::uint64_t>(seed);
  rules.threads = static_cast<std::uint64_t>(threads);
  std::vector<Json> lines;
  for (const Cohort& cohort : cohorts()) {
    for (const std::uint64_t items : {198U, 1319U, 35030U}) {
      for (const double correlation : {0.0, 0.5, 0.9}) {
        lines.push_back(json_of_verdicts(run_verdicts(cohort, items, correlation, rules)));
        rules.stream += 2;
      }
    }
  }
  const std::vector<Json> comparisons = bench_comparisons(rules);
  const std::vector<Json> settling = bench_settling(rules);
  if (!arguments.json()) {
    show_verdicts(lines, rules);
    say("\n" + comparisons_text(comparisons));
    say("\n" + settling_text(settling));
    return exit_code::done;
  }
  Json document;
  document["share"] = rules.share;
  document["seed"] = rules.seed;
  for (Json& line : lines) document["lines"].push_back(std::move(line));
  for (const Json& line : comparisons) document["comparisons"].push_back(line);
  for (const Json& line : settling) document["settling"].push_back(line);
  print(document);
  return exit_code::done;
}

}  // namespace gwageo
