// How fast a published log is verified: `gwageo bench verify`.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/result.h"

namespace gwageo {

struct VerifySpeed {
  std::uint64_t records = 0;
  double megabytes = 0;        ///< Of the log's files.
  double publish_seconds = 0;  ///< To make the records and write the tiles, durably.
  double seconds = 0;          ///< To verify the folder.
  double cpu_seconds = 0;      ///< Of the same; less where the machine has other work.
  double prove_us = 0;         ///< To make and check the proof of one record, from tiles.
  double memory_mb = 0;
};

/// Publishes a lawful journal of `records` facts, leases and their results, in a folder of its own
/// under `parent`, which goes again, and verifies it as `audit verify DIR` does, in one thread.
Result<VerifySpeed> measure_verification(std::uint64_t records, const std::string& parent);

}  // namespace gwageo
