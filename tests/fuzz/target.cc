// A target file.
#include "benchmarks/target.h"

#include "benchmarks/points.h"
#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_target(std::string_view input) {
  const Result<gwageo::Target> read = load_target("target.yaml", input);
  if (!read) return;
  GWAGEO_CHECK(!read->name.empty());
  GWAGEO_CHECK(read->share.denominator > 0);
  for (const CompositionPart& part : read->composition) {
    (void)read_points(*read, part.name, "1.5");
  }
}

}  // namespace

const fuzz::Target target_target = {"target", run_target};

}  // namespace gwageo::fuzz
