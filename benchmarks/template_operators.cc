#include "benchmarks/template_operators.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "benchmarks/template_functions.h"

namespace gwageo {
namespace {

using Kind = TemplateValue::Kind;
using Shape = TemplateList::Shape;
using Value = Result<TemplateValue>;

// Up to here every integer is a double.
constexpr std::int64_t exact_max = std::int64_t{1} << 53;

std::string_view name_of_operator(TemplateOperator operation) {
  static constexpr std::string_view names[] = {"+", "-", "*", "/", "//", "%", "**"};
  return names[static_cast<std::size_t>(operation)];
}

tl::unexpected<Error> no_such(std::string_view operation, const TemplateValue& left,
                              const TemplateValue& right) {
  return template_refusal("'" + std::string(operation) + "' between " +
                          std::string(value_kind(left)) + " and " + std::string(value_kind(right)));
}

tl::unexpected<Error> too_large() { return template_refusal("an integer beyond 64 bits"); }

bool is_whole(const TemplateValue& value) {
  return value.is(Kind::integer) || value.is(Kind::boolean);
}
bool is_number(const TemplateValue& value) { return is_whole(value) || value.is(Kind::real); }

// Booleans count as numbers, as they do in Python.
std::int64_t whole_of(const TemplateValue& value) {
  return value.is(Kind::boolean) ? (value.boolean ? 1 : 0) : value.integer;
}
double real_of(const TemplateValue& value) {
  return value.is(Kind::real) ? value.real : static_cast<double>(whole_of(value));
}

Value whole_power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) {
    if (base == 0) return template_refusal("zero to a negative power");
    return TemplateValue::of(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  }
  std::int64_t out = 1;
  if (base >= -1 && base <= 1) return TemplateValue::of(exponent % 2 == 0 ? base * base : base);
  for (; exponent > 0; --exponent) {
    if (__builtin_mul_overflow(out, base, &out)) return too_large();
  }
  return TemplateValue::of(out);
}

// Python's // and % round towards minus infinity.
Value whole_quotient(TemplateOperator operation, std::int64_t left, std::int64_t right) {
  if (right == 0) return template_refusal("a division by zero");
  if (right == -1) {
    if (operation == TemplateOperator::remainder) return TemplateValue::of(std::int64_t{0});
    if (left == INT64_MIN) return too_large();
  }
  const std::int64_t remainder = left % right;
  const bool below = remainder != 0 && (remainder < 0) != (right < 0);
  if (operation == TemplateOperator::remainder) {
    return TemplateValue::of(below ? remainder + right : remainder);
  }
  return TemplateValue::of(left / right - (below ? 1 : 0));
}

Value operate_on_wholes(TemplateOperator operation, std::int64_t left, std::int64_t right) {
  std::int64_t out = 0;
  bool overflows = false;
  switch (operation) {
    case TemplateOperator::add: overflows = __builtin_add_overflow(left, right, &out); break;
    case TemplateOperator::subtract: overflows = __builtin_sub_overflow(left, right, &out); break;
    case TemplateOperator::multiply: overflows = __builtin_mul_overflow(left, right, &out); break;
    case TemplateOperator::divide:
      if (right == 0) return template_refusal("a division by zero");
      if (std::max(left, right) > exact_max || std::min(left, right) < -exact_max) {
        return template_refusal("'/' of integers that no double holds");
      }
      return TemplateValue::of(static_cast<double>(left) / static_cast<double>(right));
    case TemplateOperator::floor_divide:
    case TemplateOperator::remainder: return whole_quotient(operation, left, right);
    case TemplateOperator::power: return whole_power(left, right);
  }
  if (overflows) return too_large();
  return TemplateValue::of(out);
}

// As CPython's float_divmod: the remainder has the sign of the divisor.
Value real_quotient(TemplateOperator operation, double left, double right) {
  double remainder = std::fmod(left, right);
  double quotient = (left - remainder) / right;
  if (remainder == 0) {
    remainder = std::copysign(0.0, right);
  } else if ((right < 0) != (remainder < 0)) {
    remainder += right;
    quotient -= 1;
  }
  if (operation == TemplateOperator::remainder) return TemplateValue::of(remainder);
  if (quotient == 0) return TemplateValue::of(std::copysign(0.0, left / right));
  const double floor = std::floor(quotient);
  return TemplateValue::of(quotient - floor > 0.5 ? floor + 1 : floor);
}

Value operate_on_reals(TemplateOperator operation, double left, double right) {
  double out = 0;
  switch (operation) {
    case TemplateOperator::add: out = left + right; break;
    case TemplateOperator::subtract: out = left - right; break;
    case TemplateOperator::multiply: out = left * right; break;
    case TemplateOperator::divide:
    case TemplateOperator::floor_divide:
    case TemplateOperator::remainder:
      if (right == 0) return template_refusal("a division by zero");
      if (operation != TemplateOperator::divide) return real_quotient(operation, left, right);
      out = left / right;
      break;
    case TemplateOperator::power:
      if (left == 0 && right < 0) return template_refusal("zero to a negative power");
      out = std::pow(left, right);
      break;
  }
  if (!std::isfinite(out)) return template_refusal("a number beyond what a double holds");
  return TemplateValue::of(out);
}

Shape shape_of(const TemplateValue& list) {
  return list.is(Kind::list) ? list.list->shape : Shape::list;
}

Value add_lists(TemplateMemory& memory, const TemplateValue& left, const TemplateValue& right) {
  const Shape shape = shape_of(left);
  if (shape != shape_of(right) || shape > Shape::tuple) return no_such("+", left, right);
  TemplateList out;
  out.shape = shape;
  GWAGEO_TRY(memory.spend(list_size(left) + list_size(right)));
  for (const TemplateValue& list : {left, right}) {
    for (std::size_t i = 0; i < list_size(list); ++i) out.elements.push_back(list_element(list, i));
  }
  return memory.keep(std::move(out));
}

Value repeat(TemplateMemory& memory, const TemplateValue& whole, std::int64_t times) {
  const std::size_t count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  const std::size_t size = whole.is_text() ? whole.size : list_size(whole);
  if (size > 0 && count > TemplateMemory::text_bytes_max / size) {
    return template_refusal("'*' gives more than " +
                            std::to_string(TemplateMemory::text_bytes_max) + " bytes");
  }
  GWAGEO_TRY(memory.spend(count * size / (whole.is_text() ? 64 : 1)));
  if (whole.is_text()) {
    std::string out;
    out.reserve(size * count);
    for (std::size_t i = 0; size > 0 && i < count; ++i) out += whole.text();
    return memory.keep(std::move(out));
  }
  TemplateList out;
  out.shape = shape_of(whole);
  for (std::size_t i = 0; size > 0 && i < count * size; ++i) {
    out.elements.push_back(list_element(whole, i % size));
  }
  return memory.keep(std::move(out));
}

bool may_repeat(const TemplateValue& value) {
  return value.is_text() || (value.is_list() && shape_of(value) <= Shape::tuple);
}

Result<int> order_of_lists(const TemplateValue& left, const TemplateValue& right,
                           std::string_view operation) {
  const std::size_t size = std::min(list_size(left), list_size(right));
  for (std::size_t i = 0; i < size; ++i) {
    if (python_equal(list_element(left, i), list_element(right, i))) continue;
    return order_of(list_element(left, i), list_element(right, i), operation);
  }
  if (list_size(left) == list_size(right)) return 0;
  return list_size(left) < list_size(right) ? -1 : 1;
}

int sign_of(bool less, bool more) { return less ? -1 : more ? 1 : 0; }

}  // namespace

