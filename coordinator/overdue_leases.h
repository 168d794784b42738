// When leases that are out are taken back, whatever becomes of what runs there (overdue_leases.cc).
#pragma once

#include "protocol/time.h"

namespace gwageo {

/// A run that is to yield is ended so long after it was asked, and after anything came of its slot;
/// that of a team whose GPU-hours are used up so long after it was lent.
inline constexpr Duration overdue_leases_after = seconds(600);

}  // namespace gwageo
