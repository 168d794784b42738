// A model as a server of others gets to see it: verified by digest, without what lies beside it,
// and with the GPUs of its block alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "protocol/gpus.h"
#include "protocol/model_spec.h"
#include "protocol/result.h"

namespace gwageo {

/// A value.
struct ServedModel {
  std::string path;  ///< For the server: the file, or a folder of links.
  /// Size, and when it was written (nanoseconds), of each file that was verified.
  std::map<std::string, std::pair<std::uint64_t, std::int64_t>> stamps;
  std::map<std::string, std::string> links = {};  ///< Of the folder, by name: to which file.
};

/// Reads all files of the model and makes a folder's links in `links`: to what the digest is of and
/// nothing else, since what lies beside is no part of the model. corrupt where the digest is
/// another; bad_input where the files are not fit to be shown (model_check.h); io.
Result<ServedModel> verify_served_model(const ModelSpec& spec, const std::string& links);

/// corrupt, naming the file, where one was changed since, or a link shows another one.
Status check_unchanged(const ServedModel& model);

/// bad_input where files of so many bytes cannot be in the memory of the GPUs that there are;
/// slots without GPUs hold anything. Pure.
Status check_memory(std::uint64_t model_bytes, std::uint32_t gpus, const Gpus& each);

/// CUDA_VISIBLE_DEVICES for the slots [slot, slot + width) of a worker that itself sees `own` of
/// them (its own variable; empty: all), and never another one. Pure.
std::string visible_gpus(const std::string& own, std::uint32_t slot, std::uint32_t width);

}  // namespace gwageo
