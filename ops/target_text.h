// A target on a day as people read it.
#pragma once

#include <cstdint>
#include <string>

#include "ops/invocation.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// The longest target file that is read.
inline constexpr std::uint64_t target_bytes_max = std::uint64_t{1} << 20;

/// What `target.show` answered: the rule, the cohort, a line a candidate, and the reasons.
std::string target_table(const Json& judgement);

/// Adds the file that --policy names to what is asked. bad_input, naming its line, when it is no
/// target file.
Status add_policy(const Invocation& arguments, Json& body);

/// A line that says how much of an answer is kept back; empty where nothing is.
std::string withheld_text(const Json& answer);

}  // namespace gwageo
