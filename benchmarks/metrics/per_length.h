// What acc_norm and acc_bytes share: the choice whose log-probability by its length is the largest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "benchmarks/metric.h"
#include "protocol/check.h"

namespace gwageo {

/// 1 where it is the right one. An empty choice is never chosen: the harness divides by zero there,
/// which numpy makes -infinity.
inline Observation score_per_length(const ScoredItem& item,
                                    std::size_t (*length_of)(std::string_view choice)) {
  const Reference& reference = item.entry.reference;
  GWAGEO_CHECK(reference.choices.size() == item.responses.size());
  std::vector<double> scores;
  for (std::size_t i = 0; i < item.responses.size(); ++i) {
    const std::size_t length = length_of(reference.choices[i]);
    scores.push_back(length == 0 ? -std::numeric_limits<double>::infinity()
                                 : item.responses[i].log_probability / static_cast<double>(length));
  }
  const auto predicted = static_cast<std::int64_t>(argmax(scores));
  return {.value = reference.is_gold(predicted) ? 1.0 : 0.0};
}

}  // namespace gwageo
