// A model's answers through a filter and a metric. First the filter and its arguments in a line,
// then the metric and its arguments in a line, then targets, one a line; after "====" each part is
// one repeat's answer.
#include "benchmarks/filter.h"
#include "benchmarks/metric.h"
#include "benchmarks/text.h"
#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

/// "NAME {...}"; what is no JSON object is none.
std::pair<std::string, Json> named_arguments(std::string_view line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  Result<Json> arguments = Json::parse(line.substr(std::min(space + 1, line.size())));
  if (!arguments || !arguments->is_object()) arguments = Json::object();
  return {std::string(line.substr(0, space)), *arguments};
}

Reference reference_of(std::string_view lines) {
  Reference reference;
  while (!lines.empty()) {
    const auto [line, rest] = first_line(lines);
    reference.targets.emplace_back(line);
    lines = rest;
  }
  reference.choices = reference.targets;
  if (!reference.targets.empty()) reference.golds = {0};
  return reference;
}

void run_answers(std::string_view input) {
  const std::vector<std::string_view> parts = parts_of(input);
  if (parts.size() < 2 || parts.size() > 9 || !is_utf8(parts[0])) return;
  const auto [filter_line, after] = first_line(parts[0]);
  const auto [metric_line, targets] = first_line(after);
  const auto [filter_name, filter_arguments] = named_arguments(filter_line);
  const auto [metric_name, metric_arguments] = named_arguments(metric_line);
  const Result<FilterChain> chain =
      FilterChain::create({"none", {{filter_name, filter_arguments}}});
  if (!chain) return;
  std::vector<std::string> texts;
  std::vector<Response> responses;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    Response& response = responses.emplace_back();
    response.text = repaired(parts[i]);
    response.log_probability = -0.5 * static_cast<double>(i);
    texts.push_back(response.text);
  }
  const Reference reference = reference_of(targets);
  const Result<Filtered> filtered = chain->run(texts, reference);
  if (!filtered) return;
  for (const OutputType type : {OutputType::generate_until, OutputType::multiple_choice}) {
    const MetricSpec spec{metric_name, "", true, metric_arguments};
    const auto metric = make_metric(spec, type);
    if (!metric) continue;
    const bool is_text = type == OutputType::generate_until;
    if (!is_text && responses.size() != 2 * reference.choices.size()) continue;
    const ScoredItem item{reference, responses, is_text ? &*filtered : nullptr};
    const Result<Observation> seen = (*metric)->score(item);
    if (seen) (void)logged_value(spec, type, item, *seen);
  }
}

}  // namespace

const Target answers_target = {"answers", run_answers};

}  // namespace gwageo::fuzz
