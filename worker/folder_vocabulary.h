// The vocabulary of a model's folder: bytes where config.json asks for them, else tokenizer.json,
// with the tokens that begin and end a text as config.json, generation_config.json and
// tokenizer_config.json name them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "protocol/json.h"
#include "protocol/result.h"
#include "worker/model_files.h"
#include "worker/vocabulary.h"

namespace gwageo {

/// The file `name` among `files`, parsed; nothing when it is not there. bad_input, naming it, when
/// it is malformed or larger than `bytes_max`.
Result<std::optional<Json>> read_json_file(std::span<const ModelFile> files,
                                           const std::string& name, std::uint64_t bytes_max);

/// The vocabulary of the model in `folder`, whose parsed config.json is `config`. bad_input, naming
/// file and key: as parse_tokenizer_json; where begin or end of a text is not told; where a token
/// is not below `vocab_size`, the rows of the embedding.
Result<std::unique_ptr<Vocabulary>> folder_vocabulary(std::span<const ModelFile> files,
                                                      const std::string& folder, const Json& config,
                                                      std::size_t vocab_size);

}  // namespace gwageo
