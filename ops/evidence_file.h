// A file that a decision rests on, on its way to the coordinator.
#pragma once

#include <string>

#include "ops/client.h"
#include "ops/invocation.h"

namespace gwageo {

/// Sends the file that --evidence names, and adds its digest and name to what is asked; without the
/// option nothing. Errors name the file.
Status send_evidence(const Invocation& arguments, Client& client, Json& body);

}  // namespace gwageo
