// Makes pairings from numbers, for the tests of statistics.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "benchmarks/pairing.h"

namespace gwageo::pairings {

/// One kind of item: what each model scored, and how many items of it there are.
struct Kind {
  std::vector<double> values;
  std::uint64_t count = 1;
};

inline Stratum stratum(const std::vector<Kind>& kinds, double share = 1) {
  Stratum out;
  out.share = share;
  out.observed.resize(kinds.at(0).values.size());
  for (const Kind& kind : kinds) {
    for (std::size_t m = 0; m < kind.values.size(); ++m) {
      out.observed[m].push_back({kind.values[m], 0, 0, 1});
    }
    out.counts.push_back(kind.count);
    out.size += kind.count;
  }
  out.aggregation = make_mean_aggregation();
  return out;
}

inline Pairing pairing(std::vector<Stratum> strata) {
  Pairing out;
  for (const Stratum& s : strata) out.size += s.size;
  out.unpaired.resize(strata.at(0).observed.size(), 0);
  out.strata = std::move(strata);
  return out;
}

/// Candidate and reference over items of 0 and 1: both right, the candidate alone, the reference
/// alone, neither.
inline Pairing pairs(std::uint64_t both, std::uint64_t candidate, std::uint64_t reference,
                     std::uint64_t neither) {
  std::vector<Kind> kinds;
  if (both > 0) kinds.push_back({{1, 1}, both});
  if (candidate > 0) kinds.push_back({{1, 0}, candidate});
  if (reference > 0) kinds.push_back({{0, 1}, reference});
  if (neither > 0) kinds.push_back({{0, 0}, neither});
  std::vector<Stratum> strata;
  strata.push_back(stratum(kinds));
  return pairing(std::move(strata));
}

}  // namespace gwageo::pairings
