// What a person says of GPUs: which a worker has, and which a model needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ops/command_line.h"
#include "ops/invocation.h"
#include "protocol/gpus.h"
#include "protocol/json.h"

namespace gwageo {

struct WorkerGpus {
  std::uint32_t count = 0;  ///< On each machine; 0: all that it has (machine_gpus.h completes it).
  std::uint32_t asked = 0;  ///< Of the cluster's scheduler; 0: nobody said.
  Gpus each;
  std::vector<std::string> hosts = {};  ///< The machines that it spans; empty: this one alone.
  bool is_allocated = false;            ///< Its count is what the job was given.

  /// Each GPU is one.
  std::uint32_t slots() const { return count * each.nodes; }
};

/// --gpus N with --gpu-kind and --gpu-memory, which --gpus all may leave open, and --node and
/// --domain where they are given; none without any of them. bad_input when one is wrong or missing,
/// or --slots is given beside. Asks nothing of this machine: of --gpus allocated the count is 0.
Result<std::optional<WorkerGpus>> worker_gpus(const Invocation& arguments);
/// Completes the count of --gpus allocated, by the variables of the job that this is; bad_input
/// where it was given none.
Status count_allocated(std::optional<WorkerGpus>& gpus);
std::vector<Parameter> worker_gpu_parameters();

/// The machines that --hosts A,B,... names, this one first: 2, 4, 8, ... names, each once; none
/// without it. With them the worker's GPUs are so many times as many.
Status add_hosts(const Invocation& arguments, std::optional<WorkerGpus>& gpus);
Parameter hosts_parameter();
/// bad_input where the GPUs of all machines together are no block. REQUIRES: their count is known.
Status check_hosts(const WorkerGpus& gpus);
/// The same as a worker's arguments.
std::vector<std::string> as_arguments(const WorkerGpus& gpus);

/// Adds the members of `model.add` that say what GPUs each slot has to be. bad_input when one is
/// wrong.
Status add_model_gpus(const Invocation& arguments, Json& body);
/// Of a new model: 0 is no requirement, and in a correction takes one back.
Status check_model_memory(const Invocation& arguments);
std::vector<Parameter> model_gpu_parameters();
/// "2 of H100, 80 GiB" (", on 2 nodes") of a model in the coordinator's words; "-" where it asks
/// for none.
std::string model_gpus_text(const Json& model);
/// "4 of H100, 80 GiB" (", on 2 nodes") of a worker in the coordinator's words; "-" where it has
/// none.
std::string worker_gpus_text(const Json& worker);

}  // namespace gwageo
