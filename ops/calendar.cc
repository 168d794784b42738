#include "ops/calendar.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace gwageo {

Result<Calendar> Calendar::of(const std::string& zone) {
  std::error_code error;
  std::string rule = ":" + zone;
  if (!std::filesystem::is_regular_file("/usr/share/zoneinfo/" + zone, error)) {
    // The default zone has had no summer time since 1988, so it can be had without the database.
    if (zone != "Asia/Seoul") {
      return fail(ErrorKind::not_found,
                  "time zone " + zone + " is not known on this machine: install tzdata");
    }
    rule = "KST-9";
  }
  ::setenv("TZ", rule.c_str(), 1);
  ::tzset();
  return Calendar();
}

std::string Calendar::date(WallTime moment) const {
  const std::time_t second = static_cast<std::time_t>(moment.microseconds / 1000000);
  std::tm local{};
  ::localtime_r(&second, &local);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", local.tm_year + 1900, local.tm_mon + 1,
                local.tm_mday);
  return text;
}

}  // namespace gwageo
