#include "worker/model_parts.h"

#include <filesystem>
#include <utility>

#include "worker/folder_vocabulary.h"
#include "worker/gguf_llama.h"
#include "worker/gguf_vocabulary.h"
#include "worker/safetensors.h"

namespace gwageo {
namespace {

constexpr std::uint64_t config_bytes_max = std::uint64_t{1} << 20;

Result<ModelParts> open_folder(const std::string& path, const std::vector<ModelFile>& files) {
  GWAGEO_ASSIGN(json, read_json_file(files, "config.json", config_bytes_max));
  if (!json) return fail(ErrorKind::bad_input, path + ": no config.json in this folder");
  ModelParts parts;
  parts.weights.place = path;
  parts.weights.described_by = path + "/config.json";
  GWAGEO_ASSIGN(config, parse_llama_config(*json, parts.weights.described_by));
  parts.config = std::move(config);
  GWAGEO_ASSIGN(vocabulary, folder_vocabulary(files, path, *json, parts.config.vocab_size));
  parts.vocabulary = std::move(vocabulary);
  GWAGEO_ASSIGN(weights, open_safetensors(files, path));
  parts.weights.files = std::move(weights);
  return parts;
}

Result<ModelParts> open_gguf(const ModelFile& model) {
  GWAGEO_ASSIGN(file, GgufFile::open(model.path));
  ModelParts parts;
  GWAGEO_ASSIGN(config, gguf_config(file));
  parts.config = std::move(config);
  GWAGEO_ASSIGN(vocabulary, gguf_vocabulary(file, parts.config.vocab_size));
  parts.vocabulary = std::move(vocabulary);
  parts.weights = gguf_weights(std::move(file), parts.config);
  return parts;
}

}  // namespace

Result<ModelParts> open_model(const std::string& path, const std::vector<ModelFile>& files) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return open_folder(path, files);
  return open_gguf(files.front());
}

}  // namespace gwageo
