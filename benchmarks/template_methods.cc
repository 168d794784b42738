// Methods of strings, lists and objects.
#include <algorithm>
#include <utility>

#include "benchmarks/letter_case.h"
#include "benchmarks/python_strings.h"
#include "benchmarks/python_text.h"
#include "benchmarks/template_functions.h"
#include "benchmarks/template_text.h"

namespace gwageo {
namespace {

using Kind = TemplateValue::Kind;
using Shape = TemplateList::Shape;
using Value = Result<TemplateValue>;

std::string literal_of(const TemplateValue& value) {
  std::string out;
  const Status appended = append_literal(out, value);
  return appended ? out : std::string(value_kind(value));
}

Value strip(const TemplateCall& call, bool left, bool right) {
  const TemplateValue& set = call.arguments[0];
  const std::string_view text = call.subject.text();
  if (!set.is_given() || set.is(Kind::none)) {
    return TemplateValue::of(strip_space(text, left, right));
  }
  if (!set.is_text()) return template_refusal("what to strip is no string");
  return TemplateValue::of(strip_characters(text, set.text(), left, right));
}

// An optional count: omitted is -1, which Python reads as all.
Result<std::int64_t> count_of(const TemplateValue& value) {
  if (!value.is_given()) return -1;
  if (value.is(Kind::integer)) return value.integer;
  return template_refusal("a count that is no integer");
}

Value replace_in_text(const TemplateCall& call) {
  const TemplateValue& from = call.arguments[0];
  const TemplateValue& to = call.arguments[1];
  if (!from.is_text() || !to.is_text()) {
    return template_refusal("'replace' with anything but two strings");
  }
  GWAGEO_ASSIGN(count, count_of(call.arguments[2]));
  GWAGEO_ASSIGN(text, replaced(call.subject.text(), from.text(), to.text(), count,
                               TemplateMemory::text_bytes_max));
  return call.memory.keep(std::move(text));
}

Value split(const TemplateCall& call, bool from_right) {
  const TemplateValue& separator = call.arguments[0];
  GWAGEO_ASSIGN(count, count_of(call.arguments[1]));
  TemplateList parts;
  if (separator.is_given() && !separator.is(Kind::none)) {
    if (!separator.is_text() || separator.size == 0) {
      return template_refusal("'split' at anything but a string that is not empty");
    }
    for (const std::string_view part :
         split_at(call.subject.text(), separator.text(), count, from_right)) {
      parts.elements.push_back(TemplateValue::of(part));
    }
  } else {
    if (from_right && count >= 0) return template_refusal("'rsplit' at white space with a count");
    for (const std::string_view part : split_at_space(call.subject.text(), count)) {
      parts.elements.push_back(TemplateValue::of(part));
    }
  }
  return call.memory.keep(std::move(parts));
}

Value split_lines(const TemplateCall& call) {
  TemplateList lines;
  for (const std::string_view line : python_lines(call.subject.text())) {
    lines.elements.push_back(TemplateValue::of(line));
  }
  return call.memory.keep(std::move(lines));
}

Value join_elements(const TemplateCall& call) {
  GWAGEO_ASSIGN(elements, iterated(call.arguments[0]));
  GWAGEO_TRY(call.memory.spend(elements.size()));
  std::string out;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (!elements[i].is_text()) {
      return template_refusal("'join' of a list that holds " +
                              std::string(value_kind(elements[i])));
    }
    if (i > 0) out += call.subject.text();
    out += elements[i].text();
    if (out.size() > TemplateMemory::text_bytes_max) break;
  }
  return call.memory.keep(std::move(out));
}

// Where in the list, or the character where in the string.
Value index_in_list(const TemplateCall& call) {
  GWAGEO_TRY(call.memory.spend(list_size(call.subject)));
  for (std::size_t i = 0; i < list_size(call.subject); ++i) {
    if (python_equal(list_element(call.subject, i), call.arguments[0])) {
      return TemplateValue::of(static_cast<std::int64_t>(i));
    }
  }
  return template_refusal("'index': " + literal_of(call.arguments[0]) + " is not in the list");
}

Value find_in(const TemplateCall& call, std::string_view name, bool last) {
  const TemplateValue& wanted = call.arguments[0];
  if (!wanted.is_text()) {
    return template_refusal("'" + std::string(name) + "' of anything but a string in a string");
  }
  const std::string_view text = call.subject.text();
  const std::size_t found = last ? text.rfind(wanted.text()) : text.find(wanted.text());
  if (found != text.npos) {
    return TemplateValue::of(static_cast<std::int64_t>(character_count(text.substr(0, found))));
  }
  if (name == "find" || name == "rfind") return TemplateValue::of(std::int64_t{-1});
  return template_refusal("'" + std::string(name) + "': " + literal_of(wanted) +
                          " is not in the string");
}

Value count_in(const TemplateCall& call) {
  const TemplateValue& wanted = call.arguments[0];
  std::int64_t found = 0;
  if (call.subject.is_list()) {
    GWAGEO_TRY(call.memory.spend(list_size(call.subject)));
    for (std::size_t i = 0; i < list_size(call.subject); ++i) {
      found += python_equal(list_element(call.subject, i), wanted) ? 1 : 0;
    }
    return TemplateValue::of(found);
  }
  if (!wanted.is_text() || wanted.size == 0) {
    return template_refusal("'count' of anything but a string that is not empty");
  }
  const std::string_view text = call.subject.text();
  for (std::size_t at = text.find(wanted.text()); at != text.npos;
       at = text.find(wanted.text(), at + wanted.size)) {
    ++found;
  }
  return TemplateValue::of(found);
}

// Whether the string begins, or ends, with the argument or with one of a tuple of them.
Value touches(const TemplateCall& call, bool at_end) {
  std::vector<TemplateValue> wanted = {call.arguments[0]};
  if (wanted[0].is(Kind::list) && wanted[0].list->shape == Shape::tuple) {
    wanted = call.arguments[0].list->elements;
  }
  bool found = false;
  for (const TemplateValue& one : wanted) {
    if (!one.is_text()) return template_refusal("a prefix or suffix that is no string");
    const std::string_view text = call.subject.text();
    found = found || (at_end ? text.ends_with(one.text()) : text.starts_with(one.text()));
  }
  return TemplateValue::of(found);
}

Value without(const TemplateCall& call, bool at_end) {
  if (!call.arguments[0].is_text()) return template_refusal("a prefix or suffix that is no string");
  std::string_view text = call.subject.text();
  const std::string_view part = call.arguments[0].text();
  if (at_end && text.ends_with(part)) text.remove_suffix(part.size());
  if (!at_end && text.starts_with(part)) text.remove_prefix(part.size());
  return TemplateValue::of(text);
}

Value is_all_digits(const TemplateCall& call) {
  bool all = call.subject.size > 0;
  for (const char c : call.subject.text()) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      return template_refusal("'isdigit' of characters outside ASCII");
    }
    all = all && c >= '0' && c <= '9';
  }
  return TemplateValue::of(all);
}

