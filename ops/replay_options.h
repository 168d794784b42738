// What `audit replay` is told, checked before anything is asked of a coordinator: a number that was
// told once draws a sample for good.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "benchmarks/audit_sample.h"
#include "ops/invocation.h"
#include "protocol/digest.h"
#include "protocol/time.h"
#include "protocol/transparency/log_policy.h"

namespace gwageo {

/// A value.
struct ReplayOptions {
  std::string job;                     ///< Whose sample is to be drawn; empty where `audit` is one.
  std::optional<std::uint64_t> audit;  ///< That is there, to be shown again.
  std::int64_t sample = 0;
  bool is_sample_given = false;
  std::optional<Digest> nonce;  ///< As it was given.
  MismatchRule rule;
  double forged_share = 0.01;
  Duration root_within;
  std::optional<LogPolicy> policy;
  std::string keep;  ///< The file of the number and of the root; empty: by the commitment.
  bool is_waited_for = true;
};

/// bad_input or another error, naming the option as it is typed, where one of them is wrong.
Result<ReplayOptions> replay_options(const Invocation& arguments);

}  // namespace gwageo
