// What the metrics over choices share: the log-probabilities of an item's choices, and the choice
// that is taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "benchmarks/metric.h"

namespace gwageo {

/// The log-probability of each choice after the question.
std::vector<double> choice_scores(const ScoredItem& item);
/// The log-probability of each choice by itself; empty where they were not asked for.
std::vector<double> unconditional_scores(const ScoredItem& item);

/// The softmax of the choices' log-probabilities: how probable each is among them.
std::vector<double> choice_probabilities(const ScoredItem& item);

/// Index of the largest score, the first of equals, and before all the first NaN, as numpy's
/// argmax. REQUIRES: not empty.
std::size_t argmax(std::span<const double> scores);

/// 1 where the choice of the largest score is a right one.
Observation is_right(const ScoredItem& item, std::span<const double> scores);
/// The label that was chosen and the right one, for metrics over labels.
Observation labels_of_choice(const ScoredItem& item);
/// 1 where the choice of the largest score by its length is a right one. Divides as IEEE 754 does:
/// an empty choice is at -infinity, or NaN where its log-probability is 0.
Observation score_per_length(const ScoredItem& item,
                             std::size_t (*length_of)(std::string_view choice));

}  // namespace gwageo
