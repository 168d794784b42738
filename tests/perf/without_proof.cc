// For ops/bench_proof, which loads it before OpenSSL: SHA-256 and Ed25519 that prove nothing and
// cost next to nothing. A digest is as much as is needed to tell contents apart; a signature is
// empty and every one is taken for good. Nothing of the program knows it.
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <bit>
#include <cstdint>
#include <cstring>

namespace {

constexpr std::size_t block_bytes = 64;

void take_block(SHA256_CTX& context, const unsigned char* bytes) {
  std::uint64_t words[8];
  std::uint64_t state[4];
  std::memcpy(words, bytes, sizeof words);
  std::memcpy(state, context.h, sizeof state);
  for (int i = 0; i < 8; ++i) {
    state[i % 4] = std::rotl((state[i % 4] ^ words[i]) * 0x9e3779b97f4a7c15U, 29) + words[i];
  }
  std::memcpy(context.h, state, sizeof state);
}

}  // namespace

extern "C" {

int SHA256_Init(SHA256_CTX* context) {
  std::memset(context, 0, sizeof *context);
  return 1;
}

int SHA256_Update(SHA256_CTX* context, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  auto* const held = reinterpret_cast<unsigned char*>(context->data);
  context->Nl += static_cast<SHA_LONG>(size);
  while (size > 0) {
    if (context->num == 0 && size >= block_bytes) {
      take_block(*context, bytes);
      bytes += block_bytes;
      size -= block_bytes;
      continue;
    }
    const std::size_t room = block_bytes - context->num;
    const std::size_t count = size < room ? size : room;
    std::memcpy(held + context->num, bytes, count);
    context->num += static_cast<unsigned>(count);
    bytes += count;
    size -= count;
    if (context->num < block_bytes) return 1;
    take_block(*context, held);
    context->num = 0;
  }
  return 1;
}

int SHA256_Final(unsigned char* digest, SHA256_CTX* context) {
  auto* const held = reinterpret_cast<unsigned char*>(context->data);
  std::memset(held + context->num, 0, block_bytes - context->num);
  take_block(*context, held);
  std::memset(held, 0, block_bytes);
  std::memcpy(held, &context->Nl, sizeof context->Nl);
  take_block(*context, held);
  take_block(*context, held);
  std::memcpy(digest, context->h, SHA256_DIGEST_LENGTH);
  return 1;
}

int EVP_DigestSignInit(EVP_MD_CTX*, EVP_PKEY_CTX**, const EVP_MD*, ENGINE*, EVP_PKEY*) { return 1; }

int EVP_DigestSign(EVP_MD_CTX*, unsigned char* signature, std::size_t* size, const unsigned char*,
                   std::size_t) {
  std::memset(signature, 0, *size);
  return 1;
}

int EVP_DigestVerifyInit(EVP_MD_CTX*, EVP_PKEY_CTX**, const EVP_MD*, ENGINE*, EVP_PKEY*) {
  return 1;
}

int EVP_DigestVerify(EVP_MD_CTX*, const unsigned char*, std::size_t, const unsigned char*,
                     std::size_t) {
  return 1;
}

}  // extern "C"
