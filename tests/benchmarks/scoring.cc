#include "tests/benchmarks/scoring.h"

#include <utility>

#include "benchmarks/evaluate.h"

namespace gwageo::scoring {

Json args(std::string_view text) { return Json::parse(text).value(); }

FilterStep step(std::string function, std::string_view arguments) {
  return {std::move(function), args(arguments)};
}

MetricSpec metric(std::string name, std::string_view arguments) {
  return {std::move(name), "", true, args(arguments)};
}

Task task(std::string name, std::string axis, OutputType type, std::string metric_name) {
  Task out;
  out.name = std::move(name);
  out.axis = std::move(axis);
  out.output_type = type;
  out.filters.push_back({"none", {step("take_first")}});
  out.metrics.push_back(metric(std::move(metric_name)));
  return out;
}

Suite suite(std::vector<Axis> axes, std::vector<Task> tasks) {
  Suite out;
  out.name = "small";
  out.axes = std::move(axes);
  out.tasks = std::move(tasks);
  return out;
}

PlanEntry entry(std::uint32_t task, const std::string& item, std::size_t requests) {
  PlanEntry out;
  out.task = task;
  out.item = item;
  out.item_digest = sha256(std::to_string(task) + ":" + item);
  out.requests.assign(requests, "request");
  return out;
}

PlanEntry question(std::uint32_t task, const std::string& item, std::vector<std::string> targets) {
  PlanEntry out = entry(task, item);
  out.reference.targets = std::move(targets);
  return out;
}

PlanEntry choice(std::uint32_t task, const std::string& item, std::vector<std::string> choices,
                 std::int64_t gold) {
  PlanEntry out = entry(task, item, choices.size());
  if (gold >= 0) out.reference.golds = {gold};
  out.reference.choices = std::move(choices);
  return out;
}

Response text(std::string said, Outcome outcome) {
  Response out;
  out.outcome = outcome;
  out.text = std::move(said);
  return out;
}

std::vector<Response> likelihoods(const std::vector<double>& values, int greedy) {
  std::vector<Response> out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Response& response = out.emplace_back();
    response.log_probability = values[i];
    response.greedy = static_cast<int>(i) == greedy;
  }
  return out;
}

Scorecard card(const Suite& suite, const std::vector<std::vector<int>>& answers) {
  auto evaluator = Evaluator::create(suite).value();
  for (std::uint32_t t = 0; t < answers.size(); ++t) {
    for (std::size_t i = 0; i < answers[t].size(); ++i) {
      const int answer = answers[t][i];
      const Response said =
          answer < 0 ? text("", Outcome::engine_failed) : text(answer == 1 ? "yes" : "no");
      evaluator->add(question(t, std::to_string(i), {"yes"}), {&said, 1});
    }
  }
  return evaluator->finish();
}

}  // namespace gwageo::scoring
