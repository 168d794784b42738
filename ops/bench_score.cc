#include "ops/bench_score.h"

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "benchmarks/aggregation.h"
#include "benchmarks/evaluate.h"
#include "benchmarks/harness_bootstrap.h"
#include "ops/system_clock.h"

namespace gwageo {
namespace {

constexpr std::uint64_t distinct_outputs_max = 100'000;

double program_cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
double seconds_in(Duration d) { return static_cast<double>(d.microseconds) / 1e6; }

Result<FilterStep> step(std::string function, std::string_view arguments = "{}") {
  GWAGEO_ASSIGN(json, Json::parse(arguments));
  return FilterStep{std::move(function), std::move(json)};
}

Result<Suite> word_problems() {
  GWAGEO_ASSIGN(first, step("take_first"));
  GWAGEO_ASSIGN(strict, step("regex", R"json({"regex_pattern": "#### (\\-?[0-9\\.\\,]+)"})json"));
  GWAGEO_ASSIGN(flexible, step("regex", R"json({"regex_pattern": "(-?[$0-9.,]{2,})|(-?[0-9]+)",
                                               "group_select": -1})json"));
  GWAGEO_ASSIGN(arguments, Json::parse(R"json({"ignore_case": true, "ignore_punctuation": false,
      "regexes_to_ignore": [",", "\\$", "(?s).*#### ", "\\.$"]})json"));
  Task task;
  task.name = "word_problems";
  task.axis = "reasoning";
  task.filters = {{"strict-match", {strict, first}}, {"flexible-extract", {flexible, first}}};
  task.metrics = {{"exact_match", "mean", true, std::move(arguments)}};
  task.score = {"exact_match", "flexible-extract"};
  Suite suite;
  suite.name = "bench";
  suite.axes = {{"reasoning", 1}};
  suite.tasks = {std::move(task)};
  return suite;
}

/// A chain of small sums, about 300 characters long, that ends with its result.
std::string reasoning(std::uint64_t seed, std::uint64_t& result) {
  std::string text = "Let us work through this one step after another.\n";
  std::uint64_t sum = seed % 97 + 3;
  for (int line = 0; line < 5; ++line) {
    const std::uint64_t more = (seed * 31 + static_cast<std::uint64_t>(line) * 17) % 89 + 1;
    text += "Then there are " + std::to_string(sum) + " + " + std::to_string(more) + " = " +
            std::to_string(sum + more) + " of them, $" + std::to_string(more) + ".50 each.\n";
    sum += more;
  }
  result = sum;
  return text + "#### " + std::to_string(sum);
}

void measure_bootstrap(ScoreSpeed& speed) {
  constexpr int items = 1319;
  Tally tally;
  for (int i = 0; i < items; ++i) {
    tally.add({.predicted = i * 7 % 5 < 2 ? 1 : 0, .gold = i % 3 == 0 ? 1 : 0});
  }
  const Series series = tally.series();
  const auto f1 = make_f1_aggregation(Average::binary);
  const SystemClock clock;
  const Duration began = clock.monotonic();
  speed.bootstrap_error = harness_bootstrap_error(*f1, series, harness_iterations).value_or(0);
  speed.bootstrap_seconds = seconds_in(clock.monotonic() - began);
}

}  // namespace

Result<ScoreSpeed> measure_scoring(std::uint64_t outputs) {
  GWAGEO_ASSIGN(suite, word_problems());
  GWAGEO_ASSIGN(evaluator, Evaluator::create(suite));
  std::vector<PlanEntry> entries;
  std::vector<Response> responses;
  for (std::uint64_t i = 0; i < std::min(outputs, distinct_outputs_max); ++i) {
    std::uint64_t result = 0;
    responses.emplace_back().text = reasoning(i, result);
    PlanEntry& entry = entries.emplace_back();
    entry.item = std::to_string(i);
    entry.item_digest = sha256(entry.item);
    entry.requests = {"request"};
    // Every third answer is wrong.
    entry.reference.targets = {"So it is.\n#### " +
                               std::to_string(i % 3 == 0 ? result + 1 : result)};
  }
  ScoreSpeed speed;
  speed.outputs = outputs;
  const SystemClock clock;
  const Duration began = clock.monotonic();
  const double cpu_before = program_cpu_seconds();
  for (std::uint64_t i = 0; i < outputs; ++i) {
    const Response& response = responses[i % responses.size()];
    speed.bytes += response.text.size();
    evaluator->add(entries[i % entries.size()], {&response, 1});
  }
  const Scorecard card = evaluator->finish();
  speed.seconds = seconds_in(clock.monotonic() - began);
  speed.cpu_seconds = program_cpu_seconds() - cpu_before;
  const TaskScore& score = card.tasks.front();
  speed.value = score.metrics[score.headline].value;
  measure_bootstrap(speed);
  return speed;
}

}  // namespace gwageo
