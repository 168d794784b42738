#include "protocol/curve_keys.h"

#include <zmq.h>

#include "protocol/check.h"

namespace gwageo {
namespace {

using KeyText = std::array<char, curve_key_text_size + 1>;

std::string encode(const std::array<std::uint8_t, 32>& bytes) {
  KeyText text{};
  GWAGEO_CHECK(zmq_z85_encode(text.data(), bytes.data(), bytes.size()) != nullptr);
  return std::string(text.data(), curve_key_text_size);
}

template <class Key>
std::optional<Key> decode_key(std::string_view text) {
  // libzmq reads up to a zero byte, so one inside would shorten the text.
  if (text.size() != curve_key_text_size || text.find('\0') != std::string_view::npos) return {};
  Key key;
  const std::string terminated(text);
  if (zmq_z85_decode(key.bytes.data(), terminated.c_str()) == nullptr) return {};
  // Groups of five digits can write more than 32 bits; only one text is a key's form.
  if (encode(key.bytes) != text) return {};
  return key;
}

}  // namespace

Result<CurveKeyPair> new_curve_keys() {
  KeyText public_text{};
  KeyText secret_text{};
  if (zmq_curve_keypair(public_text.data(), secret_text.data()) != 0) {
    return fail(ErrorKind::unavailable,
                std::string("cannot make a CURVE key: ") + zmq_strerror(zmq_errno()));
  }
  const auto public_key = decode_key<CurvePublicKey>({public_text.data(), curve_key_text_size});
  const auto secret_key = decode_key<CurveSecretKey>({secret_text.data(), curve_key_text_size});
  GWAGEO_CHECK(public_key.has_value());
  GWAGEO_CHECK(secret_key.has_value());
  return CurveKeyPair{*public_key, *secret_key};
}

CurvePublicKey public_key_of(const CurveSecretKey& secret_key) {
  KeyText public_text{};
  GWAGEO_CHECK(zmq_curve_public(public_text.data(), encode(secret_key.bytes).c_str()) == 0);
  const auto public_key = decode_key<CurvePublicKey>({public_text.data(), curve_key_text_size});
  GWAGEO_CHECK(public_key.has_value());
  return *public_key;
}

std::string to_z85(const CurvePublicKey& key) { return encode(key.bytes); }
std::string to_z85(const CurveSecretKey& key) { return encode(key.bytes); }

std::optional<CurvePublicKey> curve_public_key_from_z85(std::string_view text) {
  return decode_key<CurvePublicKey>(text);
}

std::optional<CurveSecretKey> curve_secret_key_from_z85(std::string_view text) {
  return decode_key<CurveSecretKey>(text);
}

}  // namespace gwageo
