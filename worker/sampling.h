// Sampling: one token drawn from a row of logits, as a function of the row and of where the draw
// stands. The random number is a function of the request's seed and the token's place in the new
// text, so a text does not depend on what else was drawn, when, or on which thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace gwageo {

/// Ten rounds of Philox4x32: 128 random bits from a counter and a key. Source: Salmon, Moraes, Dror
/// and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key);

/// How to draw one token. A value.
struct Draw {
  double temperature = 1;   ///< Above 0.
  double top_p = 1;         ///< In (0, 1].
  std::uint64_t seed = 0;   ///< The request's.
  std::uint64_t index = 0;  ///< Which new token of the request this is, from 0.
};

/// Draws from softmax(logits / temperature), cut down to the most probable tokens (the lower token
/// of equals first) whose probabilities together first reach `top_p`. In double precision; sums run
/// in that order of tokens. The draw is the first token at which the running sum exceeds u * total,
/// u the upper 53 bits of philox(index, seed) as a fraction. REQUIRES: a row of finite logits, not
/// empty.
std::uint32_t draw(std::span<const float> logits, const Draw& how);

}  // namespace gwageo
