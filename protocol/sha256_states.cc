#include "protocol/sha256_states.h"

// Deprecated in OpenSSL 3 in favour of EVP, which has no way to set out from a state.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "protocol/check.h"

namespace gwageo {
namespace {

SHA256_CTX context_at(const Digest& state, std::uint64_t bytes_before) {
  GWAGEO_CHECK(bytes_before % sha256_block_bytes == 0);
  SHA256_CTX context;
  GWAGEO_CHECK(SHA256_Init(&context) == 1);
  for (std::size_t i = 0; i < 8; ++i) {
    SHA_LONG word = 0;
    for (std::size_t j = 0; j < 4; ++j) word = (word << 8) | state.bytes[4 * i + j];
    context.h[i] = word;
  }
  const std::uint64_t bits = bytes_before * 8;
  context.Nl = static_cast<SHA_LONG>(bits);
  context.Nh = static_cast<SHA_LONG>(bits >> 32);
  return context;
}

Digest state_of(const SHA256_CTX& context) {
  Digest state;
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      state.bytes[4 * i + j] = static_cast<std::uint8_t>(context.h[i] >> (24 - 8 * j));
    }
  }
  return state;
}

}  // namespace

Digest sha256_start() {
  SHA256_CTX context;
  GWAGEO_CHECK(SHA256_Init(&context) == 1);
  return state_of(context);
}

Digest sha256_advance(const Digest& state, std::string_view bytes) {
  GWAGEO_CHECK(bytes.size() % sha256_block_bytes == 0);
  SHA256_CTX context = context_at(state, 0);
  GWAGEO_CHECK(SHA256_Update(&context, bytes.data(), bytes.size()) == 1);
  return state_of(context);
}

Digest sha256_end(const Digest& state, std::uint64_t bytes_before, std::string_view rest) {
  SHA256_CTX context = context_at(state, bytes_before);
  GWAGEO_CHECK(SHA256_Update(&context, rest.data(), rest.size()) == 1);
  Digest digest;
  GWAGEO_CHECK(SHA256_Final(digest.bytes.data(), &context) == 1);
  return digest;
}

}  // namespace gwageo
