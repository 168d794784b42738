#include "benchmarks/template_json.h"

#include <algorithm>
#include <vector>

#include "benchmarks/python_text.h"
#include "benchmarks/template_functions.h"
#include "benchmarks/template_text.h"

namespace gwageo {
namespace {

using Kind = TemplateValue::Kind;
using Shape = TemplateList::Shape;

constexpr std::int64_t indent_max = 16;

void append_unit(std::string& out, char32_t unit) {
  static constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> shift) & 15];
}

void append_string(std::string& out, std::string_view text) {
  static constexpr std::string_view plain = "\"\\\n\r\t\f\b";
  static constexpr std::string_view escaped = "\"\\nrtfb";
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    i += c.size;
    const std::size_t known = c.code < 0x80 ? plain.find(static_cast<char>(c.code)) : plain.npos;
    if (known != plain.npos) {
      out += '\\';
      out += escaped[known];
    } else if (c.code > 0xFFFF) {
      append_unit(out, 0xD800 + ((c.code - 0x10000) >> 10));
      append_unit(out, 0xDC00 + ((c.code - 0x10000) & 0x3FF));
    } else if (c.code < 0x20 || c.code > 0x7E || c.code == '<' || c.code == '>' || c.code == '&' ||
               c.code == '\'') {
      append_unit(out, c.code);
    } else {
      out += static_cast<char>(c.code);
    }
  }
  out += '"';
}

class TemplateJsonWriter {
 public:
  explicit TemplateJsonWriter(std::int64_t indent) : indent_(indent) {}

  Status write(const TemplateValue& value);
  std::string out;

 private:
  Status write_list(const TemplateValue& value);
  Status write_mapping(const TemplateValue& value);
  // Before an element, or before the closing bracket where `first` says that none came.
  void separate(bool first) {
    if (!first) out += indent_ < 0 ? ", " : ",";
    new_line();
  }
  void new_line() {
    if (indent_ >= 0) out.append("\n").append(static_cast<std::size_t>(indent_) * depth_, ' ');
  }

  std::int64_t indent_;
  std::size_t depth_ = 0;
};

Status TemplateJsonWriter::write_list(const TemplateValue& value) {
  if (list_size(value) == 0) {
    out += "[]";
    return {};
  }
  out += '[';
  ++depth_;
  for (std::size_t i = 0; i < list_size(value); ++i) {
    separate(i == 0);
    GWAGEO_TRY(write(list_element(value, i)));
  }
  --depth_;
  new_line();
  out += ']';
  return {};
}

Status TemplateJsonWriter::write_mapping(const TemplateValue& value) {
  std::vector<std::pair<TemplateValue, TemplateValue>> members;
  for (std::size_t i = 0; i < mapping_size(value); ++i) {
    members.push_back(mapping_member(value, i));
    if (!members.back().first.is_text()) {
      return template_refusal("'tojson' of an object with a key that is no string");
    }
  }
  if (members.empty()) {
    out += "{}";
    return {};
  }
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return a.first.text() < b.first.text(); });
  out += '{';
  ++depth_;
  for (std::size_t i = 0; i < members.size(); ++i) {
    separate(i == 0);
    append_string(out, members[i].first.text());
    out += ": ";
    GWAGEO_TRY(write(members[i].second));
  }
  --depth_;
  new_line();
  out += '}';
  return {};
}

Status TemplateJsonWriter::write(const TemplateValue& value) {
  if (out.size() > TemplateMemory::text_bytes_max) return template_refusal("'tojson' of too much");
  if (value.is_text()) {
    append_string(out, value.text());
    return {};
  }
  if (value.is(Kind::none) || value.is(Kind::boolean)) {
    out += value.is(Kind::none) ? "null" : value.boolean ? "true" : "false";
    return {};
  }
  if (value.is(Kind::integer) || value.is(Kind::real)) return append_text(out, value);
  if (value.is(Kind::row_list) || (value.is(Kind::list) && value.list->shape <= Shape::tuple)) {
    return write_list(value);
  }
  if (value.is_mapping()) return write_mapping(value);
  return template_refusal("'tojson' of " + std::string(value_kind(value)));
}

}  // namespace

Result<std::string> html_safe_json(const TemplateValue& value, std::int64_t indent) {
  if (indent > indent_max) return template_refusal("'tojson' with an indent of more than 16");
  TemplateJsonWriter writer(indent);
  GWAGEO_TRY(writer.write(value));
  return std::move(writer.out);
}

}  // namespace gwageo
