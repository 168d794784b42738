// TensorFile: named tensors in one file, in the names and layouts that Hugging Face gives a Llama
// model, whatever the format. safetensors.h and gguf_llama.h make them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

/// One tensor as its file describes it, verified. A value.
struct TensorEntry {
  std::string dtype;                 ///< "F32", "BF16", ...
  std::vector<std::uint64_t> shape;  ///< Outermost first; empty for a scalar.
  std::uint64_t begin = 0;           ///< Bytes from the start of the data.
  std::uint64_t end = 0;
};

/// An open file. A resource; one thread.
class TensorFile {
 public:
  virtual ~TensorFile() = default;

  virtual const std::filesystem::path& path() const = 0;
  /// By name. Their sizes are known to fit the file.
  virtual const std::map<std::string, TensorEntry>& tensors() const = 0;
  /// What the file itself calls this tensor, for messages.
  virtual std::string stored_name(const std::string& name) const { return name; }

  /// The numbers of a tensor, row-major; F16 and BF16 are widened, which is exact. All are finite:
  /// bad_input names file, tensor and index of one that is not, and file and tensor for another
  /// dtype; io when the file cannot be read. REQUIRES: `name` is in `tensors`.
  virtual Result<std::vector<float>> read(const std::string& name) = 0;
};

/// The weights of one model, and whom to blame when they do not fit it.
struct Weights {
  std::vector<std::unique_ptr<TensorFile>> files;  ///< At least one.
  std::string place;                               ///< The model's folder or file.
  std::string described_by;                        ///< Where its configuration was read.
};

/// "[2, 3]", for messages.
std::string to_text(std::span<const std::uint64_t> shape);

/// The number that the 16 bits of an IEEE 754 binary16 ("F16") stand for. Exact.
float widen_half(std::uint16_t bits);
/// The same for bfloat16 ("BF16"): the upper half of a binary32.
float widen_brain(std::uint16_t bits);

/// Bytes of a number that `widen` reads; 0 for every other dtype.
std::uint64_t readable_bytes(std::string_view dtype);

/// The numbers of a tensor from its bytes as stored, little-endian; fails as TensorFile::read.
/// `where` names file and tensor. REQUIRES: readable_bytes(dtype) is not 0.
Result<std::vector<float>> widen(std::string_view bytes, const TensorEntry& tensor,
                                 const std::string& where);

}  // namespace gwageo
