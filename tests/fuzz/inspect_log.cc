// An Inspect log: one document of JSON, or one after another the members of its archive.
#include "benchmarks/inspect_import.h"
#include "protocol/check.h"
#include "tests/benchmarks/memory_files.h"
#include "tests/benchmarks/zip_builder.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_inspect_log(std::string_view input) {
  if (const Result<Json> log = Json::parse_python(input)) {
    (void)inspect::import_log("log.json", *log);
  }
  const std::vector<std::string_view> parts = parts_of(input);
  if (parts.size() < 2) return;
  std::vector<ZipPart> members;
  for (const std::string_view part : parts) {
    const auto [name, bytes] = first_line(part);
    members.push_back({.name = std::string(name), .data = std::string(bytes)});
  }
  MemoryFiles files;
  files.set("log.eval", zip_of(members));
  (void)inspect::import_archive(files, "log.eval");
}

}  // namespace

const Target inspect_log_target = {"inspect_log", run_inspect_log};

}  // namespace gwageo::fuzz
