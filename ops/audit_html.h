// The report of an audit as a page that a person can read and keep: one file, nothing fetched.
#pragma once

#include <string>

#include "protocol/json.h"

namespace gwageo {

/// Of what `audit.show` answers. Whatever it says is text there, never markup.
std::string audit_html(const Json& report);

}  // namespace gwageo
