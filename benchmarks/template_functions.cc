#include "benchmarks/template_functions.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

constexpr TemplateFunction methods[] = {
    {"strip", 0, 1}, {"lstrip", 0, 1},  {"rstrip", 0, 1}, {"lower", 0, 0}, {"upper", 0, 0},
    {"join", 1, 1},  {"replace", 2, 2}, {"split", 0, 1},  {"index", 1, 1}, {"capitalize", 0, 0},
};
constexpr TemplateFunction filters[] = {
    {"trim", 0, 1}, {"lower", 0, 0},   {"upper", 0, 0},  {"capitalize", 0, 0}, {"string", 0, 0},
    {"join", 0, 1}, {"replace", 2, 2}, {"length", 0, 0}, {"count", 0, 0},      {"int", 0, 1},
};

// Blocks that hold letters with case outside ASCII, first and last code point. A letter from one of
// these is refused where case matters: their mappings are no part of this version.
constexpr char32_t cased[][2] = {
    {0xAA, 0xAA},       {0xB5, 0xB5},       {0xBA, 0xBA},       {0xC0, 0xD6},
    {0xD8, 0xF6},       {0xF8, 0x2AF},      {0x345, 0x345},     {0x370, 0x58F},
    {0x10A0, 0x10FF},   {0x13A0, 0x13FF},   {0x1C80, 0x1CBF},   {0x1D00, 0x1FFF},
    {0x2100, 0x218F},   {0x24B6, 0x24E9},   {0x2C00, 0x2D2F},   {0xA640, 0xA69F},
    {0xA720, 0xA7FF},   {0xAB30, 0xABBF},   {0xFB00, 0xFB17},   {0xFF21, 0xFF3A},
    {0xFF41, 0xFF5A},   {0x10400, 0x105FF}, {0x10780, 0x107BF}, {0x10C80, 0x10CFF},
    {0x118A0, 0x118DF}, {0x16E40, 0x16E9F}, {0x1E900, 0x1E943},
};

tl::unexpected<Error> refuse(std::string what) {
  return fail(ErrorKind::bad_input, std::move(what));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

Result<Json> with_case(std::string_view name, std::string text) {
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    for (const auto& range : cased) {
      if (c.code < range[0] || c.code > range[1]) continue;
      return refuse("'" + std::string(name) + "' on '" + text.substr(i, c.size) +
                    "': the case of letters outside ASCII is outside this version");
    }
    i += c.size;
  }
  std::transform(text.begin(), text.end(), text.begin(), name == "upper" ? upper : lower);
  if (name == "capitalize" && !text.empty()) text.front() = upper(text.front());
  return Json(std::move(text));
}

// Python's strip, lstrip and rstrip with a set of characters.
std::string_view strip_characters(std::string_view text, std::string_view set, bool left,
                                  bool right) {
  const auto in_set = [&](std::string_view character) {
    for (std::size_t i = 0; i < set.size();) {
      const std::size_t size = character_at(set, i).size;
      if (set.substr(i, size) == character) return true;
      i += size;
    }
    return false;
  };
  while (left && !text.empty() && in_set(text.substr(0, character_at(text, 0).size))) {
    text.remove_prefix(character_at(text, 0).size);
  }
  while (right && !text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0u) == 0x80u) --start;
    if (!in_set(text.substr(start))) break;
    text = text.substr(0, start);
  }
  return text;
}

Result<Json> strip(const std::string& text, const std::vector<Json>& arguments, bool left,
                   bool right) {
  if (arguments.empty() || arguments[0].is_null()) return Json(strip_space(text, left, right));
  if (!arguments[0].is_string()) return refuse("what to strip is no string");
  return Json(strip_characters(text, arguments[0].as_string(), left, right));
}

Result<Json> replace(std::string_view text, std::string_view from, std::string_view to) {
  if (from.empty()) return refuse("'replace' of an empty string");
  std::string out;
  std::size_t at = 0;
  for (std::size_t found = text.find(from); found != text.npos; found = text.find(from, at)) {
    out += text.substr(at, found - at);
    out += to;
    at = found + from.size();
  }
  out += text.substr(at);
  return Json(std::move(out));
}

