// What a person says of a worker's weights cache, and the cache that comes of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "ops/command_line.h"
#include "ops/invocation.h"
#include "protocol/log.h"
#include "worker/weights_node.h"

namespace gwageo {

/// Bytes, from a number and one of KB, MB, GB, TB, KiB, MiB, GiB, TiB. Nothing for anything else,
/// or for more than 62 bits hold.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// A worker's weights cache and what it meets other nodes in. The node goes first.
struct WorkerWeights {
  std::unique_ptr<FolderWeightsDirectory> directory;  ///< None: this node alone.
  std::unique_ptr<WeightsNode> node;                  ///< None: models are read in place.
};

/// --weights-cache DIR with --weights-quota and --weights-readers. bad_input, naming the option.
/// REQUIRES: a cache is given.
Result<WeightsCacheOptions> weights_cache_options(const Invocation& arguments);
std::vector<Parameter> weights_cache_parameters();

/// Whether worker_weights would take the options; looks at nothing else.
Status check_weights_options(const Invocation& arguments);

/// --weights-cache DIR with --weights-quota, and the other options beside. bad_input when one is
/// wrong or lacks another; else the cache's own error. `log` outlives it.
Result<WorkerWeights> worker_weights(const Invocation& arguments, Log& log);
std::vector<Parameter> worker_weights_parameters();

}  // namespace gwageo
