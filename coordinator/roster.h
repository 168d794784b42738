// Who is on a target's roster on a day. Pure functions of the facts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coordinator/fact_programme.h"

namespace gwageo {

/// Of each candidate the change that holds on the day (YYYY-MM-DD): the latest by its date, and of
/// several on one day the last that was recorded. Borrowed from `changes`.
std::map<std::string, const RosterChanged*> standing_on(const std::vector<RosterChanged>& changes,
                                                        const std::string& day);

/// The entry by which the candidate is there on the day, or nullptr.
const RosterChanged* entry_on(const std::vector<RosterChanged>& changes,
                              const std::string& candidate, const std::string& day);

}  // namespace gwageo
