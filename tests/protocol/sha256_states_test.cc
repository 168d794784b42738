#include "protocol/sha256_states.h"

#include <gtest/gtest.h>

#include <string>

namespace gwageo {
namespace {

std::string some_bytes(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i * 7 + i / 251));
  return bytes;
}

TEST(Sha256States, StartsWhereTheStandardSays) {
  EXPECT_EQ(to_hex(sha256_start()),
            "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19");
}

TEST(Sha256States, AChainOfPiecesEndsInTheDigestOfTheWhole) {
  for (const std::size_t size : {0, 1, 55, 56, 63, 64, 65, 127, 128, 640, 1000, 100'000}) {
    const std::string bytes = some_bytes(size);
    for (const std::size_t piece : {64, 128, 4096}) {
      Digest state = sha256_start();
      std::size_t at = 0;
      for (; at + piece <= size; at += piece) {
        state = sha256_advance(state, std::string_view(bytes).substr(at, piece));
      }
      EXPECT_EQ(sha256_end(state, at, std::string_view(bytes).substr(at)), sha256(bytes))
          << size << " bytes in pieces of " << piece;
    }
  }
}

TEST(Sha256States, TheLengthBeforeCountsBeyond32Bits) {
  const std::string rest = "rest";
  const Digest near = sha256_end(sha256_start(), 64, rest);
  const Digest far = sha256_end(sha256_start(), 64 + (std::uint64_t{1} << 32), rest);
  EXPECT_NE(near, far);
}

TEST(Sha256States, AnotherPieceLeadsElsewhere) {
  std::string bytes = some_bytes(256);
  const Digest right = sha256_advance(sha256_start(), bytes);
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  EXPECT_NE(sha256_advance(sha256_start(), bytes), right);
}

}  // namespace
}  // namespace gwageo
