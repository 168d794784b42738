#include "ops/scored_outcomes.h"

namespace gwageo {

std::optional<Outcome> first_uncounted(const Job& job,
                                       const std::array<std::uint64_t, outcome_count>& scored) {
  std::array<std::uint64_t, outcome_count> least = job.recorded;
  for (const auto& [outcome, items] : job.given_up) {
    least[static_cast<std::size_t>(outcome)] += items.size();
  }
  const Outcome unasked = job.failed ? Outcome::engine_failed : Outcome::cancelled;
  const std::uint64_t settled = job.done.size() + job.given_up_count();
  least[static_cast<std::size_t>(unasked)] += job.accepted.items - settled;
  std::uint64_t adopted = job.done.size() - job.executed.size();
  for (std::size_t i = 0; i < outcome_count; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    const std::uint64_t more = scored[i] - least[i];
    if (scored[i] < least[i] || more > adopted) return outcome;
    if (outcome == Outcome::cancelled && more > 0) return outcome;  // Nobody answered so.
    adopted -= more;
  }
  return adopted == 0 ? std::nullopt : std::optional(Outcome::answered);
}

}  // namespace gwageo
