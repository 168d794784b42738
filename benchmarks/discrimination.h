// Which tasks tell models apart. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "benchmarks/pairing.h"

namespace gwageo {

/// How many pairs of models a task separates: the discriminative power of Sakai, Evaluating
/// evaluation metrics based on the bootstrap (SIGIR 2006), is `separated` over `pairs`. A value.
struct Discrimination {
  std::string task;
  std::uint64_t pairs = 0;
  std::uint64_t separated = 0;
  double least = 0;  ///< The lowest and the highest score on the paired items.
  double most = 0;
};

/// Of each stratum of the pairing whose headline is a mean, in order, and of any other one no
/// pairs. Two models are separated where the paired difference d of their scores has
///
///   |sum d| > z sqrt(sum d^2)        z: 97.5 % of the normal distribution
///
/// which is McNemar's test, two-sided at 5 %, where scores are 0 or 1. Clusters count as one unit.
/// There is no correction for the number of pairs: of models that are all alike, 5 % of pairs are
/// separated by luck.
std::vector<Discrimination> discriminations(const Pairing& pairing);

}  // namespace gwageo