Result<Json> split(std::string_view text, const std::vector<Json>& arguments) {
  Json::Array parts;
  if (arguments.empty() || arguments[0].is_null()) {
    for (text = strip_space(text, true, false); !text.empty();
         text = strip_space(text, true, false)) {
      std::size_t end = 0;
      while (end < text.size() && !is_python_space(character_at(text, end).code)) {
        end += character_at(text, end).size;
      }
      parts.emplace_back(text.substr(0, end));
      text.remove_prefix(end);
    }
    return Json(std::move(parts));
  }
  if (!arguments[0].is_string() || arguments[0].as_string().empty()) {
    return refuse("'split' at anything but a string that is not empty");
  }
  const std::string& separator = arguments[0].as_string();
  std::size_t at = 0;
  for (std::size_t found = text.find(separator); found != text.npos;
       found = text.find(separator, at)) {
    parts.emplace_back(text.substr(at, found - at));
    at = found + separator.size();
  }
  parts.emplace_back(text.substr(at));
  return Json(std::move(parts));
}

// Side by side with `separator` between; `strict` refuses elements that are no strings, as the
// method does and the filter does not.
Result<Json> join(const Json& list, std::string_view separator, bool strict) {
  std::string out;
  if (list.is_string()) {
    const std::string& text = list.as_string();
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t size = character_at(text, i).size;
      if (i > 0) out += separator;
      out += text.substr(i, size);
      i += size;
    }
    return Json(std::move(out));
  }
  if (!list.is_array()) return refuse("'join' of " + std::string(value_kind(list)));
  for (const Json& element : list.as_array()) {
    if (strict && !element.is_string()) {
      return refuse("'join' of a list that holds " + std::string(value_kind(element)));
    }
    if (&element != list.as_array().data()) out += separator;
    GWAGEO_ASSIGN(text, printed(element));
    out += text;
  }
  return Json(std::move(out));
}

Result<Json> index_of(const Json& value, const Json& wanted) {
  if (value.is_array()) {
    const Json::Array& list = value.as_array();
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (python_equal(list[i], wanted)) return Json(i);
    }
    return refuse("'index': " + python_literal(wanted) + " is not in the list");
  }
  if (!wanted.is_string()) return refuse("'index' of anything but a string in a string");
  const std::size_t found = value.as_string().find(wanted.as_string());
  if (found == std::string::npos) {
    return refuse("'index': " + python_literal(wanted) + " is not in the string");
  }
  return Json(character_count(std::string_view(value.as_string()).substr(0, found)));
}

Result<Json> length(const Json& value) {
  if (value.is_string()) return Json(character_count(value.as_string()));
  if (value.is_array()) return Json(value.as_array().size());
  if (value.is_object()) return Json(value.as_object().size());
  return refuse("'length' of " + std::string(value_kind(value)));
}

// The integer that Python's int() reads from text: sign, digits, single underscores between them.
bool read_integer(std::string_view text, std::int64_t& out) {
  text = strip_space(text, true, true);
  std::string digits;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    if (text.front() == '-') digits = "-";
    text.remove_prefix(1);
  }
  bool after_digit = false;
  for (const char c : text) {
    if (c == '_' && !after_digit) return false;
    after_digit = c != '_';
    if (after_digit) digits += c;
  }
  if (!after_digit || digits.find_first_not_of("0123456789", digits[0] == '-') != digits.npos) {
    return false;
  }
  return std::from_chars(digits.data(), digits.data() + digits.size(), out).ec == std::errc();
}

// Whether the text may hold decimal digits outside ASCII, which Python's int() would read.
bool has_foreign_digits(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    if (c.code >= 0x660 && c.code < 0x1C60) {
      if (c.code < 0x1100 || c.code >= 0x1200) return true;  // All but Hangul's letters.
    }
    if (c.code >= 0xA620 && c.code < 0xAC00) return true;
    if ((c.code >= 0xFF10 && c.code <= 0xFF19) || c.code >= 0x10000) return true;
    i += c.size;
  }
  return false;
}

Result<Json> to_integer(const Json& value, const std::vector<Json>& arguments) {
  const Json otherwise = arguments.empty() ? Json(0) : arguments[0];
  if (value.is_bool()) return Json(value.as_bool() ? 1 : 0);
  if (value.is_integer()) return value;
  double number = 0;
  if (value.is_number()) {
    number = value.as_double();
  } else if (value.is_string()) {
    std::int64_t integer = 0;
    if (read_integer(value.as_string(), integer)) return Json(integer);
    std::string_view text = strip_space(value.as_string(), true, true);
    if (has_foreign_digits(text)) return refuse("'int' of digits outside ASCII");
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) {
      return otherwise;
    }
  } else {
    return otherwise;
  }
  if (std::isnan(number)) return otherwise;
  if (std::abs(number) >= 9.2e18) return refuse("'int' of a number beyond 64 bits");
  return Json(static_cast<std::int64_t>(number));
}

