// Ed25519 signatures (RFC 8032) and the base64 in which keys and signatures are written as text.
// Pure, but for `generate_key_pair`. signature.cc alone sees the library (libcrypto).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/result.h"

namespace gwageo {

/// The secret half of a key pair: RFC 8032's 32-byte seed. Never print it.
struct SigningKey {
  std::array<std::uint8_t, 32> bytes{};
  friend bool operator==(const SigningKey&, const SigningKey&) = default;
};

/// The public half: it checks what the signing key signed.
struct VerifyingKey {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const VerifyingKey&, const VerifyingKey&) = default;
};

struct Signature {
  std::array<std::uint8_t, 64> bytes{};
  friend auto operator<=>(const Signature&, const Signature&) = default;
};

struct KeyPair {
  SigningKey signing;
  VerifyingKey verifying;
};

/// A new key pair from the operating system's randomness. unavailable when there is none.
Result<KeyPair> generate_key_pair();

VerifyingKey verifying_key(const SigningKey& key);

/// Deterministic: equal messages under equal keys have equal signatures.
Signature sign(std::string_view message, const SigningKey& key);

/// True only if `signature` was made over exactly `message` with the key's signing half. Message
/// and signature may be any foreign bytes. The key must come from somebody trusted: for keys that
/// nobody could have generated (points of small order), anybody can make signatures.
bool verify(std::string_view message, const Signature& signature, const VerifyingKey& key);

/// RFC 4648 section 4, with padding.
std::string to_base64(std::string_view bytes);
/// The bytes behind the one base64 text that `to_base64` would write for them, else nothing: no
/// white space, padding exact, unused bits zero.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace gwageo
