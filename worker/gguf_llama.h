// A Llama model out of a GGUF file: its configuration from the keys llama.*, and its tensors in the
// names and layouts of Hugging Face (tensor_file.h).
//
// The one layout that differs is that of the query and key projections: GGUF's rotary embedding
// turns neighbouring rows of a head, (2 i, 2 i + 1), ours turns (i, i + w / 2). So row 2 i + j of a
// head there is row j * w / 2 + i here.
#pragma once

#include <memory>

#include "protocol/result.h"
#include "worker/gguf.h"
#include "worker/llama_config.h"
#include "worker/tensor_file.h"

namespace gwageo {

/// The configuration that the file's keys give. bad_input, naming file and key, for a missing or
/// senseless value, another architecture, or a key that would change the computation in a way that
/// is not implemented here (rope scaling, experts, ...).
Result<LlamaConfig> gguf_config(const GgufFile& file);

/// The file as the weights of a model of that configuration.
Weights gguf_weights(GgufFile file, const LlamaConfig& config);

}  // namespace gwageo
