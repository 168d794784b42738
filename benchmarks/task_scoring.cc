// How responses become scores: filters, metrics, and which of them the score is.
#include <algorithm>
#include <utility>

#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "benchmarks/metric.h"
#include "benchmarks/task_keys.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

MetricSpec metric_called(std::string_view name) {
  MetricSpec spec{std::string(name), "mean", true, Json::object()};
  if (const MetricRule* const rule = find_metric_rule(name)) {
    spec.aggregation.clear();  // The metric's own, which `average` has a say in.
    spec.higher_is_better = rule->higher_is_better;
  }
  return spec;
}

// A name that can stand in "METRIC,FILTER".
Result<std::string> score_part(const YamlValue& value) {
  GWAGEO_ASSIGN(name, value.text());
  if (name.empty() || name.find_first_of(",\n\r\t") != name.npos) {
    return value.refuse("a name must hold something, and neither commas nor line ends");
  }
  return name;
}

// Every key of a mapping but those in `named`, as an object.
Json other_keys(const YamlValue& value, std::initializer_list<std::string_view> named) {
  Json out = Json::object();
  for (const YamlMember& member : value.node().members) {
    if (std::find(named.begin(), named.end(), member.key) != named.end()) continue;
    out[member.key] = to_json(member.value);
  }
  return out;
}

// The registry's complaint about a filter or metric, at the argument that it names, else at `part`.
tl::unexpected<Error> refuse_part(const YamlValue& mapping, std::string_view part,
                                  const Error& error) {
  const auto argument = mapping.find(argument_at_fault(error));
  const YamlValue place = argument ? *argument : mapping.find(part).value_or(mapping);
  return place.refuse(error.message);
}

// How often each item is asked, as far as the task's keys say so.
std::int64_t repeats_of(const TaskKeys& keys) {
  const auto value = keys.find("repeats");
  const auto repeats = value ? value->integer(1, 1'000'000) : Result<std::int64_t>(1);
  return repeats ? *repeats : 1;
}

Result<FilterStep> parse_step(const YamlValue& value, OutputType output_type,
                              std::int64_t repeats) {
  GWAGEO_ASSIGN(function_value, value.need("function"));
  GWAGEO_ASSIGN(function, function_value.text());
  FilterStep step{std::move(function), other_keys(value, {"function"})};
  const auto filter = make_filter(step);
  if (!filter) return refuse_part(value, "function", filter.error());
  if (output_type != OutputType::generate_until && step.function != "take_first") {
    return function_value.refuse("filter '" + step.function +
                                 "': only take_first goes with log-likelihoods");
  }
  if (step.function == "take_first_k") {
    const auto k = Arguments(step.arguments).integer("k", 1);
    if (k && *k > repeats) {
      return value.find("k").value_or(value).refuse("k = " + std::to_string(*k) +
                                                    ", but an item has " + std::to_string(repeats) +
                                                    " answers; raise `repeats`");
    }
  }
  return step;
}

Result<FilterPipeline> parse_pipeline(const YamlValue& value, OutputType output_type,
                                      std::int64_t repeats) {
  GWAGEO_TRY(value.only({"name", "filter"}));
  FilterPipeline pipeline;
  if (const auto name = value.find("name"); name && !name->is_null()) {
    GWAGEO_ASSIGN(text, score_part(*name));
    pipeline.name = std::move(text);
  }
  GWAGEO_ASSIGN(steps_value, value.need("filter"));
  GWAGEO_ASSIGN(steps, steps_value.elements());
  for (const YamlValue& step : steps) {
    GWAGEO_ASSIGN(parsed, parse_step(step, output_type, repeats));
    pipeline.steps.push_back(std::move(parsed));
  }
  return pipeline;
}

Status parse_filters(const TaskKeys& keys, Task& task) {
  const auto value = keys.find("filter_list");
  if (!value) {
    task.filters = {{"none", {{"take_first", Json::object()}}}};
    return {};
  }
  GWAGEO_ASSIGN(list, value->elements());
  for (const YamlValue& one : list) {
    GWAGEO_ASSIGN(pipeline, parse_pipeline(one, task.output_type, repeats_of(keys)));
    for (const FilterPipeline& before : task.filters) {
      if (before.name == pipeline.name) return one.refuse("a second filter '" + before.name + "'");
    }
    task.filters.push_back(std::move(pipeline));
  }
  return task.filters.empty() ? Status(value->refuse("no filters")) : Status();
}

// A metric over the first k of an item's answers is one figure for each k.
Result<std::vector<MetricSpec>> figures_of(const YamlValue& value, MetricSpec spec,
                                           std::int64_t repeats) {
  if (figure_name(spec.metric, 1).empty() && !k_of_figure(spec.metric)) {
    return std::vector<MetricSpec>{std::move(spec)};
  }
  const YamlValue place = value.find("k").value_or(value);
  std::vector<std::int64_t> wanted;
  if (const auto k = k_of_figure(spec.metric)) {
    wanted = {*k};
  } else {
    const auto given = Arguments(spec.arguments).integers("k");
    GWAGEO_CHECK(given.has_value());  // `make_metric` took it.
    wanted = *given;
  }
  std::vector<MetricSpec> out;
  for (const std::int64_t k : wanted) {
    if (k > repeats) {
      return place.refuse("k = " + std::to_string(k) + ", but an item has " +
                          std::to_string(repeats) + " answers; raise `repeats`");
    }
    MetricSpec& figure = out.emplace_back(spec);
    if (!k_of_figure(spec.metric)) figure.metric = figure_name(spec.metric, k);
    figure.arguments["k"] = k;
  }
  return out;
}

