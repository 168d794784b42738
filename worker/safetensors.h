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
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/result.h"
#include "worker/model_files.h"
#include "worker/random_access_file.h"
#include "worker/tensor_file.h"

namespace gwageo {

/// The largest header read: the bound of the format's own library.
inline constexpr std::uint64_t safetensors_header_bytes_max = 100'000'000;
/// The most names in a header.
inline constexpr std::uint64_t safetensors_names_max = 65'536;

/// Verifies the JSON of a header for `data_bytes` bytes of data. Pure. bad_input, naming the tensor
/// and what is wrong with it, unless the tensors tile the data exactly.
Result<std::map<std::string, TensorEntry>> parse_safetensors_header(std::string_view json,
                                                                    std::uint64_t data_bytes);

/// An open safetensors file. A resource; one thread.
class SafetensorsFile final : public TensorFile {
 public:
  /// Opens a file and verifies its header. bad_input, naming the file and the tensor or length at
  /// fault; not_found or io when it cannot be read.
  static Result<SafetensorsFile> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const override { return file_.path(); }
  const std::map<std::string, TensorEntry>& tensors() const override { return tensors_; }
  Result<std::vector<float>> read(const std::string& name) override;

 private:
  explicit SafetensorsFile(RandomAccessFile file) : file_(std::move(file)) {}
  RandomAccessFile file_;
  std::uint64_t data_begin_ = 0;
  std::map<std::string, TensorEntry> tensors_;
};

/// Every *.safetensors among a model's files, open. bad_input when there is none, else as `open`.
Result<std::vector<std::unique_ptr<TensorFile>>> open_safetensors(std::span<const ModelFile> files,
                                                                  const std::string& place);

}  // namespace gwageo
