// The manifest of a suite's files, which a client sends.
#include "coordinator/suite_files.h"
#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_manifest(std::string_view input) {
  const Result<Json> json = Json::parse(input);
  if (!json) return;
  const Result<Manifest> manifest = manifest_from_json(*json);
  if (!manifest) return;
  const Json written = to_json(*manifest);
  const Result<Manifest> again = manifest_from_json(written);
  GWAGEO_CHECK(again.has_value());
  GWAGEO_CHECK(to_json(*again) == written);
}

std::vector<std::string> manifest_seeds() {
  const Manifest manifest{
      "suite.yaml",
      {{"suite.yaml", 9, {sha256("a")}}, {"data/a.jsonl", 1048577, {sha256("b"), sha256("c")}}}};
  return {to_json(manifest).dump()};
}

}  // namespace

const Target manifest_target = {"manifest", run_manifest, manifest_seeds};

}  // namespace gwageo::fuzz
