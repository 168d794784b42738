// What a template prints for a value.
#pragma once

#include <string>

#include "benchmarks/template_value.h"
#include "protocol/result.h"

namespace gwageo {

// Errors are bad_input, say what cannot be printed and have no place; `out` then holds a part.

/// Appends Python's `str(value)`: texts as they are, None, True, [1, 'a'], {'k': 2.0}.
Status append_text(std::string& out, const TemplateValue& value);
/// Appends Python's `repr(value)`.
Status append_literal(std::string& out, const TemplateValue& value);
/// Python's `str(value)` as a text, which for a text is itself.
Result<TemplateValue> text_of(TemplateMemory& memory, const TemplateValue& value);

}  // namespace gwageo
