#include "coordinator/settling.h"

#include <algorithm>

#include "benchmarks/verdict_kind.h"
#include "coordinator/verdict_inputs.h"

namespace gwageo {
namespace {

enum class Known { unknown, inconclusive, settled };

// What the last verdict on a candidate says, if it rests on what there is now.
Known known_of(const State& state, const JudgementInput& input, const Json& shared,
               const Contender& candidate) {
  const auto last = state.verdicts().find({input.target.name, candidate.name});
  if (last == state.verdicts().end()) return Known::unknown;
  const Json inputs = verdict_inputs(shared, input, candidate);
  if (last->second.inputs != inputs_digest(inputs)) return Known::unknown;
  const bool is_open = last->second.verdict == to_string(VerdictKind::inconclusive);
  return is_open ? Known::inconclusive : Known::settled;
}

// How many rounds after the first everybody whom an inconclusive verdict compares should have: what
// the references lack of the candidate's own comes before another of all.
std::uint32_t wanted_for(const JudgementInput& input, const Contender& candidate) {
  const std::uint32_t own = rounds_examined(candidate);
  const bool is_level =
      std::all_of(input.cohort.begin(), input.cohort.end(),
                  [&](const Contender& reference) { return rounds_examined(reference) >= own; });
  return std::min(is_level ? own + 1 : own, input.policy.settle->rounds);
}

// Of a round, as far as it is known: as many as the round before where it is not rendered yet.
std::uint64_t requests_of(const State& state, const SuiteAdded& suite, std::uint32_t round) {
  const SuiteAdded* plan = nullptr;
  for (; plan == nullptr; --round) plan = state.round_of(suite.name, suite.version, round);
  return plan->requests;
}

// Collects what candidates need, one after another.
class SettlingSearch {
 public:
  SettlingSearch(const State& state, const JudgementInput& input)
      : state_(state), input_(input), asked_(input.asked_again) {}

  // Whatever is on its way for the candidate's sake stays needed.
  void keep(const Contender& candidate) {
    for_each_open(candidate, input_.policy.settle->rounds,
                  [&](const Examination&, Needed needed) { found_.all.insert(std::move(needed)); });
  }

  // All that the candidate lacks of so many rounds, or nothing where the requests do not last.
  void need(const Contender& candidate, std::uint32_t rounds) {
    std::vector<Needed> missing;
    std::uint64_t requests = 0;
    for_each_open(candidate, rounds, [&](const Examination& there, Needed needed) {
      const bool is_missing = !there.under_way && !there.ended && !is_found(needed);
      if (is_missing) requests += requests_of(state_, *input_.suite, needed.round);
      if (is_missing) missing.push_back(needed);
      found_.all.insert(std::move(needed));
    });
    if (asked_ + requests > input_.policy.settle->requests) return;
    asked_ += requests;
    found_.missing.insert(found_.missing.end(), missing.begin(), missing.end());
  }

  RoundsNeeded take() {
    std::stable_sort(found_.missing.begin(), found_.missing.end(),
                     [](const Needed& a, const Needed& b) { return a.round < b.round; });
    return std::move(found_);
  }

 private:
  bool is_found(const Needed& needed) const {
    return std::find(found_.missing.begin(), found_.missing.end(), needed) != found_.missing.end();
  }

  // Of the candidate and all that it is compared with the rounds up to `rounds` that are not
  // examined.
  template <class See>
  void for_each_open(const Contender& candidate, std::uint32_t rounds, const See& see) const {
    const auto open_of = [&](const Contender& model) {
      for (std::uint32_t round = rounds_examined(model) + 1; round <= rounds; ++round) {
        see(model.rounds[round - 1],
            Needed{model.name, model.version, input_.suite->name, input_.suite->version, round});
      }
    };
    for (const Contender& reference : input_.cohort) open_of(reference);
    open_of(candidate);
  }

  const State& state_;
  const JudgementInput& input_;
  std::uint64_t asked_;
  RoundsNeeded found_;
};

}  // namespace

RoundsNeeded rounds_needed(const State& state, const JudgementInput& input) {
  const Json shared = shared_inputs(input);
  SettlingSearch search(state, input);
  for (const Contender& candidate : input.candidates) {
    switch (known_of(state, input, shared, candidate)) {
      case Known::unknown: search.keep(candidate); break;
      case Known::inconclusive: search.need(candidate, wanted_for(input, candidate)); break;
      case Known::settled: break;
    }
  }
  return search.take();
}

}  // namespace gwageo
