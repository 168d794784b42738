#include <algorithm>
#include <array>

#include "benchmarks/filter.h"
#include "benchmarks/python_text.h"
#include "protocol/yaml.h"

namespace gwageo {
namespace {

constexpr std::array known_filters{
    FilterRule{"format_span", 1, &make_format_span_filter},
    FilterRule{"lowercase", 2, &make_lowercase_filter},
    FilterRule{"majority_vote", 1, &make_majority_vote_filter},
    FilterRule{"map", 2, &make_map_filter},
    FilterRule{"multi_choice_regex", 2, &make_multi_choice_regex_filter},
    FilterRule{"regex", 3, &make_regex_filter},
    FilterRule{"regex_pos", 1, &make_regex_pos_filter},
    FilterRule{"remove_whitespace", 1, &make_remove_whitespace_filter},
    FilterRule{"take_first", 2, &make_take_first_filter},
    FilterRule{"take_first_k", 2, &make_take_first_k_filter},
    FilterRule{"uppercase", 1, &make_uppercase_filter},
};

/// Filters of the harness that are no data: one calls Python of the task, one does nothing.
constexpr std::array<std::string_view, 2> outside{"custom", "decontaminate"};

}  // namespace

std::span<const FilterRule> filter_rules() { return known_filters; }

Result<std::unique_ptr<Filter>> make_filter(const FilterStep& step) {
  std::vector<std::string_view> names;
  for (const FilterRule& rule : known_filters) {
    names.push_back(rule.name);
    if (rule.name != step.function) continue;
    auto filter = rule.make(step.arguments);
    if (!filter) return fail("filter '" + step.function + "'", std::move(filter).error());
    return filter;
  }
  const bool is_outside = std::find(outside.begin(), outside.end(), step.function) != outside.end();
  return fail(ErrorKind::bad_input,
              "filter '" + step.function + "': " +
                  (is_outside ? std::string("not in this version")
                              : "there is no such filter" + nearest_hint(step.function, names)));
}

Result<FilterChain> FilterChain::create(const FilterPipeline& pipeline) {
  FilterChain chain;
  for (const FilterStep& step : pipeline.steps) {
    GWAGEO_ASSIGN(filter, make_filter(step));
    chain.steps_.push_back(std::move(filter));
  }
  chain.ends_with_take_first_ =
      !pipeline.steps.empty() && pipeline.steps.back().function == "take_first";
  return chain;
}

Result<Filtered> FilterChain::run(std::span<const std::string> responses,
                                  const Reference& reference) const {
  Json value(Json::Array(responses.begin(), responses.end()));
  Filtered out;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool is_last = i + 1 == steps_.size();
    if (is_last && ends_with_take_first_ && value.is_array()) out.answers = value.as_array();
    GWAGEO_ASSIGN(next, steps_[i]->apply(std::move(value), reference));
    value = std::move(next);
  }
  if (out.answers.empty()) {
    out.answers = value.is_array() ? value.as_array() : Json::Array{value};
  }
  out.answer = std::move(value);
  return out;
}

Result<Json::Array> elements_of(Json responses, std::string_view filter) {
  if (responses.is_array()) return std::move(responses.as_array());
  if (!responses.is_string()) {
    return fail(ErrorKind::bad_input, "filter '" + std::string(filter) + "': no list but " +
                                          std::string(responses.type_name()));
  }
  const std::string& text = responses.as_string();
  Json::Array characters;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = character_at(text, at).size;
    characters.emplace_back(text.substr(at, size));
    at += size;
  }
  return characters;
}

}  // namespace gwageo
