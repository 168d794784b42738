// Filters of lists and objects.
#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "benchmarks/letter_case.h"
#include "benchmarks/python_text.h"
#include "benchmarks/template_functions.h"
#include "benchmarks/template_operators.h"
#include "benchmarks/template_text.h"

namespace gwageo {
namespace {

using Kind = TemplateValue::Kind;
using Shape = TemplateList::Shape;
using Value = Result<TemplateValue>;
using Values = std::vector<TemplateValue>;

Result<Values> elements_of(const TemplateCall& call) {
  GWAGEO_ASSIGN(elements, iterated(call.subject));
  GWAGEO_TRY(call.memory.spend(elements.size()));
  return elements;
}

// Jinja does not even try to iterate what is false.
Result<Values> elements_of_true(const TemplateCall& call) {
  if (!python_true(call.subject)) return Values();
  return elements_of(call);
}

Value keep_list(const TemplateCall& call, Values elements, Shape shape) {
  TemplateList out;
  out.shape = shape;
  out.elements = std::move(elements);
  return call.memory.keep(std::move(out));
}

// One part of an attribute's path: a name, or the index of an element. Omitted where it is not
// there.
Value member_of(const TemplateValue& value, std::string_view name) {
  std::size_t index = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), index);
  const bool is_index = read.ec == std::errc() && read.ptr == name.data() + name.size();
  if (is_index && value.is_list()) {
    return index < list_size(value) ? list_element(value, index) : TemplateValue();
  }
  if (value.is_mapping() && !is_index) {
    const TemplateValue found = mapping_find(value, TemplateValue::of(name));
    if (found.is_given()) return found;
  }
  if (is_python_attribute(value, name)) {
    return template_refusal("the attribute '" + std::string(name) + "' of " +
                            std::string(value_kind(value)));
  }
  return TemplateValue();
}

// value.a.b for the attribute "a.b"; the value itself where no attribute is given.
Value attribute_of(const TemplateValue& value, const TemplateValue& attribute) {
  if (!attribute.is_given() || attribute.is(Kind::none)) return value;
  std::string path;
  if (!attribute.is_text() && !attribute.is(Kind::integer)) {
    return template_refusal("an attribute that is no string");
  }
  GWAGEO_TRY(append_text(path, attribute));
  TemplateValue at = value;
  std::string_view rest = path;
  while (at.is_given()) {
    const std::size_t dot = rest.find('.');
    GWAGEO_ASSIGN(next, member_of(at, rest.substr(0, dot)));
    at = next;
    if (dot == rest.npos) break;
    rest.remove_prefix(dot + 1);
  }
  return at;
}

Value known_attribute_of(const TemplateValue& value, const TemplateValue& attribute) {
  GWAGEO_ASSIGN(found, attribute_of(value, attribute));
  if (found.is_given()) return found;
  std::string name;
  GWAGEO_TRY(append_text(name, attribute));
  return template_refusal("the field '" + name + "' of an element is undefined");
}

// What elements are compared by: the attribute, in lower case unless case counts.
Value sort_key_of(const TemplateCall& call, const TemplateValue& value,
                  const TemplateValue& attribute, bool with_case) {
  GWAGEO_ASSIGN(key, known_attribute_of(value, attribute));
  if (with_case || !key.is_text()) return key;
  return call.memory.keep(python_lower(key.text()));
}

Value none_of(const TemplateCall& call, std::string what) {
  return call.memory.keep(TemplateMissing{std::move(what), call.offset});
}

bool is_set(const TemplateValue& flag) { return flag.is_given() && python_true(flag); }

Value length(const TemplateCall& call) {
  const TemplateValue& value = call.subject;
  std::size_t size = 0;
  if (value.is_text()) {
    size = character_count(value.text());
  } else if (value.is_list() && !(value.is(Kind::list) && value.list->shape == Shape::iterator)) {
    size = list_size(value);
  } else if (value.is_mapping()) {
    size = mapping_size(value);
  } else if (!value.is(Kind::nothing)) {
    return template_refusal("'length' of " + std::string(value_kind(value)));
  }
  return TemplateValue::of(static_cast<std::int64_t>(size));
}