// "{} and {0}": braces that hold nothing or a number.
Value format(const TemplateCall& call) {
  const std::string_view text = call.subject.text();
  std::string out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{' && text[i] != '}') {
      out += text[i];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == text[i]) {
      out += text[i++];
      continue;
    }
    const std::size_t close = text.find('}', i);
    if (text[i] == '}' || close == text.npos) return template_refusal("'format' of a single brace");
    const std::string_view name = text.substr(i + 1, close - i - 1);
    const bool by_number = name.size() == 1 && name[0] >= '0' && name[0] <= '9';
    if (!name.empty() && !by_number) {
      return template_refusal("'format' with '{" + std::string(name) + "}'; write {} or {0}");
    }
    const std::size_t place = by_number ? static_cast<std::size_t>(name[0] - '0') : next++;
    if (place >= call.arguments.size() || !call.arguments[place].is_given()) {
      return template_refusal("'format' with too few arguments");
    }
    GWAGEO_TRY(append_text(out, call.arguments[place]));
    i = close;
  }
  return call.memory.keep(std::move(out));
}

Value view(const TemplateCall& call, Shape shape) {
  TemplateList out;
  out.shape = shape;
  GWAGEO_TRY(call.memory.spend(mapping_size(call.subject)));
  for (std::size_t i = 0; i < mapping_size(call.subject); ++i) {
    const auto [key, value] = mapping_member(call.subject, i);
    if (shape != Shape::items) {
      out.elements.push_back(shape == Shape::keys ? key : value);
      continue;
    }
    TemplateList pair;
    pair.shape = Shape::tuple;
    pair.elements = {key, value};
    GWAGEO_ASSIGN(item, call.memory.keep(std::move(pair)));
    out.elements.push_back(item);
  }
  return call.memory.keep(std::move(out));
}

Value get(const TemplateCall& call) {
  if (!is_hashable(call.arguments[0])) return template_refusal("a list or object as a key");
  const TemplateValue found = mapping_find(call.subject, call.arguments[0]);
  if (found.is_given()) return found;
  return call.arguments[1].is_given() ? call.arguments[1] : TemplateValue::of_none();
}

// Which kinds of value have a method.
enum class Owner { text, list, text_and_list, mapping };

struct Method {
  Owner owner;
  TemplateFunction function;
};

