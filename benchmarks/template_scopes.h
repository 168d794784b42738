// Names that Jinja takes for a variable before it is set.
//
// Jinja decides where a name lives when it compiles. In
//
//   {% for x in c %}{{ a }}{% endfor %}{% set a = 1 %}
//
// the loop's `a` is the variable that is set after it, which has no value yet, and not the row's
// field `a`. Whoever wrote that meant the field; here it is refused rather than read either way.
#pragma once

#include <string_view>

#include "benchmarks/template_parser.h"
#include "protocol/result.h"

namespace gwageo {

/// bad_input with a place where a block reads a name that is first set after the block, around it.
Status check_scopes(std::string_view text, const TemplateTree& tree);

}  // namespace gwageo
