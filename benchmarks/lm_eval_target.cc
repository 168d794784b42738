#include "benchmarks/lm_eval_target.h"

#include <algorithm>

#include "benchmarks/python_list.h"
#include "benchmarks/python_text.h"

namespace gwageo::lm_eval {
namespace {

bool is_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

std::optional<Json> literal(const std::string& text) {
  const auto list = read_python_list("[" + text + "]");
  if (!list || !*list || (*list)->as_array().size() != 1) return std::nullopt;
  Json value = (*list)->as_array().front();
  const bool may_be_target = value.is_array() || value.is_integer() || value.is_bool();
  return may_be_target ? std::optional(std::move(value)) : std::nullopt;
}

// What the harness takes a rendered template for.
Json rendered_value(const std::string& text, bool has_choices) {
  const bool is_list = text.starts_with("[") && text.ends_with("]");
  if (!is_list && !(has_choices && is_digits(text))) return Json(text);
  return literal(text).value_or(Json(text));
}

}  // namespace

TargetRules TargetRules::of(const Json& config) {
  TargetRules rules;
  const Json* const choices = config.find("doc_to_choice");
  const Json* const type = config.find("output_type");
  rules.has_choices = (choices != nullptr && !choices->is_null()) ||
                      (type != nullptr && *type == Json("multiple_choice"));
  const Json* const made = config.find("doc_to_target");
  if (made == nullptr || !made->is_string()) return rules;
  const std::string& text = made->as_string();
  // A function is logged as its source, or as what Python prints of it.
  const bool is_code =
      text.find("def ") != text.npos || text.starts_with("<") || text.starts_with("functools.");
  if (is_code) return rules;
  const bool is_template = text.find("{{") != text.npos || text.find("{%") != text.npos;
  rules.source = is_template ? Source::rendered : Source::column;
  rules.column = text;
  return rules;
}

std::vector<Json> target_values(const LoggedSample& sample, const TargetRules& rules) {
  const std::string& target = sample.target;
  if (rules.source == TargetRules::Source::column) {
    const Json* const cell = sample.doc.find(rules.column);
    if (cell != nullptr && python_text(*cell) == target) return {*cell};
    // A text without variables is a template too.
    if (cell == nullptr) return {rendered_value(target, rules.has_choices)};
  }
  if (rules.source == TargetRules::Source::rendered) {
    return {rendered_value(target, rules.has_choices)};
  }
  std::vector<Json> out;
  if (auto value = literal(target)) out.push_back(*std::move(value));
  out.emplace_back(target);
  return out;
}

std::optional<std::vector<std::int64_t>> places_of(const Json& value,
                                                   const std::vector<std::string>& choices) {
  std::vector<std::int64_t> out;
  const auto count = static_cast<std::int64_t>(choices.size());
  for (const Json& one : value.is_array() ? value.as_array() : Json::Array{value}) {
    std::int64_t place = -1;
    if (one.is_bool()) place = one.as_bool() ? 1 : 0;
    if (one.is_integer()) place = one.as_integer();
    if (one.is_string() && !value.is_array()) {
      const auto text = std::find(choices.begin(), choices.end(), one.as_string());
      if (text != choices.end()) place = text - choices.begin();
    }
    if (place < 0 || place >= count) return std::nullopt;
    out.push_back(place);
  }
  return out.empty() ? std::nullopt : std::optional(std::move(out));
}

}  // namespace gwageo::lm_eval
