#include "coordinator/members.h"

#include <algorithm>

#include "protocol/limits.h"
#include "protocol/name.h"

namespace gwageo {
void Members::problem(std::string text) {
  if (!problem_) problem_ = std::move(text);
}

const Json* Members::find(const std::string& key, bool needed) {
  asked_.insert(key);
  const Json* const member = object_.find(key);
  if (member != nullptr && !member->is_null()) return member;
  if (needed) problem("`" + key + "` is missing");
  return nullptr;
}

std::string Members::text_or(const std::string& key, std::string otherwise) {
  const Json* const member = find(key, false);
  if (member == nullptr) return otherwise;
  if (member->is_string()) return member->as_string();
  problem("`" + key + "` must be a string, not " + std::string(member->type_name()));
  return otherwise;
}

std::string Members::text(const std::string& key) {
  find(key, true);
  return text_or(key, "");
}

std::string Members::words(const std::string& key) {
  const std::string value = text_or(key, "");
  if (value.empty()) return value;
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::any_of(value.begin(), value.end(), is_control)) {
    problem("`" + key + "` has a control character: it is printed in one line");
  } else if (value.find_first_not_of(' ') == std::string::npos) {
    problem("`" + key + "` has nothing but blanks: say it in words");
  } else if (value.size() > limits::text_bytes_max) {
    problem("`" + key + "` has " + std::to_string(value.size()) + " bytes, at most " +
            std::to_string(limits::text_bytes_max));
  }
  return value;
}

std::string Members::name_or(const std::string& key, std::string otherwise) {
  std::string value = text_or(key, otherwise);
  if (value != otherwise && !is_name(value)) {
    problem(
        "`" + key + "`: \"" + value +
        "\" is no name: letters, digits, '.', '_' and '-', at most 128, a letter or digit first");
  }
  return value;
}

std::string Members::name(const std::string& key) {
  find(key, true);
  return name_or(key, "");
}

std::int64_t Members::integer_or(const std::string& key, std::int64_t otherwise) {
  const Json* const member = find(key, false);
  if (member == nullptr) return otherwise;
  if (member->is_integer()) return member->as_integer();
  problem("`" + key + "` must be an integer, not " + std::string(member->type_name()));
  return otherwise;
}

std::int64_t Members::integer(const std::string& key) {
  find(key, true);
  return integer_or(key, 0);
}

bool Members::flag(const std::string& key) {
  const Json* const member = find(key, false);
  if (member == nullptr) return false;
  if (member->is_bool()) return member->as_bool();
  problem("`" + key + "` must be true or false, not " + std::string(member->type_name()));
  return false;
}

Digest Members::digest(const std::string& key) {
  const std::string value = text(key);
  const std::optional<Digest> digest = from_hex(value);
  if (!digest) problem("`" + key + "` must be 64 hexadecimal digits");
  return digest.value_or(Digest{});
}

std::map<std::string, std::string> Members::texts(const std::string& key) {
  std::map<std::string, std::string> values;
  const Json* const member = find(key, false);
  if (member == nullptr) return values;
  if (!member->is_object()) {
    problem("`" + key + "` must be an object of strings");
    return values;
  }
  for (const auto& [name, value] : member->as_object()) {
    if (!value.is_string()) problem("`" + key + "." + name + "` must be a string");
    if (value.is_string()) values[name] = value.as_string();
  }
  if (values.size() > limits::options_max) problem("`" + key + "` has too many members");
  return values;
}

Status Members::status() const {
  if (problem_) return fail(ErrorKind::bad_input, *problem_);
  if (!object_.is_object()) return fail(ErrorKind::bad_input, "the body must be a JSON object");
  for (const auto& [key, value] : object_.as_object()) {
    if (!asked_.contains(key)) return fail(ErrorKind::bad_input, "`" + key + "` is not known here");
  }
  return {};
}

}  // namespace gwageo
