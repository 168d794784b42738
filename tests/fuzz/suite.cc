// A suite with its files, read and rendered. Each part is a file: its path in a line, then its
// bytes; the first is the suite file.
#include "benchmarks/suite.h"

#include "protocol/check.h"
#include "tests/benchmarks/memory_files.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_suite(std::string_view input) {
  MemoryFiles files;
  std::string main;
  for (const std::string_view part : parts_of(input)) {
    const auto [path, bytes] = first_line(part);
    if (main.empty()) main = path;
    files.set(std::string(path), std::string(bytes));
  }
  const Result<Suite> suite = load_suite(main, files);
  if (!suite) return;
  GWAGEO_CHECK(suite_digest(*suite, files).has_value());
  std::size_t entries = 0;
  (void)render_plan(*suite, files, [&](const PlanEntry& entry) -> Status {
    const std::string bytes = encode(entry);
    GWAGEO_CHECK(decode_plan_entry(bytes).value() == entry);
    if (++entries < 256) return {};
    return fail(ErrorKind::bad_input, "enough");
  });
}

}  // namespace

const Target suite_target = {"suite", run_suite};

}  // namespace gwageo::fuzz
