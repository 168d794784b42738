// The byte vocabulary: token n is the byte n for n < 256; the tokens above are special.
#pragma once

#include <memory>
#include <string>

#include "protocol/json.h"
#include "protocol/result.h"
#include "worker/vocabulary.h"

namespace gwageo {

/// The vocabulary that a model's config.json asks for: {"gwageo_vocabulary": "bytes", "vocab_size":
/// n, "bos_token_id": n, "eos_token_id": n or [n, ...]} with vocab_size >= 259 and special tokens
/// in [256, vocab_size). bad_input, naming `file` and the key, for anything else.
Result<std::unique_ptr<Vocabulary>> make_byte_vocabulary(const Json& config,
                                                         const std::string& file);

}  // namespace gwageo
