#include "ops/log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "ops/system.h"

namespace gwageo {
namespace {

constexpr std::size_t log_file_bytes_max = std::size_t{8} << 20;
constexpr std::size_t old_files_max = 3;

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

Result<spdlog::level::level_enum> least_level() {
  const std::string name = environment("GWAGEO_LOG");
  if (name.empty() || name == "info") return spdlog::level::info;
  if (name == "debug") return spdlog::level::debug;
  if (name == "warning") return spdlog::level::warn;
  if (name == "error") return spdlog::level::err;
  return fail(ErrorKind::bad_input,
              "GWAGEO_LOG: \"" + name + "\" is none of debug, info, warning, error");
}

// A value that would not be one word is put in quotes, so that a line can be taken apart again.
void append_field(std::string& line, const LogField& field) {
  line.append("  ").append(field.first).append("=");
  if (!field.second.empty() && field.second.find_first_of(" \t\n\"=") == std::string::npos) {
    line += field.second;
    return;
  }
  line += '"';
  for (const char c : field.second) {
    if (c == '"' || c == '\\') line += '\\';
    line += c == '\n' ? ' ' : c;
  }
  line += '"';
}

class SpdLog final : public Log {
 public:
  explicit SpdLog(spdlog::sink_ptr sink) : logger_("gwageo", std::move(sink)) {}

  void write(LogLevel level, std::string_view text, const std::vector<LogField>& fields) override {
    if (!logger_.should_log(level_of(level))) return;
    std::string line(text);
    for (const LogField& field : fields) append_field(line, field);
    logger_.log(level_of(level), "{}", line);
  }

  void begin(spdlog::level::level_enum least) {
    logger_.set_level(least);
    logger_.flush_on(spdlog::level::debug);
    logger_.set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %-7l %v", spdlog::pattern_time_type::utc);
    // A line that cannot be written (a full disk) must not end the daemon, nor fill its terminal.
    logger_.set_error_handler([](const std::string&) {});
  }

 private:
  spdlog::logger logger_;
};

}  // namespace

Status check_log_level() {
  GWAGEO_TRY(least_level());
  return {};
}

Result<std::unique_ptr<Log>> new_log(const std::string& file) {
  GWAGEO_ASSIGN(least, least_level());
  try {
    spdlog::sink_ptr sink;
    if (file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file, log_file_bytes_max,
                                                                    old_files_max);
    }
    auto log = std::make_unique<SpdLog>(std::move(sink));
    log->begin(least);
    return log;
  } catch (const spdlog::spdlog_ex& error) {
    return fail(ErrorKind::bad_input, file + ": the log cannot be opened: " + error.what());
  }
}

}  // namespace gwageo
