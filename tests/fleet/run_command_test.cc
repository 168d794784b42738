// Programs that a fleet runs: what comes back, and that none of them can hold it up.
#include "ops/run_command.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace gwageo {
namespace {

TEST(RunCommand, GivesInputAndTakesBothOutputs) {
  signal(SIGPIPE, SIG_IGN);
  const std::string large(300000, 'x');
  const auto end = run_command({"sh", "-c", "cat; echo no >&2; exit 3"}, large, seconds(60));
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->code, 3);
  EXPECT_EQ(end->out, large);
  EXPECT_EQ(end->err, "no\n");
  // Whoever does not read it is no error.
  EXPECT_EQ(run_command({"true"}, large, seconds(60))->code, 0);
}

TEST(RunCommand, SaysThatThereIsNoSuchProgram) {
  const auto end = run_command({"gwageo-has-no-such-program"}, "", seconds(60));
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, ErrorKind::not_found);
  EXPECT_NE(end.error().message.find("on the PATH"), std::string::npos);
}

TEST(RunCommand, KillsWhatTakesTooLongWithAllThatItStarted) {
  const auto end = run_command({"sh", "-c", "sleep 600 & sleep 600"}, "", milliseconds(50));
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, ErrorKind::unavailable);
  const auto closed = run_command({"sh", "-c", "exec >&- 2>&-; sleep 600"}, "", milliseconds(50));
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().kind, ErrorKind::unavailable);
}

TEST(RunCommand, TellsASignal) {
  EXPECT_EQ(run_command({"sh", "-c", "kill -9 $$"}, "", seconds(60))->code, 128 + SIGKILL);
}

}  // namespace
}  // namespace gwageo
