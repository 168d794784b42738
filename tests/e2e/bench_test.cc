// The measurements that are compared with peers end, and say what the peers' drivers say.
#include <gtest/gtest.h>

#include "tests/e2e/pool.h"

namespace gwageo::e2e {
namespace {

TEST(Bench, DispatchPrintsARateAndRoundTrips) {
  const TemporaryFolder folder;
  Process bench({"bench", "dispatch", "--workers", "1", "--window", "1", "--n", "50", "--rtt",
                 "100", "--in", folder.path().string()});
  const auto ended = bench.wait(Milliseconds(60000));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0) << bench.err();
  for (const char* const figure :
       {"peer=gwageo", "done=50", "tasks_per_s=", "cpu_s_per_10k=", "rtt_p50_us=", "rtt_p99_us="}) {
    EXPECT_NE(bench.out().find(figure), std::string::npos) << figure << " in " << bench.out();
  }
}

}  // namespace
}  // namespace gwageo::e2e