Value join_list(const TemplateCall& call) {
  if (!call.subject.is_text() && !call.subject.is_list() && !call.subject.is_mapping()) {
    return template_refusal("'join' of " + std::string(value_kind(call.subject)));
  }
  GWAGEO_ASSIGN(elements, elements_of(call));
  std::string separator;
  if (call.arguments[0].is_given()) GWAGEO_TRY(append_text(separator, call.arguments[0]));
  std::string out;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) out += separator;
    GWAGEO_ASSIGN(part, known_attribute_of(elements[i], call.arguments[1]));
    GWAGEO_TRY(append_text(out, part));
    if (out.size() > TemplateMemory::text_bytes_max) return template_refusal("'join' of too much");
  }
  return call.memory.keep(std::move(out));
}

Value list(const TemplateCall& call) {
  GWAGEO_ASSIGN(elements, elements_of(call));
  return keep_list(call, std::move(elements), Shape::list);
}

Value first(const TemplateCall& call) {
  GWAGEO_ASSIGN(elements, elements_of(call));
  if (elements.empty()) return none_of(call, "'first' of an empty list is undefined");
  return elements.front();
}

Value last(const TemplateCall& call) {
  if (call.subject.is(Kind::list) && call.subject.list->shape == Shape::iterator) {
    return template_refusal("'last' of an iterator; write '| list | last'");
  }
  GWAGEO_ASSIGN(elements, elements_of(call));
  if (elements.empty()) return none_of(call, "'last' of an empty list is undefined");
  return elements.back();
}

Value reverse(const TemplateCall& call) {
  GWAGEO_ASSIGN(elements, elements_of(call));
  std::reverse(elements.begin(), elements.end());
  if (!call.subject.is_text()) return keep_list(call, std::move(elements), Shape::iterator);
  std::string out;
  for (const TemplateValue& one : elements) out += one.text();
  return call.memory.keep(std::move(out));
}

// Sorts stably by key; an order that Python has not is an error.
Result<Values> sorted_values(const TemplateCall& call, const TemplateValue& attribute,
                             bool with_case, bool backwards) {
  GWAGEO_ASSIGN(elements, elements_of(call));
  std::vector<std::pair<TemplateValue, TemplateValue>> keyed;
  for (const TemplateValue& one : elements) {
    GWAGEO_ASSIGN(key, sort_key_of(call, one, attribute, with_case));
    if (!keyed.empty()) GWAGEO_TRY(order_of(keyed.front().first, key, "<"));
    keyed.emplace_back(key, one);
  }
  GWAGEO_TRY(call.memory.spend(elements.size() * 16));
  Status comparable;
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    const auto order = order_of(a.first, b.first, "<");
    if (!order) comparable = tl::unexpected(order.error());
    return order && (backwards ? *order > 0 : *order < 0);
  });
  GWAGEO_TRY(std::move(comparable));
  for (std::size_t i = 0; i < keyed.size(); ++i) elements[i] = keyed[i].second;
  return elements;
}

Value sort(const TemplateCall& call) {
  const auto& arguments = call.arguments;
  GWAGEO_ASSIGN(elements,
                sorted_values(call, arguments[2], is_set(arguments[1]), is_set(arguments[0])));
  return keep_list(call, std::move(elements), Shape::list);
}

// The smallest or largest, the first of equal ones.
Value extreme(const TemplateCall& call, int sign) {
  GWAGEO_ASSIGN(elements, elements_of(call));
  if (elements.empty()) return none_of(call, "'min' or 'max' of an empty list is undefined");
  TemplateValue best = elements.front();
  for (const TemplateValue& one : elements) {
    GWAGEO_ASSIGN(key, sort_key_of(call, one, call.arguments[1], is_set(call.arguments[0])));
    GWAGEO_ASSIGN(best_key, sort_key_of(call, best, call.arguments[1], is_set(call.arguments[0])));
    GWAGEO_ASSIGN(order, order_of(key, best_key, sign < 0 ? "<" : ">"));
    if (order * sign > 0) best = one;
  }
  return best;
}