Result<TemplateValue> operate(TemplateMemory& memory, TemplateOperator operation,
                              const TemplateValue& left, const TemplateValue& right) {
  if (is_whole(left) && is_whole(right)) {
    return operate_on_wholes(operation, whole_of(left), whole_of(right));
  }
  if (is_number(left) && is_number(right)) {
    return operate_on_reals(operation, real_of(left), real_of(right));
  }
  if (left.is_markup || right.is_markup) {
    return template_refusal("an operator after 'tojson', which escapes text for HTML");
  }
  if (operation == TemplateOperator::add && left.is_text() && right.is_text()) {
    std::string out;
    out.reserve(left.size + right.size);
    return memory.keep(std::move(out.append(left.text()).append(right.text())));
  }
  if (operation == TemplateOperator::add && left.is_list() && right.is_list()) {
    return add_lists(memory, left, right);
  }
  if (operation == TemplateOperator::multiply) {
    if (may_repeat(left) && is_whole(right)) return repeat(memory, left, whole_of(right));
    if (is_whole(left) && may_repeat(right)) return repeat(memory, right, whole_of(left));
  }
  return no_such(name_of_operator(operation), left, right);
}

Result<TemplateValue> with_sign(bool negative, const TemplateValue& value) {
  if (!is_number(value)) return template_refusal("a sign before " + std::string(value_kind(value)));
  if (value.is(Kind::real)) return TemplateValue::of(negative ? -value.real : value.real);
  const std::int64_t whole = whole_of(value);
  if (negative && whole == INT64_MIN) return too_large();
  return TemplateValue::of(negative ? -whole : whole);
}

Result<bool> contains(TemplateMemory& memory, const TemplateValue& part,
                      const TemplateValue& whole) {
  if (whole.is_text() && part.is_text()) {
    return whole.text().find(part.text()) != std::string_view::npos;
  }
  if (whole.is_list()) {
    GWAGEO_ASSIGN(elements, iterated(whole));
    GWAGEO_TRY(memory.spend(elements.size()));
    return std::any_of(elements.begin(), elements.end(),
                       [&](const TemplateValue& one) { return python_equal(one, part); });
  }
  if (whole.is_mapping() && !is_hashable(part)) {
    return template_refusal("a list or object as a key");
  }
  if (whole.is_mapping()) return mapping_find(whole, part).is_given();
  return no_such("in", part, whole);
}

Result<int> order_of(const TemplateValue& left, const TemplateValue& right,
                     std::string_view operation) {
  if (left.is_text() && right.is_text()) {
    const int order = left.text().compare(right.text());  // UTF-8 orders as its code points do.
    return sign_of(order<0, order> 0);
  }
  if (is_whole(left) && is_whole(right)) {
    return sign_of(whole_of(left) < whole_of(right), whole_of(left) > whole_of(right));
  }
  if (is_number(left) && is_number(right)) {
    if (std::isnan(real_of(left)) || std::isnan(real_of(right))) {
      return template_refusal("the order of what is not a number");
    }
    const auto wide = [](const TemplateValue& value) {  // Holds both without loss.
      return value.is(Kind::real) ? static_cast<long double>(value.real)
                                  : static_cast<long double>(whole_of(value));
    };
    return sign_of(wide(left) < wide(right), wide(left) > wide(right));
  }
  if (left.is_list() && right.is_list() && shape_of(left) == shape_of(right) &&
      shape_of(left) <= Shape::tuple) {
    return order_of_lists(left, right, operation);
  }
  return no_such(operation, left, right);
}

bool holds(std::string_view operation, int order) {
  if (operation == "<") return order < 0;
  if (operation == "<=") return order <= 0;
  return operation == ">" ? order > 0 : order >= 0;
}

}  // namespace gwageo
