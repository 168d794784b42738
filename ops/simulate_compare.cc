#include "ops/simulate_compare.h"

#include <string>
#include <vector>

#include "ops/output.h"
#include "ops/simulate/cases.h"
#include "ops/simulate_run.h"
#include "ops/table.h"

namespace gwageo {
namespace {

using PolicyFigures = simulate::Figures;

// So many times as long as ours static striping is to take, and any rival.
constexpr double bar_of_stripe = 1.8;
constexpr double bar_of_any = 1;
constexpr std::string_view striping = "stripe-tasks";

/// Where ours is closest to a bar.
struct Closest {
  double times = 0;
  std::string where;
  void look(double value, const std::string& at) {
    if (!where.empty() && value >= times) return;
    times = value;
    where = at;
  }
};

struct PolicyComparison {
  std::string workload;
  std::vector<PolicyFigures> figures;  // Ours first.
  std::uint64_t left_out = 0;          // Rows of a trace.
  std::uint64_t widened = 0;
  double times(const PolicyFigures& rival) const {
    return static_cast<double>(rival.makespan.microseconds) /
           static_cast<double>(figures.front().makespan.microseconds);
  }
};

std::string verdict(const std::string& what, double bar, const Closest& closest) {
  return what + " at least " + decimal(bar, 1) +
         " times as long as gwageo: " + (closest.times > bar ? "yes" : "NO") + "; least " +
         decimal(closest.times, 3) + ", " + closest.where + "\n";
}

}  // namespace

Result<int> simulate_compare(const Invocation& arguments) {
  const std::vector<simulate::PolicyKind>& kinds = simulate::policy_kinds();
  if (arguments.has("policy")) {
    return fail(ErrorKind::bad_input, "--compare: takes all policies; leave out --policy");
  }
  GWAGEO_ASSIGN(options, policy_options(arguments));
  GWAGEO_ASSIGN(seed, arguments.whole_or("seed", 1, 0, std::int64_t{1} << 62));
  const bool one = arguments.has("case") || arguments.has("trace") || arguments.has("fleet");
  GWAGEO_ASSIGN(given, simulate::find_case(arguments.text_or("case", "base")));
  std::vector<PolicyComparison> all;
  for (const simulate::Case& known : one ? std::vector<simulate::Case>{given} : simulate::cases()) {
    GWAGEO_ASSIGN(setup, set_up_simulation(arguments, known, static_cast<std::uint64_t>(seed)));
    const std::string name = setup.title.substr(0, setup.title.find(':'));
    all.push_back({name, run_round(setup, kinds, options).figures, setup.left_out, setup.widened});
  }
  std::vector<std::string> head = {"makespan / ours", "gwageo / bound"};
  for (std::size_t i = 1; i < kinds.size(); ++i) head.emplace_back(kinds[i].name);
  TextTable table(head);
  Closest of_stripe;
  Closest of_any;
  Json json;
  bool whole = true;
  for (const PolicyComparison& comparison : all) {
    std::vector<std::string> row = {comparison.workload,
                                    decimal(comparison.figures.front().ratio, 3)};
    Json line;
    line["workload"] = comparison.workload;
    line["rows_left_out"] = comparison.left_out;
    line["rows_widened"] = comparison.widened;
    line["gwageo_over_bound"] = comparison.figures.front().ratio;
    for (const PolicyFigures& figures : comparison.figures) {
      whole = whole && figures.unfinished == 0;
      if (&figures == &comparison.figures.front()) continue;
      const double times = comparison.times(figures);
      row.push_back(decimal(times, 2));
      line["times_as_long"][figures.policy] = times;
      const std::string at = figures.policy + " on " + comparison.workload;
      of_any.look(times, at);
      if (figures.policy == striping) of_stripe.look(times, at);
    }
    table.add(std::move(row));
    json["workloads"].push_back(std::move(line));
  }
  const bool both = of_stripe.times > bar_of_stripe && of_any.times > bar_of_any;
  json["stripe_least"] = of_stripe.times;
  json["any_least"] = of_any.times;
  json["bars_hold"] = both;
  if (arguments.json()) {
    print(json);
  } else {
    say(trace_rows_text(all.front().left_out, all.front().widened));
    say(table.text() + "\n" + verdict("stripe-tasks takes", bar_of_stripe, of_stripe) +
        verdict("every rival takes", bar_of_any, of_any));
  }
  return whole && both ? exit_code::done : exit_code::no;
}

}  // namespace gwageo
