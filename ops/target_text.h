// A target on a day as people read it.
#pragma once

#include <string>

#include "protocol/json.h"

namespace gwageo {

/// What `target.show` answered: the rule, the cohort, a line a candidate, and the reasons.
std::string target_table(const Json& judgement);

/// A line that says how much of an answer is kept back; empty where nothing is.
std::string withheld_text(const Json& answer);

}  // namespace gwageo
