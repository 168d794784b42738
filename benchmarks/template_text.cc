#include "benchmarks/template_text.h"

#include <charconv>
#include <utility>

#include "benchmarks/python_text.h"
#include "benchmarks/template_functions.h"

namespace gwageo {
namespace {

using Kind = TemplateValue::Kind;
using Shape = TemplateList::Shape;

void append_integer(std::string& out, std::int64_t value) {
  char raw[24];
  out.append(raw, std::to_chars(raw, raw + sizeof raw, value).ptr);
}

Status check_text_size(const std::string& out) {
  if (out.size() <= TemplateMemory::text_bytes_max) return {};
  return template_refusal("a text of more than " + std::to_string(TemplateMemory::text_bytes_max) +
                          " bytes");
}

Status append_elements(std::string& out, const TemplateValue& list) {
  for (std::size_t i = 0; i < list_size(list); ++i) {
    if (i > 0) out += ", ";
    GWAGEO_TRY(append_literal(out, list_element(list, i)));
  }
  return check_text_size(out);
}

Status append_range(std::string& out, const TemplateList& list) {
  out += "range(";
  append_integer(out, list.range[0]);
  out += ", ";
  append_integer(out, list.range[1]);
  if (list.range[2] != 1) {
    out += ", ";
    append_integer(out, list.range[2]);
  }
  out += ')';
  return {};
}

Status append_list(std::string& out, const TemplateValue& value) {
  const Shape shape = value.is(Kind::list) ? value.list->shape : Shape::list;
  switch (shape) {
    case Shape::range: return append_range(out, *value.list);
    case Shape::iterator:
      return template_refusal("an iterator prints as a place in memory; add '| list'");
    case Shape::keys: out += "dict_keys("; break;
    case Shape::values: out += "dict_values("; break;
    case Shape::items: out += "dict_items("; break;
    case Shape::list:
    case Shape::tuple: break;
  }
  const bool is_tuple = shape == Shape::tuple;
  out += is_tuple ? '(' : '[';
  GWAGEO_TRY(append_elements(out, value));
  if (is_tuple && list_size(value) == 1) out += ',';
  out += is_tuple ? ')' : ']';
  if (shape >= Shape::keys) out += ')';
  return {};
}

Status append_mapping(std::string& out, const TemplateValue& value) {
  out += '{';
  for (std::size_t i = 0; i < mapping_size(value); ++i) {
    const auto [key, member] = mapping_member(value, i);
    if (i > 0) out += ", ";
    GWAGEO_TRY(append_literal(out, key));
    out += ": ";
    GWAGEO_TRY(append_literal(out, member));
  }
  out += '}';
  return check_text_size(out);
}

}  // namespace

Status append_literal(std::string& out, const TemplateValue& value) {
  if (value.is(Kind::nothing))
    return template_refusal("nothing (an 'if' without 'else') in a list");
  if (!value.is_text()) return append_text(out, value);
  if (value.is_markup) return template_refusal("what 'tojson' gives, in a list");
  append_quoted(out, value.text());
  return {};
}

Status append_text(std::string& out, const TemplateValue& value) {
  switch (value.kind) {
    case Kind::text: out += value.text(); return {};
    case Kind::none: out += "None"; return {};
    case Kind::boolean: out += value.boolean ? "True" : "False"; return {};
    case Kind::integer: append_integer(out, value.integer); return {};
    case Kind::real: out += python_number(value.real); return {};
    case Kind::nothing: return {};
    case Kind::list:
    case Kind::row_list: return append_list(out, value);
    case Kind::row_object: return append_mapping(out, value);
    case Kind::dictionary:
      if (!value.dictionary->is_namespace) return append_mapping(out, value);
      break;
    case Kind::omitted:
    case Kind::undefined:
    case Kind::loop: break;
  }
  return template_refusal(std::string(value_kind(value)) + " cannot be printed");
}

Result<TemplateValue> text_of(TemplateMemory& memory, const TemplateValue& value) {
  if (value.is_text()) return value;
  std::string out;
  GWAGEO_TRY(append_text(out, value));
  return memory.keep(std::move(out));
}

Result<std::string> printed(const Json& value) {
  std::string out;
  GWAGEO_TRY(append_text(out, TemplateValue::of(value)));
  return out;
}

}  // namespace gwageo
