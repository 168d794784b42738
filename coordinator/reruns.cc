#include "coordinator/reruns.h"

#include <algorithm>

namespace gwageo {
namespace {

/// However much moves, nothing waits for longer than so many times of quiet.
constexpr std::int64_t quiet_times_max = 10;

/// Before the next try of what was not accepted.
constexpr Duration put_off_for = seconds(10);

}  // namespace

void Reruns::moved(Instant now) {
  if (!first_) first_ = now;
  last_ = now;
  due_ = now;  // When exactly, the targets say.
}

void Reruns::put_off(Instant now) {
  if (!first_) first_ = now;
  last_ = now;
  due_ = now + put_off_for;
}

Instant Reruns::due_of(const NeedsOfTarget& needs) const {
  const Duration quiet = seconds(needs.quiet_seconds);
  return std::min(last_ + quiet, *first_ + quiet * quiet_times_max);
}

Reruns::Step Reruns::next(Instant now, const State& state) {
  Step step;
  if (!due_ || now < *due_) return step;
  due_.reset();
  const std::vector<NeedsOfTarget> all = needs(state);
  bool is_any_due = false;
  for (const NeedsOfTarget& of : all) {
    if (!of.reruns) continue;
    const Instant due = due_of(of);
    if (now < due) {
      due_ = due_ ? std::min(*due_, due) : due;
      continue;
    }
    is_any_due = true;
    if (of.missing.empty() || step.submit || step.round) continue;
    const Needed& first = of.missing.front();
    if (state.round_of(first.suite, first.suite_version, first.round) != nullptr) {
      step.submit = submission_of(state, first, of.target);
    } else {
      step.round = WantedRound{*state.suite(first.suite, first.suite_version), first.round};
    }
  }
  // What is needed no more is called off after a quiet time, too: it may be needed again.
  if (is_any_due) step.cancel = superseded_jobs(state, all);
  if (step.submit) due_ = now;
  if (!due_) first_.reset();
  return step;
}

}  // namespace gwageo
