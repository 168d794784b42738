#include "ops/bench_settling.h"

#include <cmath>
#include <string_view>

#include "ops/output.h"
#include "ops/settling_trials.h"
#include "ops/table.h"

namespace gwageo {
namespace {

constexpr double reference_accuracy = 0.80;
constexpr std::uint32_t rounds = 3;
constexpr std::uint64_t part = 8;  ///< Of the trials: several looks take more time.

double rate(std::uint64_t count, std::uint64_t of) {
  return static_cast<double>(count) / static_cast<double>(of);
}

Json run_line(std::uint64_t items, double correlation, TrialRules rules) {
  RepeatedTruth truth{items, correlation, rules.share * reference_accuracy, reference_accuracy,
                      rounds};
  rules.trials = (rules.trials + part - 1) / part;
  const SettlingCounts share = run_settling(truth, rules);
  ++rules.stream;
  truth.candidate = reference_accuracy;
  const SettlingCounts parity = run_settling(truth, rules);
  Json out;
  out["items"] = items;
  out["correlation"] = correlation;
  out["rounds"] = rounds;
  out["trials"] = share.trials;
  out["false_pass"] = rate(share.passed, share.trials);
  out["false_fail"] = rate(share.failed, share.trials);
  out["false_pass_undivided"] = rate(share.greedy_passed, share.trials);
  out["power"] = rate(parity.passed, parity.trials);
  out["power_once"] = rate(parity.once_passed, parity.trials);
  out["looks"] = rate(parity.looks, parity.trials);
  out["false_pass_error"] = 2 * std::sqrt(0.05 * 0.95 / static_cast<double>(share.trials));
  return out;
}

}  // namespace

std::vector<Json> bench_settling(TrialRules rules) {
  rules.stream = 1000;  // Numbers that do not depend on what ran before.
  std::vector<Json> lines;
  for (const std::uint64_t items : {198U, 1319U}) {
    for (const double correlation : {0.0, 0.5, 0.9}) {
      lines.push_back(run_line(items, correlation, rules));
      rules.stream += 2;
    }
  }
  return lines;
}

std::string settling_text(const std::vector<Json>& lines) {
  TextTable table({"items", "corr.", "trials", "false pass", "+-", "false fail", "undivided: false",
                   "power", "one look: power", "looks"});
  for (const Json& line : lines) {
    const auto cell = [&](std::string_view key) {
      return decimal(100 * line.find(key)->as_double(), 2);
    };
    table.add({std::to_string(line.find("items")->as_integer()),
               decimal(line.find("correlation")->as_double(), 1),
               std::to_string(line.find("trials")->as_integer()), cell("false_pass"),
               cell("false_pass_error"), cell("false_fail"), cell("false_pass_undivided"),
               cell("power"), cell("power_once"), decimal(line.find("looks")->as_double(), 2)});
  }
  return table.text() +
         "\nVerdicts against one reference that are carried on for up to 3 rounds of repeats, "
         "until "
         "they are settled,\nwith the 5 % divided among the 4 looks; what a share of sqrt(corr.) "
         "of "
         "the items is answered by stays\nwhatever is repeated. Undivided: 5 % at each look. One "
         "look: all of the 5 % at the first one alone.\n`looks`: of the candidate at parity, on "
         "average.\n";
}

}  // namespace gwageo
