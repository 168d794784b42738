// Filters: what turns a model's text into an answer that can be compared. Each filter is one file
// in filters/, listed in filter_registry.cc; a task's pipeline is a list of them. Names, arguments
// and behaviour are those of lm-eval's filters (lm_eval/filters). Pure.
//
// What goes through a pipeline is a JSON value, as the harness's Python values are: first the list
// of an item's responses, one string a repeat; after `take_first` its first element; after
// `regex_pos` a list of lists; after `map` whatever the mapping holds. A step over a string goes
// over its characters, because Python's loops do.
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

#include "benchmarks/plan.h"
#include "benchmarks/task.h"
#include "protocol/result.h"

namespace gwageo {

/// One step of a pipeline. Immutable: may be used from several threads at once.
class Filter {
 public:
  virtual ~Filter() = default;
  /// What the step makes of one item's value. `reference` is what the item is scored against. An
  /// error means that it could not be read, within the step's bounds or, where the harness would
  /// end, at all: the item is then not scored.
  virtual Result<Json> apply(Json responses, const Reference& reference) const = 0;
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

/// What a pipeline made of one item's responses.
struct Filtered {
  Json answer;          ///< What the harness scores, and logs as `filtered_resps`.
  Json::Array answers;  ///< One a repeat that is left: `answer` before a `take_first` at the end.
};

/// A task's named pipeline, ready to run. Immutable once made; moved.
class FilterChain {
 public:
  static Result<FilterChain> create(const FilterPipeline& pipeline);
  /// REQUIRES: the responses, one a repeat, are UTF-8 (benchmarks/text.h repairs what is not).
  Result<Filtered> run(std::span<const std::string> responses, const Reference& reference) const;

 private:
  std::vector<std::unique_ptr<Filter>> steps_;
  bool ends_with_take_first_ = false;
};

/// What a Python loop over `responses` goes through: the elements of a list, the characters of a
/// string. bad_input, "filter 'NAME': ...", for anything else.
Result<Json::Array> elements_of(Json responses, std::string_view filter);

/// With every element made what `change`, Result<Json>(const std::string&), makes of it. bad_input,
/// in the name of the filter, for an element that is no string.
template <class Change>
Result<Json> change_texts(Json responses, std::string_view filter, Change change) {
  GWAGEO_ASSIGN(elements, elements_of(std::move(responses), filter));
  for (Json& element : elements) {
    if (!element.is_string()) {
      return fail(ErrorKind::bad_input, "filter '" + std::string(filter) + "': no text but " +
                                            std::string(element.type_name()));
    }
    GWAGEO_ASSIGN(changed, change(element.as_string()));
    element = std::move(changed);
  }
  return Json(std::move(elements));
}

Result<std::unique_ptr<Filter>> make_format_span_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_lowercase_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_majority_vote_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_map_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_multi_choice_regex_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_regex_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_regex_pos_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_remove_whitespace_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_take_first_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_take_first_k_filter(const Json& arguments);
Result<std::unique_ptr<Filter>> make_uppercase_filter(const Json& arguments);

}  // namespace gwageo
