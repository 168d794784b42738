// The GGUF format (versions 2 and 3, little-endian): metadata and named tensors in one file.
//
//   file     = "GGUF" | u32 version | u64 tensors | u64 keys | key... | tensor... | padding | data
//   key      = text name | u32 type | value        text = u64 length | bytes
//   value    = a number, a flag (u8), a text, or u32 type | u64 count | value...
//   tensor   = text name | u32 dimensions | u64 size, innermost first... | u32 type | u64 offset
//
// Offsets count from the start of the data; that and each tensor begin at a multiple of the key
// general.alignment (32 unless given). The header is a stranger's claim: every length, count and
// offset in it is checked against the size of the file before anything is allocated by it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/json.h"
#include "protocol/result.h"
#include "worker/random_access_file.h"
#include "worker/tensor_file.h"

namespace gwageo {

inline constexpr std::uint64_t gguf_header_bytes_max = std::uint64_t{256} << 20;
/// The most keys, and the most tensors.
inline constexpr std::uint64_t gguf_names_max = 65'536;
/// The most elements in all arrays together.
inline constexpr std::uint64_t gguf_elements_max = std::uint64_t{1} << 22;

/// What stands before the data, verified. A value.
struct GgufHeader {
  /// Whole numbers that int64 cannot hold become doubles. Texts are bytes, perhaps no UTF-8.
  std::map<std::string, Json> metadata;
  /// In the file's own names; shapes outermost first. F32, F16 and BF16 only.
  std::map<std::string, TensorEntry> tensors;
  std::uint64_t data_begin = 0;
};

/// Reads a header from the first bytes of a file of `file_bytes`. Pure. Nothing when more bytes are
/// needed than `head` has. bad_input, naming byte offset and key or tensor, when the file is not
/// what it should be or is too short for what it claims. REQUIRES: head.size() <= file_bytes.
Result<std::optional<GgufHeader>> parse_gguf_header(std::string_view head,
                                                    std::uint64_t file_bytes);

/// An open GGUF file. A resource; one thread.
class GgufFile {
 public:
  /// Opens a file and verifies its header, as `parse_gguf_header`, naming the file; not_found or io
  /// when it cannot be read.
  static Result<GgufFile> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  const std::map<std::string, Json>& metadata() const { return header_.metadata; }
  const std::map<std::string, TensorEntry>& tensors() const { return header_.tensors; }
  /// As TensorFile::read, by the file's own name.
  Result<std::vector<float>> read(const std::string& name);

 private:
  explicit GgufFile(RandomAccessFile file) : file_(std::move(file)) {}
  RandomAccessFile file_;
  GgufHeader header_;
};

}  // namespace gwageo
