// The arguments of a filter or a metric: what its YAML says beside its name. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json.h"
#include "protocol/regex.h"
#include "protocol/result.h"

namespace gwageo {

/// Reads typed arguments. An argument that is missing or null takes its default, one of another
/// type is bad_input by name. Borrows the JSON.
class Arguments {
 public:
  /// `json` is an object or null.
  explicit Arguments(const Json& json) : json_(json) {}

  Result<std::string> text(std::string_view name, std::string_view otherwise) const;
  Result<std::int64_t> integer(std::string_view name, std::int64_t otherwise) const;
  Result<bool> boolean(std::string_view name, bool otherwise) const;
  /// A list of integers; one integer stands for a list of one. Empty where there is none.
  Result<std::vector<std::int64_t>> integers(std::string_view name) const;
  /// A list of patterns, each a string. One string stands for its characters, each a pattern, which
  /// is how the harness reads one.
  Result<std::vector<Regex>> regexes(std::string_view name) const;

  /// bad_input when there is an argument that is not among `known`.
  Status only(const std::vector<std::string_view>& known) const;

 private:
  /// The argument, or nullptr where it is missing or null.
  const Json* find(std::string_view name) const;
  const Json& json_;
};

/// The argument that an error of `Arguments`, or one like it, calls "argument 'NAME'"; else empty.
std::string_view argument_at_fault(const Error& error);

}  // namespace gwageo
