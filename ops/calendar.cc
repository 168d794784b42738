#include "ops/calendar.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string_view>

namespace gwageo {
namespace {

/// Whether the database has rules by that name: beside them lie tables for people.
bool has_rules(const std::string& zone) {
  if (zone.starts_with('/') || zone.find("..") != std::string::npos) return false;
  std::ifstream file("/usr/share/zoneinfo/" + zone, std::ios::binary);
  std::array<char, 4> magic{};
  file.read(magic.data(), magic.size());
  return file && std::string_view(magic.data(), magic.size()) == "TZif";
}

}  // namespace

Result<Calendar> Calendar::of(const std::string& zone) {
  std::string rule = ":" + zone;
  if (!has_rules(zone)) {
    // The default zone has had no summer time since 1988, so it can be had without the database.
    if (zone != "Asia/Seoul") {
      return fail(ErrorKind::not_found,
                  "time zone \"" + zone +
                      "\" is not known on this machine: give a name of the TZ database, for "
                      "instance Asia/Seoul, or install tzdata");
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
