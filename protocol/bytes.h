// Canonical bytes: the one way in which requests, responses and plan entries are written where
// their bytes are hashed. Little-endian fixed-width numbers; text and lists carry a 32-bit length.
// There is exactly one encoding of a value, so equal values have equal digests.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/digest.h"

namespace gwageo {

/// Appends canonical bytes to a string. A value.
class ByteWriter {
 public:
  void u8(std::uint8_t v) { bytes_.push_back(static_cast<char>(v)); }
  void u32(std::uint32_t v) { fixed(v); }
  void u64(std::uint64_t v) { fixed(v); }
  void i64(std::int64_t v) { fixed(static_cast<std::uint64_t>(v)); }
  /// The bits of an IEEE 754 double; -0.0 and every NaN are written as themselves.
  void f64(double v) { fixed(std::bit_cast<std::uint64_t>(v)); }
  void digest(const Digest& v) { bytes_.append(v.view()); }
  void text(std::string_view v) {
    u32(static_cast<std::uint32_t>(v.size()));
    bytes_.append(v);
  }
  /// Bytes without a length before them.
  void raw(std::string_view v) { bytes_.append(v); }
  /// Room for `bytes` in all, so that writing them moves nothing.
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  template <class T>
  void fixed(T v) {
    char raw[sizeof v];
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(raw, &v, sizeof v);
    } else {
      for (std::size_t i = 0; i < sizeof v; ++i) raw[i] = static_cast<char>(v >> (8 * i));
    }
    bytes_.append(raw, sizeof v);
  }
  std::string bytes_;
};

/// Reads canonical bytes. After any read past the end, `ok()` is false and every value read is
/// zero or empty; nothing is allocated by a claimed length. `bytes` must outlive the views read.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  std::uint8_t u8() {
    const std::string_view raw = take(1);
    return raw.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(raw.front());
  }
  std::uint32_t u32() { return fixed<std::uint32_t>(); }
  std::uint64_t u64() { return fixed<std::uint64_t>(); }
  std::int64_t i64() { return static_cast<std::int64_t>(fixed<std::uint64_t>()); }
  double f64() { return std::bit_cast<double>(fixed<std::uint64_t>()); }
  Digest digest() {
    Digest d;
    const std::string_view raw = take(32);
    if (ok_) std::memcpy(d.bytes.data(), raw.data(), 32);
    return d;
  }
  std::string_view text() { return take(u32()); }
  bool ok() const { return ok_; }
  /// True when everything was read and nothing failed.
  bool done() const { return ok_ && rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view take(std::size_t n) {
    if (!ok_ || n > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  template <class T>
  T fixed() {
    const std::string_view raw = take(sizeof(T));
    T v = 0;
    if (!ok_) return v;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&v, raw.data(), sizeof v);
      return v;
    }
    for (std::size_t i = 0; i < sizeof v; ++i) {
      v = static_cast<T>(
          v | static_cast<T>(static_cast<T>(static_cast<unsigned char>(raw[i])) << (8 * i)));
    }
    return v;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace gwageo
