#include "protocol/signature.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>

#include "protocol/check.h"

namespace gwageo {
namespace {

struct ReleaseKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, ReleaseKey>;
using Context = std::unique_ptr<EVP_MD_CTX, ReleaseKey>;

PrivateKey load(const SigningKey& key) {
  PrivateKey loaded(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), key.bytes.size()));
  GWAGEO_CHECK(loaded != nullptr);
  return loaded;
}

const unsigned char* data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

Result<KeyPair> generate_key_pair() {
  KeyPair pair;
  if (RAND_priv_bytes(pair.signing.bytes.data(), static_cast<int>(pair.signing.bytes.size())) !=
      1) {
    return fail(ErrorKind::unavailable, "cannot make a key: the system gives no randomness");
  }
  pair.verifying = verifying_key(pair.signing);
  return pair;
}

VerifyingKey verifying_key(const SigningKey& key) {
  VerifyingKey half;
  std::size_t size = half.bytes.size();
  GWAGEO_CHECK(EVP_PKEY_get_raw_public_key(load(key).get(), half.bytes.data(), &size) == 1);
  GWAGEO_CHECK(size == half.bytes.size());
  return half;
}

Signature sign(std::string_view message, const SigningKey& key) {
  const PrivateKey loaded = load(key);
  const Context context(EVP_MD_CTX_new());
  GWAGEO_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, loaded.get()) == 1);
  Signature signature;
  std::size_t size = signature.bytes.size();
  GWAGEO_CHECK(EVP_DigestSign(context.get(), signature.bytes.data(), &size, data(message),
                              message.size()) == 1);
  GWAGEO_CHECK(size == signature.bytes.size());
  return signature;
}

bool verify(std::string_view message, const Signature& signature, const VerifyingKey& key) {
  const PrivateKey loaded(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), key.bytes.size()));
  if (loaded == nullptr) return false;
  const Context context(EVP_MD_CTX_new());
  GWAGEO_CHECK(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, loaded.get()) == 1);
  return EVP_DigestVerify(context.get(), signature.bytes.data(), signature.bytes.size(),
                          data(message), message.size()) == 1;
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group <<= 8;
      if (at + i < bytes.size()) group |= static_cast<unsigned char>(bytes[at + i]);
    }
    const std::size_t digits = bytes.size() - at >= 3 ? 4 : bytes.size() - at + 1;
    for (std::size_t i = 0; i < 4; ++i) {
      text += i < digits ? base64_digits[(group >> (18 - 6 * i)) & 63] : '=';
    }
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t digits = text.size();
  while (digits > 0 && text.size() - digits < 2 && text[digits - 1] == '=') --digits;
  std::string bytes;
  bytes.reserve(digits * 3 / 4);
  std::uint32_t pending = 0;
  int pending_bits = 0;
  for (const char digit : text.substr(0, digits)) {
    const std::size_t value = base64_digits.find(digit);
    if (value == std::string_view::npos) return std::nullopt;
    pending = pending << 6 | static_cast<std::uint32_t>(value);
    pending_bits += 6;
    if (pending_bits < 8) continue;
    pending_bits -= 8;
    bytes += static_cast<char>(pending >> pending_bits);
    pending &= (1u << pending_bits) - 1;
  }
  if (pending != 0) return std::nullopt;
  return bytes;
}

}  // namespace gwageo
