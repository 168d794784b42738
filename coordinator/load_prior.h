// LoadPrior: what a load of a model that nobody has loaded yet is taken to need, by what is on
// record of the model. A load is the weights' way to the node and onto the GPU, and the engine's
// start. The second is bytes over a bandwidth; the first is most of it for a server that compiles
// and captures graphs, however few the bytes are.
//
//   140 GB, template vllm, 8 GPUs   205 s + 140 GB / 1.7 GB/s = 287 s; 225 s where the files lie
//   4 GB, template llama.cpp        2 s + 2.4 s
//   a few MB, engine builtin        1 s
//
// Figures are those of public measurements as far as there are any (the constants in load_prior.cc
// say whose). What a pool measures itself corrects them (load_costs.h). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/fact_registry.h"
#include "protocol/time.h"

namespace gwageo {

/// A value.
struct LoadPrior {
  /// Where the size of the weights is from.
  enum class Size {
    unknown,  ///< Nowhere, or nothing is read: the engine's start alone.
    files,    ///< Of the files, as whoever added the model counted them.
    memory,   ///< Half of the GPU memory that the model is said to need.
  };
  std::string kind;  ///< Whose loads are alike: engine, template, on GPUs or not.
  Duration first;    ///< Where the files have to come to the node.
  Duration again;    ///< Where they lie there.
  Size size = Size::unknown;
  std::uint64_t bytes = 0;  ///< Of the weights, by `size`; 0 where that is unknown.
};

LoadPrior load_prior(const ModelAdded& model);

}  // namespace gwageo
