// Vocabulary: text to tokens and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

using Token = std::uint32_t;

/// A context and what follows it.
struct TokenPair {
  std::vector<Token> context;
  std::vector<Token> continuation;
};

/// Immutable once made; safe to read from any thread. Text that it cannot divide (no UTF-8 where
/// its pattern needs it, a pattern that takes too many steps) is bad_input.
class Vocabulary {
 public:
  virtual ~Vocabulary() = default;

  /// Tokens of a prompt, with what this vocabulary puts before every text.
  virtual Result<std::vector<Token>> encode(std::string_view text) const = 0;
  /// Tokens of the text alone, nothing put before it.
  virtual Result<std::vector<Token>> encode_alone(std::string_view text) const = 0;
  /// Tokens of `continuation` where it follows `context` directly. A vocabulary whose tokens can
  /// span that border splits it as lm-eval does (`_encode_pair`): white space at the end of the
  /// context belongs to the continuation, whose tokens are those of both together beyond as many as
  /// the context alone has. An empty context is the begin-of-text token.
  virtual Result<TokenPair> encode_pair(std::string_view context,
                                        std::string_view continuation) const = 0;
  /// Appends the bytes of a token; special tokens have none.
  virtual void decode(Token token, std::string& to) const = 0;
  /// What stands before a text that nothing else precedes.
  virtual Token begin_of_text() const = 0;
  /// Whether a generation ends with this token.
  virtual bool is_end_of_text(Token token) const = 0;
};

}  // namespace gwageo
