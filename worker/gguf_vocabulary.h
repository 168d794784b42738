// The vocabulary that a GGUF file carries in its keys tokenizer.ggml.*: SentencePiece's byte pairs
// with scores (model "llama") or byte-level words with merges (model "gpt2").
#pragma once

#include <cstddef>
#include <memory>

#include "protocol/result.h"
#include "worker/gguf.h"
#include "worker/vocabulary.h"

namespace gwageo {

/// bad_input, naming file and key, for a missing or senseless value, lists of different lengths,
/// another model or, for gpt2, a pre-tokenizer (tokenizer.ggml.pre) that is not known here, and for
/// more tokens than `vocab_size`, the rows of the embedding.
Result<std::unique_ptr<Vocabulary>> gguf_vocabulary(const GgufFile& file, std::size_t vocab_size);

}  // namespace gwageo
