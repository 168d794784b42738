// The figures that a benchmark prints: one line, `key=value` with spaces between.
#pragma once

#include <string>

#include "ops/invocation.h"
#include "protocol/json.h"

namespace gwageo {

/// The figures of one line, in order. A value.
class Figures {
 public:
  void add(const std::string& key, const std::string& value) { add(key, value, Json(value)); }
  void add(const std::string& key, double value);
  /// On standard output; one JSON document with --json.
  void print(const Invocation& arguments) const;

 private:
  void add(const std::string& key, const std::string& text, Json value);
  std::string line_;
  Json json_;
};

}  // namespace gwageo
