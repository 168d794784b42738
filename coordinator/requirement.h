// Requirement: what a worker has to be so that one of its slots can serve a model. How many GPUs
// such a slot is made of is beside it: that is a matter of place (placement.h).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/state.h"
#include "protocol/gpus.h"

namespace gwageo {

/// A value.
struct Requirement {
  std::string engine;
  bool on_gpus = false;              ///< Its slots have to be GPUs, of whatever kind.
  std::string gpu_kind;              ///< Empty: any.
  std::uint32_t gpu_memory_mib = 0;  ///< Of each GPU, at least.
  friend auto operator<=>(const Requirement&, const Requirement&) = default;
};

/// A model that asks for one slot, and nothing of what it is, runs on CPU slots too.
Requirement requirement_of(const ModelAdded& model);

/// Whether a worker with these engines and GPUs meets the requirement.
bool meets(const std::vector<std::string>& engines, const Gpus& gpus,
           const Requirement& requirement);

/// "2 GPUs of kind H100 with 80 GiB each", as far as it asks; empty where any slot will do.
std::string gpus_in_words(const ModelAdded& model);

/// What the job was submitted for: that version of its model. The newest where it is not known.
/// REQUIRES: some version of the model is.
const ModelAdded& model_of(const State& state, const JobAccepted& job);

}  // namespace gwageo
