// The safetensors format: named tensors in one file, readable without running anything.
//
//   file   = u64 header length n (little-endian) | n bytes of JSON, padded with spaces | data
//   header = {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...,
//             "__metadata__": {"key": "text", ...}}
//
// Offsets count from the start of the data; the tensors tile the data without hole or overlap. A
// header is a stranger's claim: every number in it is checked against the size of the file before
// anything is allocated by it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

/// One tensor as its header describes it, verified. A value.
struct TensorEntry {
  std::string dtype;                 ///< As written: "F32", "BF16", ...
  std::vector<std::uint64_t> shape;  ///< Outermost first; empty for a scalar.
  std::uint64_t begin = 0;           ///< Bytes from the start of the data.
  std::uint64_t end = 0;
};

/// "[2, 3]", for messages.
std::string to_text(std::span<const std::uint64_t> shape);

/// The largest header read: the bound of the format's own library.
inline constexpr std::uint64_t safetensors_header_bytes_max = 100'000'000;
/// The most names in a header.
inline constexpr std::uint64_t safetensors_names_max = 65'536;

/// Verifies the JSON of a header for `data_bytes` bytes of data. Pure. bad_input, naming the tensor
/// and what is wrong with it, unless the tensors tile the data exactly.
Result<std::map<std::string, TensorEntry>> parse_safetensors_header(std::string_view json,
                                                                    std::uint64_t data_bytes);

/// An open safetensors file. A resource; one thread.
class SafetensorsFile {
 public:
  /// Opens a file and verifies its header. bad_input, naming the file and the tensor or length at
  /// fault; not_found or io when it cannot be read.
  static Result<SafetensorsFile> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  /// By name. Their sizes are known to fit the file.
  const std::map<std::string, TensorEntry>& tensors() const { return tensors_; }

  /// The numbers of a tensor, row-major; BF16 is widened, which is exact. All are finite: bad_input
  /// names file, tensor and index of one that is not, and file and tensor for another dtype; io
  /// when the file cannot be read. REQUIRES: `name` is in
  /// `tensors`.
  Result<std::vector<float>> read(const std::string& name);

 private:
  struct Close {
    void operator()(std::FILE* file) const;
  };
  SafetensorsFile() = default;
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t data_begin_ = 0;
  std::map<std::string, TensorEntry> tensors_;
};

}  // namespace gwageo
