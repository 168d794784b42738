// What a scorecard counts, against what the log says came in: an answer that is on record can be
// left out of a score, or counted as another outcome, only by somebody who says so in public.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "coordinator/job.h"
#include "protocol/request.h"

namespace gwageo {

/// The first outcome of which `scored` counts more or fewer items than the job can have, none where
/// all agree: its own results by outcome, what was given up, and the rest, which has none. Adopted
/// answers are counted where they came in, so of them only the number is known here. A pure
/// function.
std::optional<Outcome> first_uncounted(const Job& job,
                                       const std::array<std::uint64_t, outcome_count>& scored);

}  // namespace gwageo
