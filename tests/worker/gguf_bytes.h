// GGUF files in memory, made by hand: what a reader must accept, and what it must see through.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/bytes.h"

namespace gwageo::testing {

/// Writes a file front to back: header, keys, tensors, then data.
class GgufBytes {
 public:
  static constexpr std::uint32_t u32_type = 4, f32_type = 6, flag_type = 7, text_type = 8,
                                 array_type = 9, i32_type = 5, u64_type = 10;

  GgufBytes& header(std::uint32_t version, std::uint64_t tensors, std::uint64_t keys) {
    out_.raw("GGUF");
    out_.u32(version);
    out_.u64(tensors);
    out_.u64(keys);
    return *this;
  }
  GgufBytes& text(std::string_view value) {
    out_.u64(value.size());
    out_.raw(value);
    return *this;
  }
  GgufBytes& u32(std::uint32_t value) {
    out_.u32(value);
    return *this;
  }
  GgufBytes& u64(std::uint64_t value) {
    out_.u64(value);
    return *this;
  }
  GgufBytes& raw(std::string_view bytes) {
    out_.raw(bytes);
    return *this;
  }
  GgufBytes& key(std::string_view name, std::uint32_t type) { return text(name).u32(type); }
  GgufBytes& tensor(std::string_view name, const std::vector<std::uint64_t>& innermost_first,
                    std::uint32_t type, std::uint64_t offset) {
    text(name).u32(static_cast<std::uint32_t>(innermost_first.size()));
    for (const std::uint64_t size : innermost_first) u64(size);
    return u32(type).u64(offset);
  }
  GgufBytes& pad(std::size_t alignment = 32) {
    while (out_.bytes().size() % alignment != 0) out_.u8(0);
    return *this;
  }
  const std::string& bytes() const { return out_.bytes(); }

 private:
  ByteWriter out_;
};

}  // namespace gwageo::testing
