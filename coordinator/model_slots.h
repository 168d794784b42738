// Where a job's model is, and where it is on its way.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/waiting_reasons.h"

namespace gwageo {

struct ModelSlots {
  std::int64_t slots = 0;           ///< Of workers that get leases.
  std::vector<WaitReason> reasons;  ///< `loaded`, `loading`, or both; none without slots.
};

ModelSlots model_slots(const Forecast& forecast, const Job& job);

}  // namespace gwageo