Value unique(const TemplateCall& call) {
  GWAGEO_ASSIGN(elements, elements_of(call));
  Values keys;
  Values out;
  for (const TemplateValue& one : elements) {
    GWAGEO_ASSIGN(key, sort_key_of(call, one, call.arguments[1], is_set(call.arguments[0])));
    if (!is_hashable(key)) return template_refusal("'unique' of lists");
    GWAGEO_TRY(call.memory.spend(keys.size()));
    const bool known = std::any_of(keys.begin(), keys.end(), [&](const TemplateValue& other) {
      return python_equal(key, other);
    });
    if (known) continue;
    keys.push_back(key);
    out.push_back(one);
  }
  return keep_list(call, std::move(out), Shape::iterator);
}

Value sum_of_list(const TemplateCall& call) {
  GWAGEO_ASSIGN(elements, elements_of(call));
  TemplateValue total =
      call.arguments[1].is_given() ? call.arguments[1] : TemplateValue::of(std::int64_t{0});
  if (total.is_text()) return template_refusal("'sum' of strings");
  for (const TemplateValue& one : elements) {
    GWAGEO_ASSIGN(part, known_attribute_of(one, call.arguments[0]));
    GWAGEO_ASSIGN(next, operate(call.memory, TemplateOperator::add, total, part));
    total = next;
  }
  return total;
}

// Applies the filter or test that the first argument names, with the arguments after it.
Value apply(const TemplateCall& call, const TemplateFunction* function, std::string_view kind,
            std::size_t arguments_from, const TemplateValue& subject) {
  const TemplateValue& name = call.arguments[arguments_from - 1];
  if (function == nullptr) {
    return template_refusal("the " + std::string(kind) + " '" +
                            (name.is_text() ? std::string(name.text()) : "?") + "'");
  }
  std::vector<TemplateValue> arguments(TemplateFunction::parameters_max);
  std::size_t given = 0;
  for (std::size_t i = arguments_from; i < 5; ++i) {
    arguments[i - arguments_from] = call.arguments[i];
    given += call.arguments[i].is_given() ? 1u : 0u;
  }
  if (given < function->required || given > function->positional) {
    return template_refusal("'" + std::string(function->name) + "' with " + std::to_string(given) +
                            " arguments");
  }
  if (!subject.is_given() && !function->takes_undefined) {
    return template_refusal("an attribute of an element is undefined");
  }
  TemplateValue defined = subject;
  if (!subject.is_given()) {
    GWAGEO_ASSIGN(missing, none_of(call, "an attribute of an element is undefined"));
    defined = missing;
  }
  GWAGEO_TRY(call.memory.spend(1));
  return function->body({call.memory, defined, arguments, call.offset});
}

// map(attribute="a"), or map("filter", its arguments).
Value map(const TemplateCall& call) {
  GWAGEO_ASSIGN(elements, elements_of_true(call));
  const TemplateValue& attribute = call.arguments[5];
  const TemplateValue& fallback = call.arguments[6];
  const TemplateValue& name = call.arguments[0];
  if (attribute.is_given() == name.is_given()) {
    return template_refusal("'map' needs either the name of a filter or attribute=");
  }
  const TemplateFunction* const filter = name.is_text() ? find_filter(name.text()) : nullptr;
  for (TemplateValue& one : elements) {
    if (name.is_given()) {
      GWAGEO_ASSIGN(mapped, apply(call, filter, "filter", 1, one));
      one = mapped;
    } else {
      GWAGEO_ASSIGN(found, attribute_of(one, attribute));
      if (!found.is_given() && !fallback.is_given()) GWAGEO_TRY(known_attribute_of(one, attribute));
      one = found.is_given() ? found : fallback;
    }
  }
  return keep_list(call, std::move(elements), Shape::iterator);
}

