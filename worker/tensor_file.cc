#include "worker/tensor_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "protocol/check.h"

namespace gwageo {
namespace {

static_assert(std::endian::native == std::endian::little);

// "[2, 3]": the index of the `place`-th number of a row-major tensor.
std::string index_in(const std::vector<std::uint64_t>& shape, std::size_t place) {
  std::vector<std::uint64_t> index(shape.size());
  for (std::size_t i = shape.size(); i > 0; --i) {
    index[i - 1] = place % shape[i - 1];
    place /= shape[i - 1];
  }
  return to_text(index);
}

}  // namespace

std::string to_text(std::span<const std::uint64_t> shape) {
  std::string text = "[";
  for (const std::uint64_t n : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(n);
  return text + "]";
}

float widen_half(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fU;
  const std::uint32_t fraction = bits & 0x3ffU;
  if (exponent == 0) {
    // Zero or subnormal: a multiple of 2^-24, which binary32 holds as a normal number.
    const float size = std::ldexp(static_cast<float>(fraction), -24);
    return sign == 0 ? size : -size;
  }
  const std::uint32_t wide = exponent == 31 ? 255U : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

float widen_brain(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

std::uint64_t readable_bytes(std::string_view dtype) {
  if (dtype == "F32") return 4;
  return dtype == "F16" || dtype == "BF16" ? 2 : 0;
}

Result<std::vector<float>> widen(std::string_view bytes, const TensorEntry& tensor,
                                 const std::string& where) {
  const std::uint64_t each = readable_bytes(tensor.dtype);
  GWAGEO_CHECK(each != 0);
  GWAGEO_CHECK(bytes.size() % each == 0);
  std::vector<float> numbers(bytes.size() / each);
  if (each == 4) {
    if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  } else {
    const bool is_half = tensor.dtype == "F16";
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      std::uint16_t raw = 0;
      std::memcpy(&raw, bytes.data() + 2 * i, sizeof raw);
      numbers[i] = is_half ? widen_half(raw) : widen_brain(raw);
    }
  }
  const auto odd = std::ranges::find_if(numbers, [](float n) { return !std::isfinite(n); });
  if (odd != numbers.end()) {
    const auto place = static_cast<std::size_t>(odd - numbers.begin());
    return fail(ErrorKind::bad_input,
                where + " at index " + index_in(tensor.shape, place) + " is " +
                    (std::isnan(*odd) ? "no number" : "infinite") +
                    ": the weights are damaged, or training diverged; export the model again");
  }
  return numbers;
}

}  // namespace gwageo
