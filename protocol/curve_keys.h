// CURVE keys: what the transport encrypts with, and by what a peer is known before it has a name.
// curve_keys.cc alone makes them (libzmq's generator) and reads and writes their Z85 form.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/result.h"

namespace gwageo {

/// 32 bytes of a Curve25519 key. Public and secret keys are different types. A value.
template <class Tag>
struct CurveKey {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const CurveKey&, const CurveKey&) = default;
};
using CurvePublicKey = CurveKey<struct CurvePublicTag>;
using CurveSecretKey = CurveKey<struct CurveSecretTag>;

/// A value. REQUIRES where it is used: `public_key` belongs to `secret_key`.
struct CurveKeyPair {
  CurvePublicKey public_key;
  CurveSecretKey secret_key;
  friend bool operator==(const CurveKeyPair&, const CurveKeyPair&) = default;
};

/// Characters of a key in Z85 (ZeroMQ RFC 32).
inline constexpr std::size_t curve_key_text_size = 40;

/// A new key pair from the system's random source. unavailable when libzmq was built without CURVE.
/// These functions may be called from any thread.
Result<CurveKeyPair> new_curve_keys();
/// The public key that belongs to `secret_key`.
CurvePublicKey public_key_of(const CurveSecretKey& secret_key);

std::string to_z85(const CurvePublicKey& key);
std::string to_z85(const CurveSecretKey& key);
/// The key that `text` writes, if it is exactly the Z85 form of one.
std::optional<CurvePublicKey> curve_public_key_from_z85(std::string_view text);
std::optional<CurveSecretKey> curve_secret_key_from_z85(std::string_view text);

}  // namespace gwageo
