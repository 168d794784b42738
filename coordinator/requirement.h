// Requirement: what a worker has to be so that one of its slots can serve a model. How many GPUs
// such a slot is made of is beside it: that is a matter of place (placement.h). But of a model on
// several nodes it is the worker's shape: such a worker was started for models of just that one.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/answerer.h"
#include "coordinator/session.h"
#include "coordinator/state.h"
#include "protocol/gpus.h"

namespace gwageo {

/// A value.
struct Requirement {
  std::string engine;
  bool on_gpus = false;                  ///< Its slots have to be GPUs, of whatever kind.
  std::string gpu_kind;                  ///< Empty: any.
  std::uint32_t gpu_memory_mib = 0;      ///< Of each GPU, at least.
  std::vector<std::string> not_on = {};  ///< Workers by name, ascending: what they ran is audited.
  std::vector<std::string> not_by = {};  ///< And the keys of these, where they are told apart.
  std::uint32_t nodes = 1;               ///< That the worker spans: neither more nor fewer.
  std::uint32_t slots = 0;               ///< That it has, exactly; 0 where `nodes` is 1: any.
  friend auto operator<=>(const Requirement&, const Requirement&) = default;
};

/// A model that asks for one slot, and nothing of what it is, runs on CPU slots too.
Requirement requirement_of(const ModelAdded& model);

/// Of a job: that of its model, and for an audit that it is run by others.
Requirement requirement_of(const State& state, const JobAccepted& job);

bool has_engine(const std::vector<std::string>& engines, const std::string& engine);
/// Whether this worker with these engines and so many slots, which are these GPUs, meets the
/// requirement.
bool meets(const Answerer& worker, const std::vector<std::string>& engines, const Gpus& gpus,
           std::size_t slots, const Requirement& requirement);
bool meets(const Session& session, const Requirement& requirement);

/// "2 GPUs of kind H100 with 80 GiB each, on 2 nodes", as far as it asks; empty where any slot will
/// do.
std::string gpus_in_words(const ModelAdded& model);

/// What the job was submitted for: that version of its model. The newest where it is not known.
/// REQUIRES: some version of the model is.
const ModelAdded& model_of(const State& state, const JobAccepted& job);

}  // namespace gwageo
