// gwageo_decisions: prints what was decided, as fingerprints, a line each. ops/same_decisions
// compares them between compilers.
//
//   gwageo_decisions WORLDS SEEDS
//
//   world 17 9f3c...               seed 17 of gwageo_sim: everything that happened there
//   pool gangs 3 gwageo 12ab...    seed 3 of a case of `gwageo simulate`: every start of a policy
//
// Pools are a tenth of their case, and rivals of ours run the first seed alone, so that a build
// without optimisation is done in minutes.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "ops/simulate/cases.h"
#include "ops/simulate/policies.h"
#include "ops/simulate/simulator.h"
#include "protocol/check.h"
#include "tests/sim/world.h"

namespace {

using namespace gwageo::simulate;

constexpr std::uint32_t shards_most = 10000;

WorkloadOptions tenth_of(WorkloadOptions options) {
  options.shards = std::min(options.shards / 10, shards_most);
  options.flood_jobs /= 10;
  options.models = std::max(options.models / 10, options.private_models ? options.teams : 1);
  return options;
}

void print_worlds(std::uint64_t count) {
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    const gwageo::sim::SeedReport report = gwageo::sim::run_seed(seed, false);
    std::printf("world %" PRIu64 " %s\n", seed, gwageo::to_hex(report.fingerprint).c_str());
  }
}

void print_pools(std::uint64_t seeds) {
  for (Case known : cases()) {
    known.nodes = 13;
    const Fleet fleet = fleet_of(known);
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const gwageo::Result<Work> work = generate(tenth_of(known.options), seed);
      GWAGEO_CHECK(work.has_value());
      for (const PolicyKind& kind : policy_kinds()) {
        if (seed > 1 && !kind.promises) continue;
        const auto policy = kind.make(fleet, work->workload, {});
        const Outcome outcome = simulate(fleet, work->workload, work->truth, *policy);
        std::printf("pool %s %" PRIu64 " %s %016" PRIx64 "\n", known.name.data(), seed,
                    kind.name.data(), outcome.fingerprint);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: gwageo_decisions WORLDS SEEDS\n");
    return 2;
  }
  print_worlds(std::strtoull(argv[1], nullptr, 10));
  print_pools(std::strtoull(argv[2], nullptr, 10));
  return 0;
}
