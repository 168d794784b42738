// The known answer: a small model, made of numbers that a counter gives, and what its logits are. A
// device that computes correctly gives the digest on record, whatever its kind: the operations are
// defined to the bit (device.h). Run when a worker starts, after an incident and on a schedule.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/digest.h"
#include "protocol/result.h"
#include "worker/device.h"

namespace gwageo {

struct KnownAnswer {
  Digest digest{};               ///< SHA-256 over all logits, as 32-bit little-endian floats.
  std::uint64_t logits = 0;      ///< How many.
  bool same_when_alone = false;  ///< Sequences computed alone gave the same bits as together.
};

/// Three sequences, their prompts fed together and in pieces, then continued token by token; and
/// the same once more, each alone. Takes milliseconds. The device's error when it fails.
Result<KnownAnswer> known_answer(Device& device);

/// The digest on record.
const Digest& recorded_known_answer();

/// `count` floats in (-scale, scale), multiples of scale * 2^-23: SplitMix64 over a counter, as in
/// benchmarks' ResampleStream. The same on every machine.
std::vector<float> known_numbers(std::size_t count, std::uint64_t seed, float scale);

}  // namespace gwageo
