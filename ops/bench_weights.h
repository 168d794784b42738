// gwageo bench weights: how long it takes to bring a model to several nodes, how often storage is
// read for it, and what the death of a node in the midst of it costs.
#pragma once

#include <string>

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

/// Makes a model of --n MiB below `parent` and brings it to --workers receivers, each a process with
/// a cache of its own, over links of --rate MB/s: to one, to all, and to all while the sender or a
/// receiver is killed (SIGKILL) half-way; a killed receiver starts again. A line of figures for
/// each; `over_one` is its time over that of one receiver, `storage_times` how often the model was
/// read from storage, `queued_s` how long the node that had to wait longest for a processor did:
/// nodes of a cluster have their own, these share this machine's. Everything is removed again. Exit
/// code 1 when a receiver did not get the model, or storage was read more than once though the
/// sender lived.
Result<int> bench_weights(const Invocation& arguments, const std::string& parent);

}  // namespace gwageo
