// Filters of text and numbers.
#include <charconv>
#include <cmath>
#include <utility>

#include "benchmarks/letter_case.h"
#include "benchmarks/python_numbers.h"
#include "benchmarks/python_strings.h"
#include "benchmarks/python_text.h"
#include "benchmarks/template_functions.h"
#include "benchmarks/template_json.h"
#include "benchmarks/template_substitution.h"
#include "benchmarks/template_text.h"

namespace gwageo {
namespace {

using Kind = TemplateValue::Kind;
using Value = Result<TemplateValue>;

// Every filter of text takes any value and works on what it prints.
Value with_case(const TemplateCall& call, std::string (*mapped)(std::string_view)) {
  GWAGEO_ASSIGN(text, text_of(call.memory, call.subject));
  GWAGEO_ASSIGN(out, call.memory.keep(mapped(text.text())));
  out.is_markup = text.is_markup;
  return out;
}

// Jinja's own title case: words begin after white space, hyphens and opening brackets.
std::string filter_title(std::string_view text) {
  std::string out;
  std::size_t start = 0;
  const auto put_word = [&](std::size_t end) {
    if (start == end) return;
    const std::size_t first = character_at(text, start).size;
    out += python_upper(text.substr(start, first));
    out += python_lower(text.substr(start + first, end - start - first));
  };
  bool in_gap = false;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    const bool is_gap = c.code == '-' || c.code == '(' || c.code == '{' || c.code == '[' ||
                        c.code == '<' || is_python_space(c.code);
    if (is_gap != in_gap) {
      put_word(i);
      start = i;
    }
    in_gap = is_gap;
    i += c.size;
  }
  put_word(text.size());
  return out;
}

Value trim(const TemplateCall& call) {
  GWAGEO_ASSIGN(text, text_of(call.memory, call.subject));
  const TemplateValue& set = call.arguments[0];
  if (set.is_given() && !set.is(Kind::none) && !set.is_text()) {
    return template_refusal("what to trim is no string");
  }
  TemplateValue out =
      TemplateValue::of(set.is_text() ? strip_characters(text.text(), set.text(), true, true)
                                      : strip_space(text.text(), true, true));
  out.is_markup = text.is_markup;
  return out;
}

Value replace_all(const TemplateCall& call) {
  GWAGEO_ASSIGN(text, text_of(call.memory, call.subject));
  GWAGEO_ASSIGN(from, text_of(call.memory, call.arguments[0]));
  GWAGEO_ASSIGN(to, text_of(call.memory, call.arguments[1]));
  const TemplateValue& limit = call.arguments[2];
  if (limit.is_given() && !limit.is(Kind::none) && !limit.is(Kind::integer)) {
    return template_refusal("'replace' with a count that is no integer");
  }
  const std::int64_t count = limit.is(Kind::integer) ? limit.integer : -1;
  GWAGEO_ASSIGN(
      out, replaced(text.text(), from.text(), to.text(), count, TemplateMemory::text_bytes_max));
  return call.memory.keep(std::move(out));
}

Value regex_replace(const TemplateCall& call) {
  if (!call.subject.is_text() || call.subject.is_markup || !call.arguments[0].is_text() ||
      !call.arguments[1].is_text()) {
    return template_refusal("'regex_replace' with anything but strings");
  }
  const TemplateValue& limit = call.arguments[2];
  if (limit.is_given() && !limit.is(Kind::integer)) {
    return template_refusal("'regex_replace' with a count that is no integer");
  }
  GWAGEO_ASSIGN(out, substituted(call.subject.text(), call.arguments[0].text(),
                                 call.arguments[1].text(), limit.is_given() ? limit.integer : 0));
  return call.memory.keep(std::move(out));
}

Value otherwise(const TemplateCall& call, TemplateValue value) {
  return call.arguments[0].is_given() ? call.arguments[0] : value;
}

Value to_whole(const TemplateCall& call) {
  const TemplateValue& value = call.subject;
  const TemplateValue zero = TemplateValue::of(std::int64_t{0});
  if (value.is(Kind::boolean)) return TemplateValue::of(std::int64_t{value.boolean ? 1 : 0});
  if (value.is(Kind::integer)) return value;
  double number = 0;
  if (value.is(Kind::real)) {
    number = value.real;
    if (std::isinf(number)) return template_refusal("'int' of an infinite number");
  } else if (value.is_text()) {
    if (has_foreign_digits(value.text())) return template_refusal("'int' of digits outside ASCII");
    GWAGEO_ASSIGN(whole, read_python_int(value.text()));
    if (whole) return TemplateValue::of(*whole);
    const auto real = read_python_float(value.text());
    if (!real || std::isinf(*real)) return otherwise(call, zero);
    number = *real;
  } else {
    return otherwise(call, zero);
  }
  if (std::isnan(number)) return otherwise(call, zero);
  if (std::abs(number) >= 9.2e18) return template_refusal("'int' of a number beyond 64 bits");
  return TemplateValue::of(static_cast<std::int64_t>(number));
}

Value to_real(const TemplateCall& call) {
  const TemplateValue& value = call.subject;
  if (value.is(Kind::boolean)) return TemplateValue::of(value.boolean ? 1.0 : 0.0);
  if (value.is(Kind::integer)) return TemplateValue::of(static_cast<double>(value.integer));
  if (value.is(Kind::real)) return value;
  if (value.is_text()) {
    if (has_foreign_digits(value.text()))
      return template_refusal("'float' of digits outside ASCII");
    if (const auto real = read_python_float(value.text())) return TemplateValue::of(*real);
  }
  return otherwise(call, TemplateValue::of(0.0));
}

Value round(const TemplateCall& call) {
  const TemplateValue& precision = call.arguments[0];
  const TemplateValue& method = call.arguments[1];
  const std::int64_t digits = precision.is(Kind::integer) ? precision.integer : 0;
  if ((precision.is_given() && !precision.is(Kind::integer)) || digits < 0 || digits > 15) {
    return template_refusal("'round' to anything but 0 to 15 digits");
  }
  const std::string_view how = method.is_text() ? method.text() : "common";
  const TemplateValue& value = call.subject;
  const bool is_whole = value.is(Kind::integer) || value.is(Kind::boolean);
  if (!is_whole && !value.is(Kind::real)) {
    return template_refusal("'round' of " + std::string(value_kind(value)));
  }
  std::int64_t whole = 0;
  if (is_whole) whole = value.is(Kind::integer) ? value.integer : value.boolean ? 1 : 0;
  if (how == "common" && is_whole) return TemplateValue::of(whole);
  const double number = is_whole ? static_cast<double>(whole) : value.real;
  if (how == "common") return TemplateValue::of(rounded(number, static_cast<int>(digits)));
  if (how != "ceil" && how != "floor") {
    return template_refusal("'round' by anything but 'common', 'ceil' and 'floor'");
  }
  const double scale = std::pow(10.0, static_cast<double>(digits));
  const double scaled = number * scale;
  return TemplateValue::of((how == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
}

Value absolute(const TemplateCall& call) {
  const TemplateValue& value = call.subject;
  if (value.is(Kind::real)) return TemplateValue::of(std::abs(value.real));
  if (value.is(Kind::boolean)) return TemplateValue::of(std::int64_t{value.boolean ? 1 : 0});
  if (!value.is(Kind::integer) || value.integer == INT64_MIN) {
    return template_refusal("'abs' of " + std::string(value_kind(value)));
  }
  return TemplateValue::of(value.integer < 0 ? -value.integer : value.integer);
}

// What stands in for a value that is undefined, or false where the second argument says so.
Value standing_in(const TemplateCall& call) {
  const TemplateValue& value = call.subject;
  const bool is_missing = value.is(Kind::undefined) || value.is(Kind::nothing);
  const bool takes_false = call.arguments[1].is_given() && !call.arguments[1].is(Kind::undefined) &&
                           python_true(call.arguments[1]);
  if (!is_missing && !(takes_false && !python_true(value))) return value;
  return call.arguments[0].is_given() ? call.arguments[0] : TemplateValue::of(std::string_view());
}

Value to_json(const TemplateCall& call) {
  const TemplateValue& indent = call.arguments[0];
  if (indent.is_given() && !indent.is(Kind::none) && !indent.is(Kind::integer)) {
    return template_refusal("'tojson' with an indent that is no integer");
  }
  GWAGEO_ASSIGN(text, html_safe_json(call.subject, indent.is(Kind::integer) ? indent.integer : -1));
  GWAGEO_ASSIGN(out, call.memory.keep(std::move(text)));
  out.is_markup = true;
  return out;
}

using Call = const TemplateCall&;
constexpr TemplateFunction filter_table[] = {
    {"string", 0, 0, "", [](Call c) { return text_of(c.memory, c.subject); }},
    {"trim", 0, 1, "chars ", trim},
    {"lower", 0, 0, "", [](Call c) { return with_case(c, python_lower); }},
    {"upper", 0, 0, "", [](Call c) { return with_case(c, python_upper); }},
    {"capitalize", 0, 0, "", [](Call c) { return with_case(c, python_capitalize); }},
    {"title", 0, 0, "", [](Call c) { return with_case(c, filter_title); }},
    {"replace", 2, 3, "old new count ", replace_all},
    {"regex_replace", 2, 3, "pattern repl count ", regex_replace},
    {"int", 0, 1, "default ", to_whole},
    {"float", 0, 1, "default ", to_real},
    {"round", 0, 2, "precision method ", round},
    {"abs", 0, 0, "", absolute},
    {"default", 0, 2, "default_value boolean ", standing_in, true},
    {"d", 0, 2, "default_value boolean ", standing_in, true},
    {"tojson", 0, 1, "indent ", to_json},
};

}  // namespace

std::span<const TemplateFunction> text_filters() { return filter_table; }

const TemplateFunction* find_filter(std::string_view name) {
  for (const auto filters : {text_filters(), list_filters()}) {
    for (const TemplateFunction& filter : filters) {
      if (filter.name == name) return &filter;
    }
  }
  return nullptr;
}

std::size_t parameter_count(const TemplateFunction& function) {
  std::size_t count = 0;
  for (const char c : function.parameters) count += c == ' ' ? 1u : 0u;
  return count;
}

std::size_t parameter_place(const TemplateFunction& function, std::string_view name) {
  std::size_t place = 0;
  std::string_view rest = function.parameters;
  while (!rest.empty()) {
    const std::size_t space = rest.find(' ');
    if (rest.substr(0, space) == name && name != "_") return place;
    rest.remove_prefix(space + 1);
    ++place;
  }
  return place;
}

tl::unexpected<Error> template_refusal(std::string what) {
  return fail(ErrorKind::bad_input, std::move(what));
}

}  // namespace gwageo
