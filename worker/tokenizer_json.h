// Hugging Face's tokenizer.json, as far as the Llama family uses it: byte-pair models with
// SentencePiece's spaces and bytes, or on byte-level words.
#pragma once

#include <string>

#include "protocol/json.h"
#include "protocol/result.h"
#include "worker/text_vocabulary.h"

namespace gwageo {

/// What a tokenizer.json says of words, added tokens and the tokens before every text; `file` is
/// for messages. bad_input, naming file and key, for what is malformed and, by its name, for every
/// step that is not implemented here (a normalizer NFC, a model Unigram, ...).
Result<VocabularyParts> parse_tokenizer_json(const Json& tokenizer, const std::string& file);

}  // namespace gwageo
