// One fact of every kind: with every field set, and with as little as is allowed.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/fact.h"

namespace gwageo::samples {

/// A digest that is not zero and differs for each `n`.
Digest fact_digest(int n);
Signature fact_signature(std::uint8_t n);

std::vector<Fact> full_facts();

std::vector<Fact> minimal_facts();

}  // namespace gwageo::samples
