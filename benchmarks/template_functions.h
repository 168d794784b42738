// The methods (`question.strip()`), filters (`choices | join(", ")`) and tests (`answer is
// defined`) of prompt templates, with the meaning that Python's types and Jinja give them. Each is
// a row of a table: template_methods.cc, template_filters.cc, template_list_filters.cc and
// template_tests.cc.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "benchmarks/template_value.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// What a function is applied to. `arguments` has a value for each parameter, omitted where the
/// template gave none. All are defined, but for functions that take undefined values.
struct TemplateCall {
  TemplateMemory& memory;
  TemplateValue subject;
  std::span<const TemplateValue> arguments;
  std::size_t offset = 0;  ///< Where the function is named in the template.
};

/// A method, filter or test that templates may use.
struct TemplateFunction {
  static constexpr std::size_t parameters_max = 8;
  std::string_view name;
  std::size_t required = 0;    ///< How many arguments must be given.
  std::size_t positional = 0;  ///< How many may be given by place; the others by name only.
  /// Names of the parameters, each followed by a space; nameless ones are "_ ".
  std::string_view parameters;
  /// The error says what is wrong with the value or arguments, without a place.
  Result<TemplateValue> (*body)(const TemplateCall& call) = nullptr;
  bool takes_undefined = false;
};

/// nullptr when there is no such function in this version.
const TemplateFunction* find_method(std::string_view name);
const TemplateFunction* find_filter(std::string_view name);
const TemplateFunction* find_test(std::string_view name);

/// How many parameters a function has, and the place of one of them by name, or that number.
std::size_t parameter_count(const TemplateFunction& function);
std::size_t parameter_place(const TemplateFunction& function, std::string_view name);

// The tables, each in its own file.
std::span<const TemplateFunction> text_filters();
std::span<const TemplateFunction> list_filters();

/// bad_input without a place.
tl::unexpected<Error> template_refusal(std::string what);

/// Whether values of this kind have the method. REQUIRES: `method` is from find_method.
bool has_method(const TemplateValue& value, const TemplateFunction& method);
/// Whether `name` is an attribute that Python gives values of this kind, and that templates
/// therefore reach before a member of that name; nearly all are methods.
bool is_python_attribute(const TemplateValue& value, std::string_view name);
/// The same for objects.
bool is_mapping_attribute(std::string_view name);

/// What a template prints for `value`; an error for a number whose digits a double has lost.
Result<std::string> printed(const Json& value);

}  // namespace gwageo