Result<std::vector<MetricSpec>> parse_metric(const YamlValue& value, OutputType output_type,
                                             std::int64_t repeats) {
  GWAGEO_ASSIGN(name_value, value.need("metric"));
  GWAGEO_ASSIGN(name, score_part(name_value));
  MetricSpec spec = metric_called(name);
  if (const auto aggregation = value.find("aggregation"); aggregation && !aggregation->is_null()) {
    GWAGEO_ASSIGN(text, aggregation->text());
    spec.aggregation = std::move(text);
  }
  if (const auto higher = value.find("higher_is_better"); higher && !higher->is_null()) {
    GWAGEO_ASSIGN(better, higher->boolean());
    if (const MetricRule* const rule = find_metric_rule(name);
        better && rule != nullptr && !rule->higher_is_better) {
      // It has no upper bound of 1 either: as part of an axis it would outweigh all others.
      return higher->refuse("'" + name + "' is better the less it is; write false, or nothing");
    }
    spec.higher_is_better = better;
  }
  if (const auto foreign = value.find("hf_evaluate"); foreign && !foreign->is_null()) {
    GWAGEO_ASSIGN(wanted, foreign->boolean());
    // The other library's exact_match is the one that the harness took over.
    if (wanted && name != "exact_match") {
      return foreign->refuse(outside_this_version("a metric of another library"));
    }
  }
  spec.arguments = other_keys(value, {"metric", "aggregation", "higher_is_better", "hf_evaluate"});
  if (const auto metric = make_metric(spec, output_type); !metric) {
    const bool is_aggregation =
        metric.error().message.find("': aggregation '") != std::string::npos;
    return refuse_part(value, is_aggregation ? "aggregation" : "metric", metric.error());
  }
  return figures_of(value, std::move(spec), repeats);
}

// What a task that lists no metrics is scored by; the first one is its score.
std::vector<MetricSpec> usual_metrics(OutputType output_type) {
  switch (output_type) {
    case OutputType::multiple_choice: return {metric_called("acc"), metric_called("acc_norm")};
    case OutputType::loglikelihood: return {metric_called("acc"), metric_called("perplexity")};
    case OutputType::loglikelihood_rolling:
      return {metric_called("word_perplexity"), metric_called("byte_perplexity"),
              metric_called("bits_per_byte")};
    case OutputType::generate_until: return {metric_called("exact_match")};
  }
  return {};
}

Status parse_metrics(const TaskKeys& keys, Task& task) {
  const auto value = keys.find("metric_list");
  if (!value) {
    task.metrics = usual_metrics(task.output_type);
    return {};
  }
  const std::int64_t repeats = repeats_of(keys);
  GWAGEO_ASSIGN(list, value->elements());
  for (const YamlValue& one : list) {
    GWAGEO_ASSIGN(figures, parse_metric(one, task.output_type, repeats));
    for (MetricSpec& figure : figures) {
      for (const MetricSpec& before : task.metrics) {
        if (before.metric != figure.metric) continue;
        return one.refuse("a second metric '" + figure.metric + "'");
      }
      task.metrics.push_back(std::move(figure));
    }
  }
  return task.metrics.empty() ? Status(value->refuse("no metrics")) : Status();
}

Status parse_score(const TaskKeys& keys, Task& task) {
  task.score = {task.metrics.front().metric, task.filters.front().name};
  const auto value = keys.find("score");
  if (!value) return {};
  GWAGEO_ASSIGN(text, value->text());
  const std::size_t comma = text.find(',');
  task.score.metric = text.substr(0, comma);
  if (comma != text.npos) task.score.filter = text.substr(comma + 1);
  const auto has_metric = [&](const MetricSpec& m) { return m.metric == task.score.metric; };
  const auto has_filter = [&](const FilterPipeline& f) { return f.name == task.score.filter; };
  if (std::none_of(task.metrics.begin(), task.metrics.end(), has_metric)) {
    return value->refuse("the task has no metric '" + task.score.metric + "'");
  }
  if (std::none_of(task.filters.begin(), task.filters.end(), has_filter)) {
    return value->refuse("the task has no filter '" + task.score.filter + "'");
  }
  return {};
}

// `scoring: external`: what the harness's own `bypass` stands for. Nothing is measured here.
Status parse_external(const TaskKeys& keys, Task& task) {
  const auto value = keys.find("scoring");
  if (!value) return {};
  GWAGEO_ASSIGN(name, value->text());
  if (name != "external") return value->refuse("expected external, got '" + name + "'");
  for (const std::string_view key : {"filter_list", "metric_list", "score", "weight"}) {
    if (const auto other = keys.find(key)) {
      return other->refuse("has no meaning with 'scoring: external': nothing is scored here");
    }
  }
  task.is_scored_elsewhere = true;
  task.weight = 0;
  task.filters = {{"none", {{"take_first", Json::object()}}}};
  task.metrics = {{"bypass", "bypass", true, Json::object()}};
  task.score = {"bypass", "none"};
  return {};
}

}  // namespace

Status parse_scoring(const TaskKeys& keys, Task& task) {
  GWAGEO_TRY(parse_external(keys, task));
  if (task.is_scored_elsewhere) return {};
  GWAGEO_TRY(parse_filters(keys, task));
  GWAGEO_TRY(parse_metrics(keys, task));
  return parse_score(keys, task);
}

}  // namespace gwageo