using Call = const TemplateCall&;
constexpr Method methods[] = {
    {Owner::text, {"strip", 0, 1, "_ ", [](Call c) { return strip(c, true, true); }}},
    {Owner::text, {"lstrip", 0, 1, "_ ", [](Call c) { return strip(c, true, false); }}},
    {Owner::text, {"rstrip", 0, 1, "_ ", [](Call c) { return strip(c, false, true); }}},
    {Owner::text,
     {"lower", 0, 0, "", [](Call c) { return c.memory.keep(python_lower(c.subject.text())); }}},
    {Owner::text,
     {"upper", 0, 0, "", [](Call c) { return c.memory.keep(python_upper(c.subject.text())); }}},
    {Owner::text,
     {"capitalize", 0, 0, "",
      [](Call c) { return c.memory.keep(python_capitalize(c.subject.text())); }}},
    {Owner::text,
     {"title", 0, 0, "", [](Call c) { return c.memory.keep(python_title(c.subject.text())); }}},
    {Owner::text, {"join", 1, 1, "_ ", join_elements}},
    {Owner::text, {"replace", 2, 3, "_ _ _ ", replace_in_text}},
    {Owner::text, {"split", 0, 2, "sep maxsplit ", [](Call c) { return split(c, false); }}},
    {Owner::text, {"rsplit", 0, 2, "sep maxsplit ", [](Call c) { return split(c, true); }}},
    {Owner::text, {"splitlines", 0, 0, "", split_lines}},
    {Owner::text_and_list,
     {"index", 1, 1, "_ ",
      [](Call c) { return c.subject.is_list() ? index_in_list(c) : find_in(c, "index", false); }}},
    {Owner::text, {"rindex", 1, 1, "_ ", [](Call c) { return find_in(c, "rindex", true); }}},
    {Owner::text, {"find", 1, 1, "_ ", [](Call c) { return find_in(c, "find", false); }}},
    {Owner::text, {"rfind", 1, 1, "_ ", [](Call c) { return find_in(c, "rfind", true); }}},
    {Owner::text_and_list, {"count", 1, 1, "_ ", count_in}},
    {Owner::text, {"startswith", 1, 1, "_ ", [](Call c) { return touches(c, false); }}},
    {Owner::text, {"endswith", 1, 1, "_ ", [](Call c) { return touches(c, true); }}},
    {Owner::text, {"removeprefix", 1, 1, "_ ", [](Call c) { return without(c, false); }}},
    {Owner::text, {"removesuffix", 1, 1, "_ ", [](Call c) { return without(c, true); }}},
    {Owner::text, {"isdigit", 0, 0, "", is_all_digits}},
    {Owner::text, {"format", 0, 8, "_ _ _ _ _ _ _ _ ", format}},
    {Owner::mapping, {"keys", 0, 0, "", [](Call c) { return view(c, Shape::keys); }}},
    {Owner::mapping, {"values", 0, 0, "", [](Call c) { return view(c, Shape::values); }}},
    {Owner::mapping, {"items", 0, 0, "", [](Call c) { return view(c, Shape::items); }}},
    {Owner::mapping, {"get", 1, 2, "_ _ ", get}},
};

bool has_method(const TemplateValue& value, Owner owner) {
  if (value.is_text()) return owner == Owner::text || owner == Owner::text_and_list;
  if (value.is_mapping()) return owner == Owner::mapping;
  return value.is_list() && owner == Owner::text_and_list &&
         (value.is(Kind::row_list) || value.list->shape <= Shape::range);
}

// Attributes of Python's types that are no methods of the table above.
constexpr std::string_view text_attributes =
    " casefold center encode expandtabs format_map isalnum isalpha isascii isdecimal isidentifier "
    "islower isnumeric isprintable isspace istitle isupper ljust maketrans partition rjust "
    "rpartition swapcase translate zfill ";
constexpr std::string_view list_attributes =
    " append clear copy extend insert pop remove reverse sort start stop step ";
constexpr std::string_view mapping_attributes =
    " clear copy fromkeys pop popitem setdefault update ";
constexpr std::string_view number_attributes =
    " as_integer_ratio bit_count bit_length conjugate denominator from_bytes fromhex hex imag "
    "is_integer numerator real to_bytes ";

}  // namespace

const TemplateFunction* find_method(std::string_view name) {
  for (const Method& method : methods) {
    if (method.function.name == name) return &method.function;
  }
  return nullptr;
}

bool has_method(const TemplateValue& value, const TemplateFunction& method) {
  for (const Method& known : methods) {
    if (&known.function == &method) return has_method(value, known.owner);
  }
  return false;
}

bool is_mapping_attribute(std::string_view name) {
  for (const Method& method : methods) {
    if (method.function.name == name && method.owner == Owner::mapping) return true;
  }
  return mapping_attributes.find(" " + std::string(name) + " ") != std::string_view::npos;
}

bool is_python_attribute(const TemplateValue& value, std::string_view name) {
  if (name.starts_with("__")) return true;
  for (const Method& method : methods) {
    if (method.function.name == name && has_method(value, method.owner)) return true;
  }
  const std::string_view names = value.is_text()      ? text_attributes
                                 : value.is_list()    ? list_attributes
                                 : value.is_mapping() ? mapping_attributes
                                                      : number_attributes;
  return names.find(" " + std::string(name) + " ") != names.npos;
}

}  // namespace gwageo
