// A device against its twin: every operation of device.h on numbers that are drawn for it, compared
// bit by bit with the CPU device, which is the definition. Shapes are chosen so that every kernel
// that a device may have for an operation runs: few rows and many, whole groups and remainders,
// short contexts and long ones.
#pragma once

#include <string>
#include <vector>

#include "worker/device.h"

namespace gwageo {

/// What came of one comparison. A value.
struct TwinReport {
  std::string name;   ///< Of the operation.
  std::string bound;  ///< How far apart the two may be: "the same bits".
  bool passed = false;
  std::string finding;  ///< How much was compared; or the first difference; or why it did not run.
};

/// One report for each operation. A device that fails ends its report with its reason, and all that
/// follow. REQUIRES: no other user of `tested`.
std::vector<TwinReport> check_twins(Device& tested, Device& definition);

/// Compares two lists of numbers bit by bit; any NaN equals any other.
TwinReport compare_bits(const std::string& name, const std::vector<float>& tested,
                        const std::vector<float>& wanted);

}  // namespace gwageo
