// One seed's work under some policies, with the time that they took on this machine.
#pragma once

#include <string>
#include <vector>

#include "ops/simulate/figures.h"
#include "ops/simulate/policies.h"
#include "ops/simulate_setup.h"

namespace gwageo {

struct SimulationRound {
  std::string title;
  simulate::Bound bound;
  std::uint64_t left_out = 0;  ///< Rows of a trace.
  std::uint64_t widened = 0;   ///< Rows whose slots are wider than they ask for.
  std::vector<simulate::Figures> figures;
  std::string chart;  ///< Of the last policy's run; empty unless wanted.
};

/// REQUIRES: a kind.
SimulationRound run_round(const SimulationSetup& setup,
                          const std::vector<simulate::PolicyKind>& kinds,
                          const simulate::PolicyOptions& options, bool with_chart = false);

}  // namespace gwageo
