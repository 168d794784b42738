// A verdict on record as people read it: derived step by step.
#pragma once

#include <string>

#include "protocol/json.h"

namespace gwageo {

/// What `verdict.explain` answered, in numbered steps, and the items that count most.
std::string derivation_text(const Json& answer);

}  // namespace gwageo
