// Members: reads the members of a command's JSON object, naming what is missing or wrong.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "protocol/digest.h"
#include "protocol/json.h"

namespace gwageo {

/// Remembers the first problem; read everything, then ask `status`. A value for one use.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {}
  std::string text(const std::string& key);
  std::string text_or(const std::string& key, std::string otherwise);
  /// What somebody says in words, for others to read: no control characters, and not only blanks.
  /// Empty where it is not there.
  std::string words(const std::string& key);
  /// A text that is_name.
  std::string name(const std::string& key);
  std::string name_or(const std::string& key, std::string otherwise);
  std::int64_t integer(const std::string& key);
  std::int64_t integer_or(const std::string& key, std::int64_t otherwise);
  bool flag(const std::string& key);
  Digest digest(const std::string& key);
  std::map<std::string, std::string> texts(const std::string& key);
  /// bad_input for the first problem, or for a member that nobody asked for.
  Status status() const;

 private:
  const Json* find(const std::string& key, bool needed);
  void problem(std::string text);
  const Json& object_;
  std::set<std::string> asked_;
  std::optional<std::string> problem_;
};

}  // namespace gwageo
