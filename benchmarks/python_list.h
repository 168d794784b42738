// Lists as the literals of Python write them: choices and targets that a template prints are read
// as such. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// What Python's `ast.literal_eval` makes of `text`, where that is a list or a tuple: an array.
/// Nothing where it makes something else of it, or fails. bad_input, by name, for a list that holds
/// what Json does not: tuples, sets, bytes, complex numbers, `...`, integers beyond 64 bits, keys
/// that are no strings, `\N{...}` and lone surrogates.
Result<std::optional<Json>> read_python_list(std::string_view text);

}  // namespace gwageo
