// Filters: what turns a model's text into an answer that can be compared. Each filter is one file
// in filters/, listed in filter_registry.cc; a task's pipeline is a list of them. Names, arguments
// and behaviour are those of lm-eval's filters (lm_eval/filters). Pure.
//
// To add one: write filters/NAME.cc with a `make_NAME_filter`, declare it below, list it in the
// registry. A change of behaviour raises the rule's version there, which changes `scorer_digest`.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/task.h"
#include "protocol/result.h"

namespace gwageo {

/// One step of a pipeline. Immutable: may be used from several threads at once.
class Filter {
 public:
  virtual ~Filter() = default;
  /// The responses of one item (its repeats) to as many or fewer. An error means that no answer
  /// could be read within the step's bounds; the item then has none.
  virtual Result<std::vector<std::string>> apply(std::vector<std::string> responses) const = 0;
};

/// A filter that exists.
struct FilterRule {
  std::string_view name;
  std::uint32_t version;
  /// bad_input names an argument that is wrong.
  Result<std::unique_ptr<Filter>> (*make)(const Json& arguments);
};

/// Every filter of this version, sorted by name.
std::span<const FilterRule> filter_rules();

/// The filter of one step. bad_input, by name, when there is no such filter or an argument is
/// wrong.
Result<std::unique_ptr<Filter>> make_filter(const FilterStep& step);

/// A task's named pipeline, ready to run. Immutable once made; moved.
class FilterChain {
 public:
  static Result<FilterChain> create(const FilterPipeline& pipeline);
  /// The answer: the first response that is left after the last step, as if `take_first` came last.
  /// Text that is no UTF-8 is repaired first (benchmarks/text.h).
  Result<std::string> run(std::string_view response) const;

 private:
  std::vector<std::unique_ptr<Filter>> steps_;
};

Result<std::unique_ptr<Filter>> make_format_span_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_lowercase_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_majority_vote_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_map_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_regex_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_remove_whitespace_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_take_first_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_take_first_k_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_uppercase_filter(const Json& arguments);

}  // namespace gwageo
