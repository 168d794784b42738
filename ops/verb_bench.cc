#include "ops/verbs.h"

namespace gwageo {

Result<int> verb_bench(const Invocation&) {
  return fail(ErrorKind::bad_input, "bench: this version has no benchmarks yet");
}

}  // namespace gwageo
