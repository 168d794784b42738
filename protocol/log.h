// Log: where shells write what people may want to read. The pure cores never log.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gwageo {

enum class LogLevel { debug, info, warning, error };

/// A fact about a line, for instance {"job", "7"}.
using LogField = std::pair<std::string_view, std::string>;

/// Thread rule: any thread may write at any time.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view text,
                     const std::vector<LogField>& fields = {}) = 0;
};

}  // namespace gwageo
