#include "worker/byte_vocabulary.h"

#include <algorithm>
#include <utility>

namespace gwageo {
namespace {

constexpr Token bytes = 256;
constexpr std::int64_t size_min = 259;

class ByteVocabulary final : public Vocabulary {
 public:
  ByteVocabulary(Token begin, std::vector<Token> ends) : begin_(begin), ends_(std::move(ends)) {}

  Result<std::vector<Token>> encode(std::string_view text) const override {
    std::vector<Token> tokens = {begin_};
    append(text, tokens);
    return tokens;
  }
  Result<std::vector<Token>> encode_alone(std::string_view text) const override {
    std::vector<Token> tokens;
    append(text, tokens);
    return tokens;
  }
  // No token spans the border, so nothing moves across it.
  Result<TokenPair> encode_pair(std::string_view context,
                                std::string_view continuation) const override {
    TokenPair pair{{begin_}, {}};
    append(context, pair.context);
    append(continuation, pair.continuation);
    return pair;
  }
  void decode(Token token, std::string& to) const override {
    if (token < bytes) to.push_back(static_cast<char>(token));
  }
  Token begin_of_text() const override { return begin_; }
  bool is_end_of_text(Token token) const override {
    return std::ranges::find(ends_, token) != ends_.end();
  }

 private:
  static void append(std::string_view text, std::vector<Token>& tokens) {
    tokens.reserve(tokens.size() + text.size());
    for (const char c : text) tokens.push_back(static_cast<unsigned char>(c));
  }
  Token begin_;
  std::vector<Token> ends_;
};

Result<Token> special_token(const Json& value, const std::string& where, std::int64_t size) {
  if (!value.is_integer() || value.as_integer() < bytes || value.as_integer() >= size) {
    return fail(ErrorKind::bad_input, where + " must be a token from 256 to " +
                                          std::to_string(size - 1) + ", vocab_size being " +
                                          std::to_string(size));
  }
  return static_cast<Token>(value.as_integer());
}

}  // namespace

Result<std::unique_ptr<Vocabulary>> make_byte_vocabulary(const Json& config,
                                                         const std::string& file) {
  const Json* const kind = config.find("gwageo_vocabulary");
  if (kind == nullptr || !kind->is_string() || kind->as_string() != "bytes") {
    return fail(ErrorKind::bad_input, file + ": gwageo_vocabulary must be \"bytes\"");
  }
  const Json* const size = config.find("vocab_size");
  if (size == nullptr || !size->is_integer() || size->as_integer() < size_min) {
    return fail(ErrorKind::bad_input,
                file + ": vocab_size must be at least 259 for the byte vocabulary");
  }
  const Json* const begin = config.find("bos_token_id");
  const Json* const end = config.find("eos_token_id");
  if (begin == nullptr || end == nullptr) {
    return fail(ErrorKind::bad_input, file + ": bos_token_id or eos_token_id is missing");
  }
  GWAGEO_ASSIGN(first, special_token(*begin, file + ": bos_token_id", size->as_integer()));
  std::vector<Token> ends;
  for (const Json& each : end->is_array() ? end->as_array() : Json::Array{*end}) {
    GWAGEO_ASSIGN(token, special_token(each, file + ": eos_token_id", size->as_integer()));
    ends.push_back(token);
  }
  return std::make_unique<ByteVocabulary>(first, std::move(ends));
}

}  // namespace gwageo
