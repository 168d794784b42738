// Vocabulary: text to tokens and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gwageo {

using Token = std::uint32_t;

/// Immutable once made; safe to read from any thread.
class Vocabulary {
 public:
  virtual ~Vocabulary() = default;

  /// Tokens of any bytes, special tokens not added.
  virtual std::vector<Token> encode(std::string_view text) const = 0;
  /// Tokens of `continuation` where it follows `context` directly. A vocabulary whose tokens can
  /// span that border must split it as the field does; see lm-eval's `_encode_pair`.
  virtual std::vector<Token> encode_after(std::string_view context,
                                          std::string_view continuation) const = 0;
  /// Appends the bytes of a token; special tokens have none.
  virtual void decode(Token token, std::string& to) const = 0;
  /// What every prompt begins with.
  virtual Token begin_of_text() const = 0;
  /// Whether a generation ends with this token.
  virtual bool is_end_of_text(Token token) const = 0;
};

}  // namespace gwageo
