// The header of a GGUF file. The first byte says how many bytes of data follow it.
#include "worker/gguf.h"

#include "protocol/check.h"
#include "tests/fuzz/targets.h"
#include "tests/worker/gguf_bytes.h"

namespace gwageo::fuzz {
namespace {

using testing::GgufBytes;

void run_gguf(std::string_view input) {
  if (input.empty()) return;
  const std::uint64_t behind = static_cast<unsigned char>(input.front());
  const std::string_view head = input.substr(1);
  const std::uint64_t file_bytes = head.size() + behind;
  const auto header = parse_gguf_header(head, file_bytes);
  if (!header || !*header) return;
  for (const auto& [name, tensor] : (*header)->tensors) {
    GWAGEO_CHECK(tensor.begin <= tensor.end);
    GWAGEO_CHECK(tensor.end == 0 || (*header)->data_begin + tensor.end <= file_bytes);
  }
}

std::vector<std::string> gguf_seeds() {
  GgufBytes file;
  file.header(3, 2, 4);
  file.key("general.architecture", GgufBytes::text_type).text("llama");
  file.key("general.alignment", GgufBytes::u32_type).u32(8);
  file.key("names", GgufBytes::array_type).u32(GgufBytes::text_type).u64(2).text("a").text("bc");
  file.key("yes", GgufBytes::flag_type).raw("\x01");
  file.tensor("wide", {2, 1}, 0, 0);
  file.tensor("half", {3}, 1, 8);
  file.pad(8);
  GgufBytes empty;
  empty.header(2, 0, 0).pad();
  return {"\x10" + file.bytes(), std::string(1, '\0') + empty.bytes()};
}

}  // namespace

const Target gguf_target = {"gguf", run_gguf, gguf_seeds};

}  // namespace gwageo::fuzz
