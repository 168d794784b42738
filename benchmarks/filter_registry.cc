#include <algorithm>
#include <array>

#include "benchmarks/filter.h"
#include "benchmarks/text.h"
#include "protocol/yaml.h"

namespace gwageo {
namespace {

constexpr std::array rules{
    FilterRule{"format_span", 1, &make_format_span_filter},
    FilterRule{"lowercase", 2, &make_lowercase_filter},
    FilterRule{"majority_vote", 1, &make_majority_vote_filter},
    FilterRule{"map", 1, &make_map_filter},
    FilterRule{"regex", 1, &make_regex_filter},
    FilterRule{"remove_whitespace", 1, &make_remove_whitespace_filter},
    FilterRule{"take_first", 1, &make_take_first_filter},
    FilterRule{"take_first_k", 1, &make_take_first_k_filter},
    FilterRule{"uppercase", 1, &make_uppercase_filter},
};

/// Filters of the field's harness that a later version will have.
constexpr std::array<std::string_view, 4> later{"custom", "decontaminate", "multi_choice_regex",
                                                "regex_pos"};

}  // namespace

std::span<const FilterRule> filter_rules() { return rules; }

Result<std::unique_ptr<Filter>> make_filter(const FilterStep& step) {
  std::vector<std::string_view> names;
  for (const FilterRule& rule : rules) {
    names.push_back(rule.name);
    if (rule.name != step.function) continue;
    auto filter = rule.make(step.arguments);
    if (!filter) return fail("filter '" + step.function + "'", std::move(filter).error());
    return filter;
  }
  const bool is_later = std::find(later.begin(), later.end(), step.function) != later.end();
  return fail(ErrorKind::bad_input,
              "filter '" + step.function + "': " +
                  (is_later ? std::string("not in this version")
                            : "there is no such filter" + nearest_hint(step.function, names)));
}

Result<FilterChain> FilterChain::create(const FilterPipeline& pipeline) {
  FilterChain chain;
  for (const FilterStep& step : pipeline.steps) {
    GWAGEO_ASSIGN(filter, make_filter(step));
    chain.steps_.push_back(std::move(filter));
  }
  return chain;
}

Result<std::string> FilterChain::run(std::string_view response) const {
  std::vector<std::string> responses{repaired(response)};
  for (const std::unique_ptr<Filter>& step : steps_) {
    GWAGEO_ASSIGN(filtered, step->apply(std::move(responses)));
    responses = std::move(filtered);
  }
  if (responses.empty()) return fail(ErrorKind::bad_input, "the filters left no response");
  return std::move(responses.front());
}

}  // namespace gwageo
