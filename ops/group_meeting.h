// Group meeting: a file that all nodes see, in which the first process of a group leaves the others
// what they have to know to meet over NCCL (device_module.h, `new_group_ticket`).
#pragma once

#include <string>
#include <string_view>

#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

/// bad_input where something lies there: of an earlier group, whose ranks would wait for ever.
Status leave_ticket(const std::string& path, std::string_view ticket);

/// The ticket, once it is there; unavailable after `within`, naming the file.
Result<std::string> await_ticket(const std::string& path, Duration within);

/// All have met: the next group may use the name.
void remove_ticket(const std::string& path);

}  // namespace gwageo