// select, reject, selectattr and rejectattr; without a test what is true is taken.
Value select(const TemplateCall& call, bool wanted, bool by_attribute) {
  GWAGEO_ASSIGN(elements, elements_of_true(call));
  const std::size_t test_at = by_attribute ? 1 : 0;
  const TemplateValue& name = call.arguments[test_at];
  const TemplateFunction* const test = name.is_text() ? find_test(name.text()) : nullptr;
  Values out;
  for (const TemplateValue& one : elements) {
    TemplateValue subject = one;
    if (by_attribute) {
      GWAGEO_ASSIGN(found, attribute_of(one, call.arguments[0]));
      subject = found;
    }
    bool holds = false;
    if (name.is_given()) {
      GWAGEO_ASSIGN(result, apply(call, test, "test", test_at + 1, subject));
      holds = python_true(result);
    } else {
      if (!subject.is_given()) return template_refusal("an attribute of an element is undefined");
      holds = python_true(subject);
    }
    if (holds == wanted) out.push_back(one);
  }
  return keep_list(call, std::move(out), Shape::iterator);
}

Values pair_of(const TemplateValue& mapping, std::size_t index) {
  const auto [key, value] = mapping_member(mapping, index);
  return {key, value};
}

Value items(const TemplateCall& call) {
  if (!call.subject.is_mapping()) {
    return template_refusal("'items' of " + std::string(value_kind(call.subject)));
  }
  Values out;
  GWAGEO_TRY(call.memory.spend(mapping_size(call.subject)));
  for (std::size_t i = 0; i < mapping_size(call.subject); ++i) {
    GWAGEO_ASSIGN(pair, keep_list(call, pair_of(call.subject, i), Shape::tuple));
    out.push_back(pair);
  }
  return keep_list(call, std::move(out), Shape::iterator);
}

Value sorted_mapping(const TemplateCall& call) {
  const TemplateValue& by = call.arguments[1];
  const std::string_view what = by.is_text() ? by.text() : "key";
  if (what != "key" && what != "value")
    return template_refusal("'dictsort' by '" + std::string(what) + "'");
  GWAGEO_ASSIGN(pairs, items(call));
  const TemplateCall inner{call.memory, pairs, call.arguments, call.offset};
  const TemplateValue place = TemplateValue::of(std::int64_t{what == "key" ? 0 : 1});
  GWAGEO_ASSIGN(out,
                sorted_values(inner, place, is_set(call.arguments[0]), is_set(call.arguments[2])));
  return keep_list(call, std::move(out), Shape::list);
}

using Call = const TemplateCall&;
constexpr TemplateFunction list_filter_table[] = {
    {"length", 0, 0, "", length},
    {"count", 0, 0, "", length},
    {"join", 0, 2, "d attribute ", join_list},
    {"list", 0, 0, "", list},
    {"first", 0, 0, "", first},
    {"last", 0, 0, "", last},
    {"reverse", 0, 0, "", reverse},
    {"sort", 0, 3, "reverse case_sensitive attribute ", sort},
    {"unique", 0, 2, "case_sensitive attribute ", unique},
    {"min", 0, 2, "case_sensitive attribute ", [](Call c) { return extreme(c, -1); }},
    {"max", 0, 2, "case_sensitive attribute ", [](Call c) { return extreme(c, 1); }},
    {"sum", 0, 2, "attribute start ", sum_of_list},
    {"map", 0, 5, "_ _ _ _ _ attribute default ", map},
    {"select", 0, 5, "_ _ _ _ _ ", [](Call c) { return select(c, true, false); }},
    {"reject", 0, 5, "_ _ _ _ _ ", [](Call c) { return select(c, false, false); }},
    {"selectattr", 1, 5, "_ _ _ _ _ ", [](Call c) { return select(c, true, true); }},
    {"rejectattr", 1, 5, "_ _ _ _ _ ", [](Call c) { return select(c, false, true); }},
    {"items", 0, 0, "", items},
    {"dictsort", 0, 3, "case_sensitive by reverse ", sorted_mapping},
};

}  // namespace

std::span<const TemplateFunction> list_filters() { return list_filter_table; }

}  // namespace gwageo
