// CaughtWays: which fast ways (fast_path.h) servers were caught by, for as long as the worker
// lives. A server that was wrong about one is no more to be trusted after the next load of the
// model.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "protocol/model_spec.h"

namespace gwageo {

/// By what a fast way is remembered: kind of engine, server or template, and options.
std::string engine_profile(const ModelSpec& spec);

/// Shared by a worker's slots. Any thread.
class CaughtWays {
 public:
  /// So many are remembered; one more takes the place of another.
  static constexpr std::size_t remembered_max = 1024;

  void add(const std::string& profile, const std::string& way, const std::string& reason);
  /// Why the way is closed; empty: it was not caught.
  std::string reason(const std::string& profile, const std::string& way) const;

 private:
  mutable std::mutex mutex_;  // Guards all below.
  std::map<std::pair<std::string, std::string>, std::string> reasons_;
};

}  // namespace gwageo
