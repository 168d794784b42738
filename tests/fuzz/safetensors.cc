// The header of a safetensors file: 8 bytes that say how long the data are, then its JSON.
#include "worker/safetensors.h"

#include "protocol/bytes.h"
#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_safetensors(std::string_view input) {
  if (input.size() < 8) return;
  const std::uint64_t data_bytes = ByteReader(input).u64();
  const auto tensors = parse_safetensors_header(input.substr(8), data_bytes);
  if (!tensors) return;
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : *tensors) {
    GWAGEO_CHECK(tensor.begin <= tensor.end && tensor.end <= data_bytes);
    bytes += tensor.end - tensor.begin;
  }
  GWAGEO_CHECK(bytes == data_bytes);
}

std::string seed(std::uint64_t data_bytes, std::string_view header) {
  ByteWriter bytes;
  bytes.u64(data_bytes);
  return bytes.take() + std::string(header);
}

std::vector<std::string> safetensors_seeds() {
  return {seed(0, "{}"),
          seed(16, R"({"__metadata__":{"format":"pt"},)"
                   R"("b":{"dtype":"BF16","shape":[2,1],"data_offsets":[8,12]},)"
                   R"("c":{"dtype":"F16","shape":[2],"data_offsets":[12,16]},)"
                   R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   )"),
          seed(8, R"({"s":{"dtype":"I64","shape":[],"data_offsets":[0,8]}})")};
}

}  // namespace

const Target safetensors_target = {"safetensors", run_safetensors, safetensors_seeds};

}  // namespace gwageo::fuzz
