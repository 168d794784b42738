// What a GPU is asked before anybody relies on it: every operation of the device module against its
// twin on the processor, and how fast its memory is.
#pragma once

#include <string>
#include <vector>

#include "worker/device_module.h"
#include "worker/twin_check.h"

namespace gwageo {

/// How fast products with a matrix of 8,192 x 8,192 floats are; 0 where it could not be measured.
struct ProductRates {
  double weight_bytes_per_second = 0;  ///< Read by products with one row, as in generation.
  double operations_per_second = 0;    ///< Of 1,024 rows, an addition and a product each one.
};

/// What was found out about one GPU.
struct GpuFindings {
  ModuleGpu gpu;
  std::vector<TwinReport> twins;
  double copy_bytes_per_second = 0;  ///< 0 where it could not be measured.
  ProductRates products;
};

/// Runs every twin on GPU `index` of the module. Takes seconds.
GpuFindings check_gpu(const OpenModule& opened, int index, const ModuleGpu& gpu);

/// The group of all these GPUs against the twin of threads; and bytes a second of an all-reduce (of
/// each rank's numbers, as NCCL's own tests count the algorithm's rate).
struct GroupFindings {
  TwinReport twin;
  double reduced_bytes_per_second = 0;
};
GroupFindings check_group(DeviceModule& module, int gpus);

/// The operations against the plain device: four floats at a time against the widest.
std::vector<TwinReport> check_processor();

}  // namespace gwageo
