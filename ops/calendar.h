// The calendar of a place: which date it is there. The only file that knows the system's time
// zones.
#pragma once

#include <string>

#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

/// One to a process: the C library knows one time zone at a time. Once made, any thread may ask.
class Calendar {
 public:
  /// `zone` as the TZ database calls it, for instance "Asia/Seoul". not_found when this machine
  /// does not know it.
  static Result<Calendar> of(const std::string& zone);

  /// The date there at that moment: YYYY-MM-DD.
  std::string date(WallTime moment) const;

 private:
  Calendar() = default;
};

}  // namespace gwageo
