#include "benchmarks/python_text.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "benchmarks/unprintable.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

void append_hex(std::string& out, char kind, int digits, char32_t code) {
  static constexpr char alphabet[] = "0123456789abcdef";
  out += '\\';
  out += kind;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += alphabet[(code >> shift) & 15];
}

void append_literal(std::string& out, const Json& value) {
  if (value.is_null()) {
    out += "None";
  } else if (value.is_bool()) {
    out += value.as_bool() ? "True" : "False";
  } else if (value.is_integer()) {
    out += std::to_string(value.as_integer());
  } else if (value.is_number()) {
    out += python_number(value.as_double());
  } else if (value.is_string()) {
    append_quoted(out, value.as_string());
  } else if (value.is_array()) {
    out += '[';
    for (const Json& element : value.as_array()) {
      if (&element != value.as_array().data()) out += ", ";
      append_literal(out, element);
    }
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const Json::Member& member : value.as_object()) {
      if (!std::exchange(first, false)) out += ", ";
      append_quoted(out, member.first);
      out += ": ";
      append_literal(out, member.second);
    }
    out += '}';
  }
}

}  // namespace

std::string python_text(const Json& value) {
  return value.is_string() ? value.as_string() : python_literal(value);
}

void append_quoted(std::string& out, std::string_view text) {
  const bool apostrophe = text.find('\'') != text.npos && text.find('"') == text.npos;
  const char quote = apostrophe ? '"' : '\'';
  out += quote;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    if (c.code == static_cast<char32_t>(quote) || c.code == U'\\') {
      out += '\\';
      out += static_cast<char>(c.code);
    } else if (c.code == U'\n') {
      out += "\\n";
    } else if (c.code == U'\r') {
      out += "\\r";
    } else if (c.code == U'\t') {
      out += "\\t";
    } else if (is_python_printable(c.code)) {
      out += text.substr(i, c.size);
    } else if (c.code <= 0xFF) {
      append_hex(out, 'x', 2, c.code);
    } else if (c.code <= 0xFFFF) {
      append_hex(out, 'u', 4, c.code);
    } else {
      append_hex(out, 'U', 8, c.code);
    }
    i += c.size;
  }
  out += quote;
}

std::string python_literal(const Json& value) {
  std::string out;
  append_literal(out, value);
  return out;
}

std::string python_number(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  char raw[32];
  const auto written = std::to_chars(raw, raw + sizeof raw, value, std::chars_format::scientific);
  std::string_view text(raw, static_cast<std::size_t>(written.ptr - raw));
  std::string out;
  if (text.front() == '-') {
    out = "-";
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  int exponent = 0;
  const std::size_t digits_at = e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(text.data() + digits_at, text.data() + text.size(), exponent);
  if (exponent < -4 || exponent >= 16) {
    out += text.substr(0, e + 2);
    const std::string digits = std::to_string(std::abs(exponent));
    return out + (digits.size() < 2 ? "0" : "") + digits;
  }
  std::string digits(1, text.front());
  if (e > 2) digits += text.substr(2, e - 2);
  if (exponent < 0)
    return out + "0." + std::string(static_cast<std::size_t>(-exponent) - 1, '0') + digits;
  const std::size_t whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return out + digits + std::string(whole - digits.size(), '0') + ".0";
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

Character character_at(std::string_view text, std::size_t offset) {
  GWAGEO_CHECK(offset < text.size());
  const auto lead = static_cast<unsigned char>(text[offset]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  GWAGEO_CHECK(offset + size <= text.size());
  char32_t code = lead & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    code = code << 6 | (static_cast<unsigned char>(text[offset + i]) & 0x3Fu);
  }
  return {code, size};
}

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0u) != 0x80u ? 1u : 0u;
  return count;
}

std::size_t character_offset(std::string_view text, std::size_t index) {
  std::size_t offset = 0;
  for (std::size_t i = 0; i < index && offset < text.size(); ++i) {
    offset += character_at(text, offset).size;
  }
  return offset;
}

void append_character(std::string& out, char32_t code) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

bool is_python_space(char32_t code) {
  if (code < 0x80)
    return code == ' ' || (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x1F);
  return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
         code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

std::string_view strip_space(std::string_view text, bool left, bool right) {
  while (left && !text.empty()) {
    const Character c = character_at(text, 0);
    if (!is_python_space(c.code)) break;
    text.remove_prefix(c.size);
  }
  while (right && !text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0u) == 0x80u) --start;
    if (!is_python_space(character_at(text, start).code)) break;
    text.remove_suffix(text.size() - start);
  }
  return text;
}

}  // namespace gwageo
