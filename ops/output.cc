#include "ops/output.h"

#include <cstdio>

#include "ops/table.h"

namespace gwageo {

int exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::bad_input:
    case ErrorKind::not_found:
    case ErrorKind::conflict:
    case ErrorKind::io: return exit_code::bad_input;
    case ErrorKind::not_allowed: return exit_code::not_allowed;
    case ErrorKind::unavailable: return exit_code::unreachable;
    case ErrorKind::corrupt: return exit_code::no;
  }
  return exit_code::no;
}

int report_error(const Invocation& arguments, const Error& error) {
  std::fprintf(stderr, "gwageo: %s\n", printable(error.message).c_str());
  if (arguments.json()) {
    Json document;
    document["error"] = error.message;
    print(document);
  }
  return exit_code_of(error.kind);
}

int report_start(const Invocation& arguments, const Error& error) {
  report_error(arguments, error);
  const bool is_input = error.kind == ErrorKind::bad_input || error.kind == ErrorKind::conflict;
  return is_input ? exit_code::bad_input : exit_code::no;
}

void print(const Json& document) { say(document.dump() + "\n"); }

void say(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void pass_on_warning(const Json& answer) {
  if (answer.find("warning") == nullptr) return;
  std::fprintf(stderr, "gwageo: warning: %s\n", shown(answer, "warning").c_str());
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    const bool is_second_set = c == 0xC2 && next >= 0x80 && next <= 0x9F;  // U+0080 to U+009F.
    const bool is_control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F || is_second_set;
    if (!is_control) {
      out += text[i];
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02x", is_second_set ? next : c);
    out += escape;
    if (is_second_set) ++i;
  }
  return out;
}

std::string shown(const Json& object, std::string_view key) {
  const Json* const value = object.find(key);
  if (value == nullptr || value->is_null()) return "-";
  return value->is_string() ? printable(value->as_string()) : value->dump();
}

std::int64_t number(const Json& object, std::string_view key) {
  const Json* const value = object.find(key);
  return value != nullptr && value->is_integer() ? value->as_integer() : 0;
}

const Json::Array& list(const Json& object, std::string_view key) {
  static const Json::Array empty;
  const Json* const value = object.find(key);
  return value != nullptr && value->is_array() ? value->as_array() : empty;
}

const Json& member(const Json& object, std::string_view key) {
  static const Json null;
  const Json* const value = object.find(key);
  return value != nullptr && value->is_object() ? *value : null;
}

const Json::Object& members(const Json& object) {
  static const Json::Object empty;
  return object.is_object() ? object.as_object() : empty;
}

std::string score_text(const Json& object, std::string_view key) {
  const Json* const value = object.find(key);
  return value != nullptr && value->is_number() ? decimal(value->as_double(), 4) : "-";
}

}  // namespace gwageo
