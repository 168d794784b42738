// The filter `tojson`.
#pragma once

#include <cstdint>
#include <string>

#include "benchmarks/template_value.h"
#include "protocol/result.h"

namespace gwageo {

/// What Python's `json.dumps(value, sort_keys=True, indent=...)` gives, with <, >, & and ' escaped
/// as Jinja does; on one line for a negative indent. bad_input, without a place, for a value that
/// JSON does not have.
Result<std::string> html_safe_json(const TemplateValue& value, std::int64_t indent);

}  // namespace gwageo
