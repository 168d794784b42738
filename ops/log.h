// The log of a daemon: lines for people, with facts as key=value at their end. log.cc alone sees
// spdlog.
#pragma once

#include <memory>
#include <string>

#include "protocol/log.h"
#include "protocol/result.h"

namespace gwageo {

/// bad_input when GWAGEO_LOG is no level.
Status check_log_level();

/// Writes to standard error, or to `file` when it is not empty: at most four files of 8 MiB, the
/// oldest thrown away. The least level is GWAGEO_LOG (debug, info, warning, error), else info.
/// bad_input when that is no level, or `file` cannot be opened.
Result<std::unique_ptr<Log>> new_log(const std::string& file);

}  // namespace gwageo
