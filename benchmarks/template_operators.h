// The operators of template expressions, as Python's int, float, str, list and tuple have them.
#pragma once

#include <string_view>

#include "benchmarks/template_value.h"
#include "protocol/result.h"

namespace gwageo {

enum class TemplateOperator { add, subtract, multiply, divide, floor_divide, remainder, power };

// Errors are bad_input, say what Python refuses (or what 64 bits cannot hold) and have no place.
// REQUIRES of every value: it is defined.

Result<TemplateValue> operate(TemplateMemory& memory, TemplateOperator operation,
                              const TemplateValue& left, const TemplateValue& right);
/// -value, or +value.
Result<TemplateValue> with_sign(bool negative, const TemplateValue& value);
/// `part in whole`.
Result<bool> contains(TemplateMemory& memory, const TemplateValue& part,
                      const TemplateValue& whole);
/// Less than 0, 0 or more for left < right, ==, >. `operation` is named where they have no order.
Result<int> order_of(const TemplateValue& left, const TemplateValue& right,
                     std::string_view operation);
/// Whether `left OPERATION right` holds for an order; `operation` is < <= > or >=.
bool holds(std::string_view operation, int order);

}  // namespace gwageo
