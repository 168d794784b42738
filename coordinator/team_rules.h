// What may be set of a team beside the others, and what a team may submit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "coordinator/fact.h"
#include "coordinator/team_tree.h"
#include "protocol/result.h"

namespace gwageo {

/// Whether `proposed` may take the place of what is set of that team. bad_input names the field, as
/// clients call it, and says why not: a value that is out of bounds, a limit under the guarantee, a
/// parent that is not set, a cycle (drawn), more than 8 levels, or children who are promised more
/// than the group that they are in.
///
/// What is promised to a team is its guarantee, or the sum of what is promised to its children
/// where that is more. The sum must fit into a group's guarantee, or into its limit where it has no
/// guarantee.
Status check_team(const std::map<std::string, TeamSet>& teams, const TeamSet& proposed);

/// Whether `team` may open one more job with `items` unsettled items: its own quotas, and those of
/// every group that it is in. bad_input says which quota, whose, how much of it is used, and what
/// to do. A job that costs nothing, because everything in it is known, is not held against anybody.
Status check_quotas(const TeamTree& teams, const std::string& team, std::uint64_t items);

/// Items that no stored response settles at once.
std::uint64_t unsettled_items(const JobAccepted& job, const std::vector<Adoption>& adoptions);

/// How many GPUs (slots, where there are none) all teams together are guaranteed.
std::uint64_t promised(const std::map<std::string, TeamSet>& teams);

/// Hours with two digits after the point, rounded down: never more than there were.
std::string hours_text(Duration gpu_time);

}  // namespace gwageo
