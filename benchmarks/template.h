// Prompt templates: the part of the Jinja language that task files of the field use most, with its
// meaning, and nothing silently different. What is outside is refused by name when it is compiled.
//
//   text, {{ expression }}, {# comment #}, {% if %} {% elif %} {% else %} {% endif %}, {{- and -}}
//   names of the row's fields, a.b  a["b"]  a[0]  a[-1], strings, integers, [lists], true false
//   none x if c else y, or, and, not, == != < <= > >=, in, not in, + - ~ methods  strip lstrip
//   rstrip lower upper capitalize replace split join index filters  trim lower upper capitalize
//   replace join length count int string
//
// A field that is missing is an error, values print as Python's `str` prints them, a final line end
// is kept. Compile once per task, render once per row.
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
  /// bad_input: "line L, column C of the template: WHAT".
  static Result<Template> compile(std::string_view text);

  /// Appends what the template prints for `row`, an object. On failure `out` holds a part, and the
  /// error names the field and its place in the template.
  Status render(const Json& row, std::string& out) const;

  /// Whether the template is one `{{ expression }}` and nothing else.
  bool is_expression() const { return expression_; }
  /// The value of that expression. REQUIRES: is_expression().
  Result<Json> evaluate(const Json& row) const;

 private:
  Template() = default;
  std::string text_;
  TemplateTree tree_;
  bool expression_ = false;
};

}  // namespace gwageo
