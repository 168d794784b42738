#include "benchmarks/discrimination.h"

#include <algorithm>
#include <cmath>

#include "benchmarks/ratio_test.h"
#include "benchmarks/statistics.h"

namespace gwageo {
namespace {

/// Whether two models differ on a task by more than luck explains.
bool is_separated(const Stratum& stratum, std::size_t a, std::size_t b, double z) {
  double sum = 0;
  double squares = 0;
  const auto add = [&](double difference, double count) {
    sum += count * difference;
    squares += count * difference * difference;
  };
  if (stratum.clusters.empty()) {
    for (std::size_t k = 0; k < stratum.counts.size(); ++k) {
      add(stratum.observed[a][k].value - stratum.observed[b][k].value,
          static_cast<double>(stratum.counts[k]));
    }
  } else {
    for (const PairedUnit& unit : paired_units(stratum, a, {b})) {
      add(unit.candidate - unit.reference, unit.count);
    }
  }
  return std::fabs(sum) > z * std::sqrt(squares);
}

Discrimination discrimination(const Stratum& stratum) {
  const std::size_t models = stratum.observed.size();
  const double z = normal_quantile(0.975);
  Discrimination out;
  for (std::size_t m = 0; m < models; ++m) {
    const double score = stratum.aggregation->value({stratum.observed[m], stratum.counts});
    out.least = m == 0 ? score : std::min(out.least, score);
    out.most = m == 0 ? score : std::max(out.most, score);
    if (!stratum.aggregation->is_mean()) continue;
    for (std::size_t other = 0; other < m; ++other) {
      ++out.pairs;
      out.separated += is_separated(stratum, m, other, z) ? 1 : 0;
    }
  }
  return out;
}

}  // namespace

std::vector<Discrimination> discriminations(const Pairing& pairing) {
  std::vector<Discrimination> out;
  for (const Stratum& stratum : pairing.strata) {
    out.push_back(stratum.size > 0 ? discrimination(stratum) : Discrimination{});
    out.back().task = stratum.task;
  }
  return out;
}

}  // namespace gwageo
