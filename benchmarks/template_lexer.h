// The words of a prompt template: text, and the names, strings, numbers and operators between
// `{{ }}` and `{% %}`. Comments `{# #}` are dropped; `{{-`, `-}}`, `{%-` and `-%}` take the white
// space beside them away; what stands between `{% raw %}` and `{% endraw %}` is text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

struct TemplateToken {
  enum class Kind {
    text,              ///< `text` is printed as it is.
    expression_begin,  ///< {{
    expression_end,    ///< }}
    statement_begin,   ///< {%
    statement_end,     ///< %}
    name,
    string,     ///< `text` is the value, escapes resolved.
    integer,    ///< `integer` is the value.
    real,       ///< `real` is the value.
    operation,  ///< `text` is one of the operators and brackets.
    end,
  };
  Kind kind = Kind::end;
  std::string text;
  std::int64_t integer = 0;
  double real = 0;
  std::size_t offset = 0;  ///< In the template's text.
};

/// The tokens of a template, an `end` token last. bad_input, beginning with "line L, column C of
/// the template", for what is no token. REQUIRES: line ends are "\n".
Result<std::vector<TemplateToken>> lex_template(std::string_view text);

/// "line L, column C of the template", 1-based, columns in bytes.
std::string template_place(std::string_view text, std::size_t offset);

/// An error for a construct of the template language that lies outside the subset.
tl::unexpected<Error> outside_subset(std::string_view text, std::size_t offset,
                                     std::string_view construct);

}  // namespace gwageo
