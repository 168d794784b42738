// JSON as Python's `json.dumps` writes it, because the field's harness hashes and logs documents in
// that form. Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocol/json.h"

namespace gwageo {

/// What `json.dumps(value, ensure_ascii=False)` gives: one line, ", " and ": " between parts, keys
/// in their order, other characters than ASCII as they are, doubles by `repr`, and NaN, Infinity
/// and -Infinity for those that JSON does not have. With `indent` > 0 the form of
/// `json.dumps(value, indent=indent, ensure_ascii=False)`: a line for each element and member.
std::string python_json(const Json& value, int indent = 0);

}  // namespace gwageo
