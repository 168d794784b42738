// Fleets: so many nodes of a kind, or from a file.
#pragma once

#include <string>
#include <string_view>

#include "ops/simulate/workload.h"
#include "protocol/result.h"

namespace gwageo::simulate {

/// Nodes of the same kind, in one domain for every 32. REQUIRES: the bounds of workload.h.
Fleet uniform_fleet(std::uint32_t nodes, std::uint32_t gpus);
/// The same, but that the last `narrow` nodes have half as many GPUs, at least one, and share no
/// fast network. REQUIRES: narrow <= nodes.
Fleet uneven_fleet(std::uint32_t nodes, std::uint32_t gpus, std::uint32_t narrow);

/// A table of nodes, `file` for messages. Two forms, told apart by their columns:
///
///   gpus[,count][,name][,kind][,memory_mib][,domain]   a line for `count` equal nodes (1); without
///                                                      domains each node is one of its own, and
///                                                      without kinds its GPUs will do for any
///   sn,cpu_milli,memory_mib,gpu,model                  openb's node list; nodes without GPU are
///                                                      left out
///
/// Names, kinds and domains are any text; nodes with the same domain share a fast network.
/// bad_input, with line, field and reason, for what no fleet can be.
Result<Fleet> read_fleet(std::string_view text, const std::string& file);

}  // namespace gwageo::simulate
