// A zip archive.
#include "benchmarks/zip_archive.h"
#include "protocol/check.h"
#include "tests/benchmarks/memory_files.h"
#include "tests/benchmarks/zip_builder.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_zip(std::string_view input) {
  MemoryFiles files;
  files.set("a.zip", std::string(input));
  const Result<ZipArchive> archive = ZipArchive::open(files, "a.zip");
  if (!archive) return;
  for (const auto& [name, member] : archive->members()) {
    GWAGEO_CHECK(archive->has(name));
    if (member.bytes > (std::uint64_t{32} << 20)) continue;
    const Result<std::string> bytes = archive->read(name);
    if (bytes) GWAGEO_CHECK(bytes->size() == member.bytes);
  }
}

std::vector<std::string> zip_seeds() {
  // One stored block of raw deflate, and the same text as one frame of Zstandard.
  const std::string deflated(
      "\x01\x02\x00\xfd\xff"
      "ab",
      7);
  const std::vector<ZipPart> parts = {
      {.name = "header.json", .data = "{}"},
      {.name = "samples/a_epoch_1.json", .data = "[1,2]"},
      {.name = "packed", .data = deflated, .method = 8, .text = "ab"}};
  return {zip_of(parts), zip_of(parts, true), zip_of({}, false, "comment")};
}

}  // namespace

const Target zip_target = {"zip", run_zip, zip_seeds};

}  // namespace gwageo::fuzz
