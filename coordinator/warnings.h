// Warnings: what was recorded may not do what whoever asked for it expects. Pure.
#pragma once

#include <string>

#include "coordinator/fact.h"
#include "coordinator/state.h"

namespace gwageo {

/// What to tell whoever proposed the fact, which `state` holds by now; empty: nothing.
std::string warning_on(const State& state, const Fact& fact);

}  // namespace gwageo
