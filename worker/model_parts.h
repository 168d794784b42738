// What the builtin engine finds at a model's path: a folder in Hugging Face's layout (config.json,
// *.safetensors, tokenizer.json or the byte vocabulary) or one GGUF file that holds everything.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "protocol/result.h"
#include "worker/llama_config.h"
#include "worker/model_files.h"
#include "worker/tensor_file.h"
#include "worker/vocabulary.h"

namespace gwageo {

/// A model's parts, its weights not yet read.
struct ModelParts {
  LlamaConfig config;
  std::unique_ptr<Vocabulary> vocabulary;
  Weights weights;
};

/// Opens the model whose `files` were listed at `path`. bad_input, not_found or io, naming the file
/// and the key, tensor or byte at fault.
Result<ModelParts> open_model(const std::string& path, const std::vector<ModelFile>& files);

}  // namespace gwageo
