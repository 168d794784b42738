// Recorded outputs.
#include "protocol/check.h"
#include "tests/fuzz/targets.h"
#include "worker/recorded_engine.h"

namespace gwageo::fuzz {
namespace {

void run_recording(std::string_view input) {
  Recording recording;
  std::uint64_t number = 0;
  while (!input.empty()) {
    const auto [line, rest] = first_line(input);
    if (!recording.add_line(line, ++number)) return;
    input = rest;
  }
  if (!recording.seal()) return;
  const auto found = recording.find({RequestKind::generate, "T", "ID", 0, 0});
  if (found) GWAGEO_CHECK(recording.rows() > 0);
}

}  // namespace

const Target recording_target = {"recording", run_recording};

}  // namespace gwageo::fuzz
