// An archive that somebody exported. What the input is, is what is compressed in it, or with a
// first byte of '=' the whole file: no change gets past the checksum of what is compressed.
#include "ops/archive.h"

#include "coordinator/store.h"
#include "protocol/bytes.h"
#include "protocol/check.h"
#include "tests/fuzz/scratch_file.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

constexpr std::string_view magic = "gwageo-archive 1";

/// The file around what is compressed.
std::string packed(std::string_view rows) {
  const ScratchFile file("packed", "");
  Result<ZstdWriter> writer = ZstdWriter::create(file.path(), magic, Existing::replace);
  GWAGEO_CHECK(writer.has_value());
  GWAGEO_CHECK(writer->write(rows).has_value());
  GWAGEO_CHECK(writer->finish().has_value());
  return file.bytes();
}

void run_archive(std::string_view input) {
  if (input.empty()) return;
  const ScratchFile file("a.gwageo",
                         input.front() == '=' ? std::string(input.substr(1)) : packed(input));
  const std::unique_ptr<Store> store = new_memory_store();
  (void)load_archive(file.path(), *store);
}

std::vector<std::string> archive_seeds() {
  ByteWriter rows;
  rows.text("header");
  rows.text(R"({"what":"job 1","jobs":["1"],"verifier":"v","checkpoint":null})");
  rows.text("j\x01");
  rows.text("record");
  return {rows.bytes(), "=" + packed(rows.bytes())};
}

}  // namespace

const Target archive_target = {"archive", run_archive, archive_seeds};

}  // namespace gwageo::fuzz
