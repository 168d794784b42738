// Prompt templates: the part of the Jinja language that task files of the field use, with its
// meaning, and nothing silently different. What is outside is refused by name when it is compiled.
//
//   text, {{ expression }}, {# comment #}, {{- and -}}
//   {% if %} {% elif %} {% else %}   {% for a, b in x if c %} {% else %}, with loop.index and so on
//   {% set a, b = x %}, {% set a %} ... {% endset %}, {% set space.a = x %}   {% raw %}
//   names of the row's fields, a.b  a["b"]  a[0]  a[-1]  a[1:3], strings, numbers, true, none,
//   [lists], (tuples), {objects}, x if c else y, or, and, not, == != < <= > >= in, also in chains,
//   + - * / // % ** ~, "is defined" and other tests, range(), namespace()
//   methods  strip lower replace split join index find startswith format items get ...
//   filters  string length join int list map trim replace default first sort tojson ...
//
// template_methods.cc, template_filters.cc, template_list_filters.cc and template_tests.cc have the
// tables of all functions. A field that is missing may be asked for by `is defined` and `default`;
// anything else is an error that names it. Values print as Python's `str` prints them, a final line
// end is kept. Work, size and nesting are bounded. Compile once per task, render once per row.
#pragma once

#include <string>
#include <string_view>

#include "benchmarks/template_parser.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// A compiled template. A value; reading it from several threads is safe.
class Template {
 public:
  /// bad_input: "line L, column C of the template: WHAT"; also for what is no UTF-8.
  static Result<Template> compile(std::string_view text);

  /// Appends what the template prints for `row`, an object. On failure `out` holds a part, and the
  /// error names the field and its place in the template.
  Status render(const Json& row, std::string& out) const;

  /// Whether the template is one `{{ expression }}` and nothing else.
  bool is_expression() const { return expression_; }
  /// The value of that expression; of what JSON does not have (a tuple, a range), the text that it
  /// prints as. REQUIRES: is_expression().
  Result<Json> evaluate(const Json& row) const;

 private:
  Template() = default;
  std::string text_;
  TemplateTree tree_;
  bool expression_ = false;
};

}  // namespace gwageo
