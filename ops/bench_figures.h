// What a benchmark prints: one line of figures, `key=value` with spaces between, or with --json one
// document; and what this process has used so far.
#pragma once

#include <string>
#include <vector>

#include "ops/invocation.h"
#include "protocol/json.h"
#include "protocol/time.h"

namespace gwageo {

/// The figures of one line, in order. A value.
class Figures {
 public:
  void add(const std::string& key, const std::string& value) { add(key, value, Json(value)); }
  void add(const std::string& key, double value);
  void print(const Invocation& arguments) const;
  const std::string& line() const { return line_; }
  const Json& json() const { return json_; }

 private:
  void add(const std::string& key, const std::string& text, Json value);
  std::string line_;
  Json json_;
};

/// A line each, or with --json one document, {"lines":[...]}.
void print_lines(const Invocation& arguments, const std::vector<Figures>& lines);

/// User and system time of this process so far.
double own_cpu_seconds();

/// Highest resident memory of this process so far.
double own_memory_mb();

double in_seconds(Duration d);

}  // namespace gwageo
