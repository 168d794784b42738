// The second half of the probe: whether the numbers are those of a working model, and the same each
// time; alone and amid other requests.
#pragma once

#include <string>

#include "protocol/result.h"
#include "worker/openai_capabilities.h"
#include "worker/openai_options.h"
#include "worker/openai_probe_rounds.h"

namespace gwageo {

inline const std::string probe_context = "The capital of France is";

/// Refuses requests for log-probabilities from here on.
void refuse_scoring(OpenAiCapabilities& found, const std::string& why);

/// Asks for a sum of log-probabilities and a text alone, and again amid others of several lengths:
/// refuses scoring where two sums asked at the same time differ, where those of unlike texts are
/// the same (whatever the options say), or where the ordering is not that of a working model, and
/// notes whether company changes anything. unavailable as ProbeRounds::ask.
Status probe_numbers(const OpenAiOptions& options, ProbeRounds& rounds, OpenAiCapabilities& found);

}  // namespace gwageo
