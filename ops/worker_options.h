// What a person says of a worker, read and held against itself. A fleet reads the line of its
// workers with it, before a job is submitted for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ops/gpu_options.h"
#include "ops/invocation.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

struct WorkerOptions {
  std::optional<WorkerGpus> gpus;   ///< As said: the machine has not been asked. None: slots.
  std::uint32_t slots = 1;          ///< Without GPUs.
  std::string name;                 ///< Empty: to be drawn.
  std::uint32_t credit_items = 0;   ///< Of each slot.
  std::uint32_t loads = 0;          ///< At once.
  std::optional<Duration> grace;    ///< None: it gives everything back at once.
  std::optional<unsigned> threads;  ///< Of each slot's engine; none: its part of the cores.
  std::uint32_t slowdown = 1;
  Duration health_every;
  std::uint64_t copy_rate = 0;             ///< GB/s of copies within a GPU's memory; 0: not said.
  std::optional<Duration> connect_within;  ///< None: it keeps trying.
  int niceness = 0;
};

/// All options of `gwageo worker` but those that say where something lies. bad_input, naming the
/// option, where one is wrong or contradicts another, those of a weights cache included. Opens
/// nothing, and asks nothing of this machine.
Result<WorkerOptions> worker_options(const Invocation& arguments);

}  // namespace gwageo
