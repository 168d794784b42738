#include "benchmarks/arguments.h"

#include <algorithm>

#include "benchmarks/python_text.h"
#include "protocol/yaml.h"

namespace gwageo {
namespace {

tl::unexpected<Error> expected(std::string_view name, std::string_view wanted, const Json& got) {
  return fail(ErrorKind::bad_input, "argument '" + std::string(name) + "': expected " +
                                        std::string(wanted) + ", got " +
                                        std::string(got.type_name()));
}

}  // namespace

const Json* Arguments::find(std::string_view name) const {
  const Json* value = json_.find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<std::string> Arguments::text(std::string_view name, std::string_view otherwise) const {
  const Json* value = find(name);
  if (value == nullptr) return std::string(otherwise);
  if (!value->is_string()) return expected(name, "a string", *value);
  return value->as_string();
}

Result<std::int64_t> Arguments::integer(std::string_view name, std::int64_t otherwise) const {
  const Json* value = find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_integer()) return expected(name, "an integer", *value);
  return value->as_integer();
}

Result<bool> Arguments::boolean(std::string_view name, bool otherwise) const {
  const Json* value = find(name);
  if (value == nullptr) return otherwise;
  if (value->is_integer()) return value->as_integer() != 0;
  if (!value->is_bool()) return expected(name, "true or false", *value);
  return value->as_bool();
}

Result<std::vector<std::int64_t>> Arguments::integers(std::string_view name) const {
  std::vector<std::int64_t> out;
  const Json* value = find(name);
  if (value == nullptr) return out;
  if (value->is_integer()) return std::vector<std::int64_t>{value->as_integer()};
  if (!value->is_array()) return expected(name, "a list of integers", *value);
  for (const Json& element : value->as_array()) {
    if (!element.is_integer()) return expected(name, "a list of integers", element);
    out.push_back(element.as_integer());
  }
  return out;
}

Result<std::vector<Regex>> Arguments::regexes(std::string_view name) const {
  std::vector<Regex> out;
  const Json* value = find(name);
  if (value == nullptr) return out;
  Json::Array patterns;
  if (value->is_array()) {
    patterns = value->as_array();
  } else if (value->is_string()) {
    const std::string& text = value->as_string();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = character_at(text, at).size;
      patterns.emplace_back(text.substr(at, size));
      at += size;
    }
  } else {
    return expected(name, "a list of strings", *value);
  }
  for (const Json& pattern : patterns) {
    if (!pattern.is_string()) return expected(name, "a list of strings", pattern);
    auto regex = Regex::compile(pattern.as_string());
    if (!regex) return fail("argument '" + std::string(name) + "'", std::move(regex).error());
    out.push_back(std::move(*regex));
  }
  return out;
}

Status Arguments::only(const std::vector<std::string_view>& known) const {
  if (json_.is_null()) return {};
  if (!json_.is_object()) return fail(ErrorKind::bad_input, "the arguments are no mapping");
  for (const auto& [name, value] : json_.as_object()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return fail(ErrorKind::bad_input,
                "unknown argument '" + name + "'" + nearest_hint(name, known));
  }
  return {};
}

std::string_view argument_at_fault(const Error& error) {
  constexpr std::string_view before = "argument '";
  const std::string_view message = error.message;
  const std::size_t at = message.find(before);
  if (at == message.npos) return {};
  const std::string_view name = message.substr(at + before.size());
  return name.substr(0, name.find('\''));
}

}  // namespace gwageo
