// How the table of verbs names what a verb is given.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ops/command_line.h"

namespace gwageo {

inline Parameter flag(std::string name, std::string help) {
  return {std::move(name), Takes::nothing, "", std::move(help), false};
}
inline Parameter option(std::string name, std::string value, std::string help) {
  return {std::move(name), Takes::one, std::move(value), std::move(help), false};
}
inline Parameter needed_option(std::string name, std::string value, std::string help) {
  return {std::move(name), Takes::one, std::move(value), std::move(help), true};
}
inline Parameter needed(std::string name, std::string help) {
  return {std::move(name), Takes::one, "", std::move(help), true};
}
inline Parameter optional(std::string name, std::string help) {
  return {std::move(name), Takes::one, "", std::move(help), false};
}

/// All of `some`, then `more`.
inline std::vector<Parameter> with(std::vector<Parameter> some,
                                   const std::vector<Parameter>& more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

inline constexpr const char* nothing_more = "";

}  // namespace gwageo
