// Compressed data. The first byte says which kind, the second in pieces of how many bytes.
#include "protocol/decompress.h"

#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_decompress(std::string_view input) {
  if (input.size() < 2) return;
  const std::unique_ptr<Decompressor> stream = input[0] == 'g'   ? make_gunzip()
                                               : input[0] == 'i' ? make_inflate()
                                                                 : make_unzstd();
  const std::size_t piece = 1 + static_cast<unsigned char>(input[1]);
  input.remove_prefix(2);
  (void)stream->may_begin_with(input);
  for (std::string out; !input.empty(); out.clear()) {
    const std::size_t size = std::min(piece, input.size());
    if (!stream->add(input.substr(0, size), out)) return;
    GWAGEO_CHECK(out.size() <= Decompressor::grown_max);
    input.remove_prefix(size);
  }
  (void)stream->is_whole();
}

std::vector<std::string> decompress_seeds() {
  // "ab" stored: a gzip member, a raw block, and a Zstandard frame of one raw block.
  const std::string block(
      "\x01\x02\x00\xfd\xff"
      "ab",
      7);
  const std::string gzip = std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10) + block +
                           std::string("\x6d\x48\x83\x9e\x02\x00\x00\x00", 8);
  const std::string zstd(
      "\x28\xb5\x2f\xfd\x20\x02\x11\x00\x00"
      "ab",
      11);
  return {"g\xff" + gzip, "g\x02" + gzip + gzip, "i\xff" + block, "z\xff" + zstd,
          "z\x01" + zstd + zstd};
}

}  // namespace

const Target decompress_target = {"decompress", run_decompress, decompress_seeds};

}  // namespace gwageo::fuzz
