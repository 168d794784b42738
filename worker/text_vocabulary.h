// TextVocabulary: the byte-pair vocabularies of the Llama family, SentencePiece's and byte-level
// ones, from one description. tokenizer_json.h and gguf_vocabulary.h read such descriptions.
//
// A text is first cut at the texts of its added tokens ("<s>", "<|eot|>"), which become those
// tokens, even where a person wrote them; each part between them is rewritten, cut into words, and
// each word grows together from its characters. What a token says, it says by itself, in bytes: the
// space before the first word of a generated text is kept, as llama.cpp and vLLM keep it, where
// Hugging Face's decoder drops it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/byte_pairs.h"
#include "worker/text_steps.h"
#include "worker/vocabulary.h"

namespace gwageo {

/// A token with a text of its own, outside the words.
struct AddedToken {
  std::string text;  ///< Not empty.
  Token token = 0;
  bool is_special = false;   ///< It says nothing when a model generates it.
  bool takes_left = false;   ///< It swallows the white space before it, or
  bool takes_right = false;  ///< after it.
};

/// The token of a byte that no character has.
std::string byte_token_text(std::uint8_t byte);

/// Everything that makes a vocabulary. A value.
struct VocabularyParts {
  TokenTexts texts;  ///< As words spell them; added tokens need not be among them.
  MergeTable merges;
  std::vector<RewriteStep> rewriting;
  std::vector<CutStep> cutting;
  bool whole_words = false;      ///< A word that is a token is that token, whatever the merges say.
  bool byte_fallback = false;    ///< A character without a token becomes its bytes' tokens <0xNN>.
  std::optional<Token> unknown;  ///< Else this one; without one, it is left out.
  bool joins_unknown = false;    ///< Several unknown characters in a row are one unknown token.
  std::vector<AddedToken> added;
  std::vector<Token> prefix;       ///< Before every text.
  Token begin_of_text = 0;         ///< Before a text that nothing else precedes.
  std::vector<Token> end_of_text;  ///< Each ends a generation.
  bool byte_level = false;         ///< Texts are written in byte characters (text_steps.h), else
  std::string space_mark;          ///< this in a text stands for a space, if not empty.
};

/// The most tokens of a vocabulary: ids are smaller.
inline constexpr Token token_max = Token{1} << 22;

/// bad_input, naming `place` and the token, unless every token is below `vocab_size`, the rows of
/// the model's embedding.
Status expect_tokens_below(const VocabularyParts& parts, std::size_t vocab_size,
                           const std::string& place);

class TextVocabulary final : public Vocabulary {
 public:
  /// REQUIRES: every token is below `token_max`.
  explicit TextVocabulary(VocabularyParts parts);

  Result<std::vector<Token>> encode(std::string_view text) const override;
  Result<std::vector<Token>> encode_alone(std::string_view text) const override;
  Result<TokenPair> encode_pair(std::string_view context,
                                std::string_view continuation) const override;
  void decode(Token token, std::string& to) const override;
  Token begin_of_text() const override { return parts_.begin_of_text; }
  bool is_end_of_text(Token token) const override;

 private:
  const AddedToken* added_at(std::string_view text) const;
  Status encode_part(std::string_view part, bool begins, std::vector<Token>& to) const;
  std::vector<Token> encode_word(std::string_view word) const;
  void make_sayings();

  VocabularyParts parts_;
  std::vector<std::optional<Token>> byte_tokens_;            // By byte; all there or none.
  std::vector<std::string> sayings_;                         // By token: the bytes that it says.
  std::map<char, std::vector<std::size_t>> added_by_first_;  // Longest text first.
};

}  // namespace gwageo
