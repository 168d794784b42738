#include "ops/group_meeting.h"

#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

#include "coordinator/durable_file.h"
#include "ops/system.h"
#include "ops/system_clock.h"
#include "worker/device_module.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

constexpr auto ticket_looked_for_every = std::chrono::milliseconds(50);

bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

}  // namespace

Status leave_ticket(const std::string& path, std::string_view ticket) {
  if (is_there(path)) {
    return fail(ErrorKind::bad_input, path +
                                          " is there already: name a new file for each group, or "
                                          "remove it where no group is on its way");
  }
  return replace_file(path, ticket, Readers::owner);
}

Result<std::string> await_ticket(const std::string& path, Duration within) {
  const SystemClock clock;
  const Duration end = clock.monotonic() + within;
  while (!is_there(path)) {
    if (clock.monotonic() >= end) {
      return fail(ErrorKind::unavailable,
                  "rank 0 has not left " + path + " within " +
                      std::to_string(within.microseconds / 1'000'000) +
                      " s: is it running, and does this node see the file?");
    }
    std::this_thread::sleep_for(ticket_looked_for_every);
  }
  return read_small_file(path, group_ticket_bytes_max);
}

void remove_ticket(const std::string& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
}

}  // namespace gwageo
