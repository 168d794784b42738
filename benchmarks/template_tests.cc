// Tests: what stands after `is`.
#include <algorithm>
#include <string>

#include "benchmarks/letter_case.h"
#include "benchmarks/template_functions.h"
#include "benchmarks/template_operators.h"
#include "benchmarks/template_text.h"

namespace gwageo {
namespace {

using Kind = TemplateValue::Kind;
using Shape = TemplateList::Shape;
using Value = Result<TemplateValue>;
using Call = const TemplateCall&;

Value truth(bool value) { return TemplateValue::of(value); }

bool is_missing_value(const TemplateValue& value) {
  return value.is(Kind::undefined) || value.is(Kind::nothing);
}

bool is_iterator(const TemplateValue& value) {
  return value.is(Kind::list) && value.list->shape == Shape::iterator;
}

Value is_sequence(Call call) {
  const TemplateValue& value = call.subject;
  if (value.is(Kind::list) && value.list->shape >= Shape::keys) {
    if (!is_iterator(value)) return template_refusal("'sequence' of a view");
    return truth(false);
  }
  return truth(value.is_text() || value.is_list() || value.is_mapping() || value.is(Kind::nothing));
}

Value is_iterable(Call call) {
  const TemplateValue& value = call.subject;
  return truth(value.is_text() || value.is_list() || value.is_mapping() || value.is(Kind::nothing));
}

Value has_case(Call call, std::string (*mapped)(std::string_view)) {
  GWAGEO_ASSIGN(printed, text_of(call.memory, call.subject));
  const std::string_view text = printed.text();
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return template_refusal("a test of case on letters outside ASCII");
  }
  const bool has_letters = python_lower(text) != python_upper(text);
  return truth(has_letters && mapped(text) == text);
}

Value divides(Call call, const TemplateValue& divisor, std::int64_t wanted) {
  GWAGEO_ASSIGN(rest, operate(call.memory, TemplateOperator::remainder, call.subject, divisor));
  return truth(python_equal(rest, TemplateValue::of(wanted)));
}

Value compares(Call call, std::string_view operation) {
  GWAGEO_ASSIGN(order, order_of(call.subject, call.arguments[0], operation));
  return truth(holds(operation, order));
}

Value is_in(Call call) {
  GWAGEO_ASSIGN(inside, contains(call.memory, call.subject, call.arguments[0]));
  return truth(inside);
}

Value is_equal_to(Call call) { return truth(python_equal(call.subject, call.arguments[0])); }
Value is_unequal(Call call) { return truth(!python_equal(call.subject, call.arguments[0])); }

template <Kind... kinds>
Value is_of_kind(Call call) {
  return truth((call.subject.is(kinds) || ...));
}

constexpr TemplateFunction test_table[] = {
    {"defined", 0, 0, "", [](Call c) { return truth(!is_missing_value(c.subject)); }, true},
    {"undefined", 0, 0, "", [](Call c) { return truth(is_missing_value(c.subject)); }, true},
    {"none", 0, 0, "", is_of_kind<Kind::none>, true},
    {"boolean", 0, 0, "", is_of_kind<Kind::boolean>, true},
    {"true", 0, 0, "",
     [](Call c) { return truth(c.subject.is(Kind::boolean) && c.subject.boolean); }, true},
    {"false", 0, 0, "",
     [](Call c) { return truth(c.subject.is(Kind::boolean) && !c.subject.boolean); }, true},
    {"integer", 0, 0, "", is_of_kind<Kind::integer>, true},
    {"float", 0, 0, "", is_of_kind<Kind::real>, true},
    {"number", 0, 0, "", is_of_kind<Kind::boolean, Kind::integer, Kind::real>, true},
    {"string", 0, 0, "", is_of_kind<Kind::text>, true},
    {"mapping", 0, 0, "", [](Call c) { return truth(c.subject.is_mapping()); }, true},
    {"iterable", 0, 0, "", is_iterable},
    {"sequence", 0, 0, "", is_sequence},
    {"lower", 0, 0, "", [](Call c) { return has_case(c, python_lower); }},
    {"upper", 0, 0, "", [](Call c) { return has_case(c, python_upper); }},
    {"odd", 0, 0, "", [](Call c) { return divides(c, TemplateValue::of(std::int64_t{2}), 1); }},
    {"even", 0, 0, "", [](Call c) { return divides(c, TemplateValue::of(std::int64_t{2}), 0); }},
    {"divisibleby", 1, 1, "num ", [](Call c) { return divides(c, c.arguments[0], 0); }},
    {"in", 1, 1, "seq ", is_in},
    {"eq", 1, 1, "_ ", is_equal_to},
    {"equalto", 1, 1, "_ ", is_equal_to},
    {"==", 1, 1, "_ ", is_equal_to},
    {"ne", 1, 1, "_ ", is_unequal},
    {"!=", 1, 1, "_ ", is_unequal},
    {"lt", 1, 1, "_ ", [](Call c) { return compares(c, "<"); }},
    {"lessthan", 1, 1, "_ ", [](Call c) { return compares(c, "<"); }},
    {"<", 1, 1, "_ ", [](Call c) { return compares(c, "<"); }},
    {"le", 1, 1, "_ ", [](Call c) { return compares(c, "<="); }},
    {"<=", 1, 1, "_ ", [](Call c) { return compares(c, "<="); }},
    {"gt", 1, 1, "_ ", [](Call c) { return compares(c, ">"); }},
    {"greaterthan", 1, 1, "_ ", [](Call c) { return compares(c, ">"); }},
    {">", 1, 1, "_ ", [](Call c) { return compares(c, ">"); }},
    {"ge", 1, 1, "_ ", [](Call c) { return compares(c, ">="); }},
    {">=", 1, 1, "_ ", [](Call c) { return compares(c, ">="); }},
};

}  // namespace

const TemplateFunction* find_test(std::string_view name) {
  const auto* const found = std::find_if(std::begin(test_table), std::end(test_table),
                                         [&](const TemplateFunction& t) { return t.name == name; });
  return found == std::end(test_table) ? nullptr : found;
}

}  // namespace gwageo
