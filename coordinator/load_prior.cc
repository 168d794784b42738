#include "coordinator/load_prior.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "coordinator/requirement.h"

namespace gwageo {
namespace {

// Bytes in a microsecond. What a plain loader reads of files that come over the network or from a
// disk: LLaMA-2-70B, 140 GB, in 84 s and OPT-30B, 60 GB, in 34 s (ServerlessLLM, OSDI'24).
constexpr std::int64_t bytes_a_microsecond = 1700;
// Of files that lie in the node's memory: 70 GB in 10 s (vllm#19824).
constexpr std::int64_t bytes_a_microsecond_there = 7000;

// An engine in the worker, or a server that runs already: nothing is started. Assumed.
constexpr Duration start_within = seconds(1);
// A server that begins to answer as soon as it has its weights. Assumed.
constexpr Duration start_of_server = seconds(2);
// One that traces, compiles and captures graphs first, on one GPU. Assumed: 145 s were seen of one
// with 70 billion parameters (vllm#19824), and most are smaller.
constexpr Duration start_of_compiler = seconds(60);
// The same on several GPUs, which are made known to each other for 60 s more: all but the weights
// of the 215 s that vllm#19824 reports.
constexpr Duration start_of_gang = seconds(205);

// Templates of the engine `process` (worker/engines/) that compile.
constexpr std::array<std::string_view, 4> compilers = {"vllm", "sglang", "sglang-nodes",
                                                       "tensorrt-llm"};

std::string template_of(const ModelAdded& model) {
  const auto known = model.options.find("template");
  return known == model.options.end() ? std::string() : known->second;
}

// A server of which nothing is known is one that compiles where it has GPUs.
Duration start_of(const ModelAdded& model, bool on_gpus) {
  if (model.engine != "process") return start_within;
  const std::string name = template_of(model);
  if (name == "llama.cpp") return start_of_server;
  const bool compiles = on_gpus || std::count(compilers.begin(), compilers.end(), name) > 0;
  if (!compiles) return start_of_server;
  return model.gpus > 1 ? start_of_gang : start_of_compiler;
}

}  // namespace

LoadPrior load_prior(const ModelAdded& model) {
  const bool on_gpus = requirement_of(model).on_gpus;
  LoadPrior prior;
  prior.kind = model.engine + " " + template_of(model) + (on_gpus ? " on GPUs" : "");
  const bool reads_weights = model.engine == "process" || model.engine == "builtin";
  if (reads_weights && model.bytes > 0) {
    prior.size = LoadPrior::Size::files;
    prior.bytes = model.bytes;
  } else if (reads_weights && model.gpu_memory_mib > 0) {
    // The rest is for what is computed: caches of keys and values, activations.
    prior.size = LoadPrior::Size::memory;
    prior.bytes = (std::uint64_t{model.gpu_memory_mib} << 20) * model.gpus / 2;
  }
  const auto bytes = static_cast<std::int64_t>(prior.bytes);
  const Duration start = start_of(model, on_gpus);
  prior.first = start + Duration{bytes / bytes_a_microsecond};
  prior.again = start + Duration{bytes / bytes_a_microsecond_there};
  // Nobody knows how much of it is the weights' way.
  if (prior.size == LoadPrior::Size::unknown) prior.again = {prior.first.microseconds / 2};
  return prior;
}

}  // namespace gwageo
