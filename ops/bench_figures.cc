#include "ops/bench_figures.h"

#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <utility>

#include "ops/output.h"

namespace gwageo {

void Figures::add(const std::string& key, double value) {
  char text[64];
  std::snprintf(text, sizeof text, value < 1000 ? "%.4g" : "%.0f", value);
  const auto whole = static_cast<std::int64_t>(value);
  add(key, text, static_cast<double>(whole) == value ? Json(whole) : Json(value));
}

void Figures::add(const std::string& key, const std::string& text, Json value) {
  line_ += (line_.empty() ? "" : " ") + key + "=" + text;
  json_[key] = std::move(value);
}

void Figures::print(const Invocation& arguments) const {
  std::printf("%s\n", arguments.json() ? json_.dump().c_str() : line_.c_str());
}

void print_lines(const Invocation& arguments, const std::vector<Figures>& lines) {
  Json document;
  for (const Figures& figures : lines) {
    if (arguments.json()) {
      document["lines"].push_back(figures.json());
    } else {
      say(figures.line() + "\n");
    }
  }
  if (arguments.json()) print(document);
}

double own_cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto in_seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return in_seconds(use.ru_utime) + in_seconds(use.ru_stime);
}

double own_memory_mb() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_maxrss) / 1024;
}

double in_seconds(Duration d) { return static_cast<double>(d.microseconds) / 1e6; }

}  // namespace gwageo
