// The methods (`question.strip()`) and filters (`choices | join(", ")`) of prompt templates, with
// the meaning that Python's types and the template language give them.
#pragma once

#include <string_view>
#include <vector>

#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// A method or filter that templates may use.
struct TemplateFunction {
  std::string_view name;
  std::size_t arguments_min = 0;
  std::size_t arguments_max = 0;
};
/// nullptr when there is no such method or filter in this version.
const TemplateFunction* find_method(std::string_view name);
const TemplateFunction* find_filter(std::string_view name);

/// Applies a method or filter to `value`. The error says what is wrong with the value or arguments,
/// without a place. REQUIRES: the name is known and the number of arguments in its bounds.
Result<Json> call_method(std::string_view name, const Json& value,
                         const std::vector<Json>& arguments);
Result<Json> call_filter(std::string_view name, const Json& value,
                         const std::vector<Json>& arguments);

/// Python's `==`: numbers and booleans by value, objects without regard to order.
bool python_equal(const Json& left, const Json& right);
/// Python's `bool(value)`.
bool python_true(const Json& value);
/// What a template prints for `value`; an error for a number whose digits a double has lost.
Result<std::string> printed(const Json& value);
/// "a string", "a list", ...: the kind of `value` for a person.
std::string_view value_kind(const Json& value);

}  // namespace gwageo
