// Rounds: a suite that is asked of a model again, so that what luck there is in its answers
// averages out. Round 0 is the examination itself; round k asks the items of tasks that generate
// once more, with repeats and seeds that count on from those of the round before. Log-likelihoods
// are not asked again, unless the suite has nothing else: they would come out as they are. Pure.
//
// Repeats narrow an interval only by the part of the variance that lies within items. The part
// between items stays whatever is repeated; more items are what makes that smaller.
#pragma once

#include <cstdint>
#include <span>

#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "benchmarks/target.h"

namespace gwageo {

/// Whether a round after the first asks the items of `task`, one of the suite's.
bool is_asked_again(const Suite& suite, const Task& task);

/// What a model's rounds come to together. The first is the examination: whose items those are that
/// count, what is covered, and everything that no later round says. An item's value is the mean
/// over all rounds that scored it, and a task's headline the mean of those values, a fraction where
/// it is one in every round and every round scored the same items. A task whose headline is no mean
/// of its items (F1, a median) stays as the first round has it. Errors of metrics are not kept.
/// REQUIRES: 1 scorecard or more, each one of the suite.
Scorecard mean_of_rounds(const Suite& suite, std::span<const Scorecard* const> rounds);

/// The confidence at each end of an interval of a target that may look `settle.rounds` times more.
/// Whoever looks again until a result is there finds one by luck more often; so the error that the
/// target allows is divided among all its looks (Bonferroni), the first one included, and all of
/// them together err no more often than 1 - `target.confidence`.
double confidence_of_a_look(const Target& target);

}  // namespace gwageo
