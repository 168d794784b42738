// What a worker's own engine computes with: its GPUs where the device module and they are there,
// else the processor. And how its slots are looked at.
#pragma once

#include <cstdint>
#include <memory>

#include "ops/machine_gpus.h"
#include "protocol/log.h"
#include "protocol/result.h"
#include "worker/check_runner.h"
#include "worker/engine.h"
#include "worker/health.h"

namespace gwageo {

struct WorkerDevices {
  /// Slot i's engine computes on GPU i. Empty: on the processor.
  MakeDevice make_device;
  /// Nothing is asked for where nobody can be asked: `health.slots` is 0 then.
  HealthOptions health;
  std::shared_ptr<HealthChecks> checks;
};

/// For a worker that says that it has these. A GPU that is not there, is another one, or does not
/// compute as it should is found out by `health`, and its slot takes no work then. Where there is
/// neither a GPU nor a module, engines compute on the processor, which is logged.
WorkerDevices worker_devices(const WorkerGpus& gpus, MachineGpus machine, Log& log);

}  // namespace gwageo
