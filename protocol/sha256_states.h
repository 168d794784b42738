// SHA-256 cut at block borders. A message that arrives in pieces, out of order and from several
// hands, is checked piece by piece and still has the one digest of the whole: who read it names the
// state before and after each piece, and a piece is right if it leads from the one to the other.
//
//     start -- piece 0 --> s1 -- piece 1 --> s2 -- rest --> SHA-256 of the whole
//
// Another piece that leads from s1 to s2 would be a second preimage of the compression function. An
// unbroken chain from start is the SHA-256 of the message, however its pieces came, so each byte is
// hashed once, where a digest of each piece beside that of the whole costs twice as much.
// Pure. sha256_states.cc sees libcrypto for its interface that shows the state.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/digest.h"

namespace gwageo {

inline constexpr std::uint64_t sha256_block_bytes = 64;

/// The state before the first byte (FIPS 180-4, 5.3.3), its words big-endian.
Digest sha256_start();

/// The state after `bytes` more. REQUIRES: bytes.size() is a multiple of sha256_block_bytes.
Digest sha256_advance(const Digest& state, std::string_view bytes);

/// The SHA-256 of a message whose first `bytes_before` bytes led to `state` and that ends with
/// `rest`. REQUIRES: bytes_before is a multiple of sha256_block_bytes.
Digest sha256_end(const Digest& state, std::uint64_t bytes_before, std::string_view rest);

}  // namespace gwageo
