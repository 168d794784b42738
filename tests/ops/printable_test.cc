// What others have named and written, on somebody's terminal.
#include <gtest/gtest.h>

#include "ops/output.h"

namespace gwageo::testing {
namespace {

TEST(Printable, ControlsNoTerminal) {
  EXPECT_EQ(printable("narae-2, 한국어\tand\nmore"), "narae-2, 한국어\tand\nmore");
  EXPECT_EQ(printable("\x1b[2Jgood\r\x7f"), "\\x1b[2Jgood\\x0d\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m\xc2\xb5\xc2"),
            "\\x9b31m\xc2\xb5\xc2");
  EXPECT_EQ(shown(Json::Object{{"reason", "\x1b]0;title\x07"}}, "reason"), "\\x1b]0;title\\x07");
}

}  // namespace
}  // namespace gwageo::testing