template <std::size_t n>
const TemplateFunction* find(const TemplateFunction (&known)[n], std::string_view name) {
  const auto* const found =
      std::find_if(known, known + n, [&](const TemplateFunction& f) { return f.name == name; });
  return found == known + n ? nullptr : found;
}

bool as_number(const Json& value, double& out) {
  if (value.is_bool()) out = value.as_bool() ? 1 : 0;
  if (value.is_number()) out = value.as_double();
  return value.is_bool() || value.is_number();
}

}  // namespace

const TemplateFunction* find_method(std::string_view name) { return find(methods, name); }
const TemplateFunction* find_filter(std::string_view name) { return find(filters, name); }

Result<Json> call_method(std::string_view name, const Json& value,
                         const std::vector<Json>& arguments) {
  if (name == "index" && value.is_array()) return index_of(value, arguments[0]);
  if (!value.is_string()) {
    return refuse("'" + std::string(name) + "' called on " + std::string(value_kind(value)));
  }
  const std::string& text = value.as_string();
  if (name == "strip") return strip(text, arguments, true, true);
  if (name == "lstrip") return strip(text, arguments, true, false);
  if (name == "rstrip") return strip(text, arguments, false, true);
  if (name == "split") return split(text, arguments);
  if (name == "index") return index_of(value, arguments[0]);
  if (name == "join") return join(arguments[0], text, true);
  if (name == "replace") {
    if (!arguments[0].is_string() || !arguments[1].is_string()) {
      return refuse("'replace' with anything but two strings");
    }
    return replace(text, arguments[0].as_string(), arguments[1].as_string());
  }
  return with_case(name, text);
}

Result<Json> call_filter(std::string_view name, const Json& value,
                         const std::vector<Json>& arguments) {
  if (name == "int") return to_integer(value, arguments);
  if (name == "length" || name == "count") return length(value);
  if (name == "join") {
    if (arguments.empty()) return join(value, "", false);
    GWAGEO_ASSIGN(separator, printed(arguments[0]));
    return join(value, separator, false);
  }
  GWAGEO_ASSIGN(text, printed(value));
  if (name == "string") return Json(std::move(text));
  if (name == "trim") return strip(text, arguments, true, true);
  if (name == "replace") {
    GWAGEO_ASSIGN(from, printed(arguments[0]));
    GWAGEO_ASSIGN(to, printed(arguments[1]));
    return replace(text, from, to);
  }
  return with_case(name, std::move(text));
}

bool python_equal(const Json& left, const Json& right) {
  if (left.is_integer() && right.is_integer()) return left.as_integer() == right.as_integer();
  double a = 0;
  double b = 0;
  if (as_number(left, a) && as_number(right, b)) return a == b;
  if (left.is_array() && right.is_array()) {
    return std::equal(left.as_array().begin(), left.as_array().end(), right.as_array().begin(),
                      right.as_array().end(), python_equal);
  }
  if (left.is_object() && right.is_object()) {
    if (left.as_object().size() != right.as_object().size()) return false;
    for (const Json::Member& member : left.as_object()) {
      const Json* const other = right.find(member.first);
      if (other == nullptr || !python_equal(member.second, *other)) return false;
    }
    return true;
  }
  return left == right;
}

bool python_true(const Json& value) {
  if (value.is_null()) return false;
  if (value.is_bool()) return value.as_bool();
  if (value.is_number()) return value.as_double() != 0;
  if (value.is_string()) return !value.as_string().empty();
  if (value.is_array()) return !value.as_array().empty();
  return !value.as_object().empty();
}

Result<std::string> printed(const Json& value) {
  if (value.is_number() && !value.is_integer() && std::abs(value.as_double()) >= 9.2e18) {
    return refuse("a number beyond 64 bits, whose digits would not print as the file has them");
  }
  return python_text(value);
}

std::string_view value_kind(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_bool()) return "a boolean";
  if (value.is_integer()) return "an integer";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a string";
  return value.is_array() ? "a list" : "an object";
}

}  // namespace gwageo
