#include "worker/text_vocabulary.h"

#include <algorithm>
#include <utility>

#include "protocol/check.h"
#include "worker/utf8_text.h"

namespace gwageo {

std::string byte_token_text(std::uint8_t byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {'<', '0', 'x', digits[byte >> 4], digits[byte & 15], '>'};
}

Status expect_tokens_below(const VocabularyParts& parts, std::size_t vocab_size,
                           const std::string& place) {
  const auto expect = [&](Token token, const std::string& what) -> Status {
    if (token < vocab_size) return {};
    return fail(ErrorKind::bad_input, place + ": " + what + " is token " + std::to_string(token) +
                                          ", but the model has only " + std::to_string(vocab_size) +
                                          " tokens");
  };
  for (const auto& [text, token] : parts.texts) GWAGEO_TRY(expect(token, "\"" + text + "\""));
  for (const AddedToken& each : parts.added) {
    GWAGEO_TRY(expect(each.token, "the added token \"" + each.text + "\""));
  }
  for (const Token token : parts.prefix) GWAGEO_TRY(expect(token, "what stands before a text"));
  return expect(parts.begin_of_text, "the begin of a text");
}

TextVocabulary::TextVocabulary(VocabularyParts parts) : parts_(std::move(parts)) {
  if (parts_.byte_fallback) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      const auto found = parts_.texts.find(byte_token_text(static_cast<std::uint8_t>(byte)));
      byte_tokens_.push_back(found == parts_.texts.end() ? std::nullopt
                                                         : std::optional(found->second));
    }
  }
  for (std::size_t i = 0; i < parts_.added.size(); ++i) {
    GWAGEO_CHECK(!parts_.added[i].text.empty());
    added_by_first_[parts_.added[i].text.front()].push_back(i);
  }
  for (auto& [first, indices] : added_by_first_) {
    std::ranges::stable_sort(indices, std::greater<>(),
                             [&](std::size_t i) { return parts_.added[i].text.size(); });
  }
  make_sayings();
}

void TextVocabulary::make_sayings() {
  const auto saying_of = [&](Token token) -> std::string& {
    GWAGEO_CHECK(token < token_max);
    if (sayings_.size() <= token) sayings_.resize(token + 1);
    return sayings_[token];
  };
  for (const auto& [text, token] : parts_.texts) {
    std::string said = text;
    if (parts_.byte_level) {
      said = bytes_of_characters(text);
    } else if (!parts_.space_mark.empty()) {
      said = replaced(text, parts_.space_mark, " ");
    }
    saying_of(token) = std::move(said);
  }
  for (std::size_t byte = 0; byte < byte_tokens_.size(); ++byte) {
    if (byte_tokens_[byte]) saying_of(*byte_tokens_[byte]) = {static_cast<char>(byte)};
  }
  for (const AddedToken& added : parts_.added) {
    saying_of(added.token) = added.is_special ? std::string() : added.text;
  }
}

Result<std::vector<Token>> TextVocabulary::encode(std::string_view text) const {
  GWAGEO_ASSIGN(tokens, encode_alone(text));
  // A text that brings its begin-of-text token along gets no second one, as in lm-eval.
  const bool has_one = !tokens.empty() && tokens.front() == parts_.begin_of_text;
  if (!has_one) tokens.insert(tokens.begin(), parts_.prefix.begin(), parts_.prefix.end());
  return tokens;
}

Result<std::vector<Token>> TextVocabulary::encode_alone(std::string_view text) const {
  std::vector<Token> tokens;
  std::size_t part = 0;  // Where the part at hand begins.
  for (std::size_t at = 0; at < text.size();) {
    const AddedToken* const added = added_at(text.substr(at));
    if (added == nullptr) {
      ++at;
      continue;
    }
    std::string_view before = text.substr(part, at - part);
    if (added->takes_left) before.remove_suffix(trailing_space(before));
    GWAGEO_TRY(encode_part(before, part == 0, tokens));
    tokens.push_back(added->token);
    at += added->text.size();
    if (added->takes_right) at += leading_space(text.substr(at));
    part = at;
  }
  GWAGEO_TRY(encode_part(text.substr(part), part == 0, tokens));
  return tokens;
}

Result<TokenPair> TextVocabulary::encode_pair(std::string_view context,
                                              std::string_view continuation) const {
  if (context.empty()) {
    GWAGEO_ASSIGN(tokens, encode_alone(continuation));
    TokenPair pair{{parts_.begin_of_text}, std::move(tokens)};
    // The continuation's own begin-of-text token serves as well.
    if (!pair.continuation.empty() && pair.continuation.front() == parts_.begin_of_text) {
      pair.continuation.erase(pair.continuation.begin());
    }
    return pair;
  }
  std::string whole(context);
  whole += continuation;
  context.remove_suffix(trailing_space(context));
  GWAGEO_ASSIGN(before, encode(context));
  GWAGEO_ASSIGN(both, encode(whole));
  const auto shared = static_cast<std::ptrdiff_t>(std::min(before.size(), both.size()));
  TokenPair pair{std::move(before), {both.begin() + shared, both.end()}};
  if (pair.context.empty()) pair.context.push_back(parts_.begin_of_text);
  return pair;
}

void TextVocabulary::decode(Token token, std::string& to) const {
  if (token < sayings_.size()) to += sayings_[token];
}

bool TextVocabulary::is_end_of_text(Token token) const {
  return std::ranges::find(parts_.end_of_text, token) != parts_.end_of_text.end();
}

// The longest added token that the text begins with, or nullptr.
const AddedToken* TextVocabulary::added_at(std::string_view text) const {
  const auto found = added_by_first_.find(text.front());
  if (found == added_by_first_.end()) return nullptr;
  for (const std::size_t i : found->second) {
    if (text.starts_with(parts_.added[i].text)) return &parts_.added[i];
  }
  return nullptr;
}

Status TextVocabulary::encode_part(std::string_view part, bool begins,
                                   std::vector<Token>& to) const {
  GWAGEO_ASSIGN(words, cut(rewrite(std::string(part), parts_.rewriting), parts_.cutting, begins));
  for (const std::string& word : words) {
    const std::vector<Token> tokens = encode_word(word);
    to.insert(to.end(), tokens.begin(), tokens.end());
  }
  return {};
}

std::vector<Token> TextVocabulary::encode_word(std::string_view word) const {
  if (parts_.whole_words) {
    const auto found = parts_.texts.find(word);
    if (found != parts_.texts.end()) return {found->second};
  }
  std::vector<Token> characters;
  bool after_unknown = false;
  while (!word.empty()) {
    const std::string_view character = word.substr(0, character_bytes(word));
    word.remove_prefix(character.size());
    const auto found = parts_.texts.find(character);
    const auto byte_token = [&](char c) -> const std::optional<Token>& {
      return byte_tokens_[static_cast<unsigned char>(c)];
    };
    const auto has_byte = [&](char c) { return byte_token(c).has_value(); };
    if (found != parts_.texts.end()) {
      characters.push_back(found->second);
      after_unknown = false;
    } else if (parts_.byte_fallback && std::ranges::all_of(character, has_byte)) {
      for (const char c : character) characters.push_back(*byte_token(c));
      after_unknown = false;
    } else if (parts_.unknown) {
      if (!after_unknown || !parts_.joins_unknown) characters.push_back(*parts_.unknown);
      after_unknown = true;
    }
  }
  return parts_.merges.join(characters);
}

}  // namespace gwageo
