#include "coordinator/commands.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

TEST(Commands, ARefusalSaysWhatToDoAboutIt) {
  const auto code = [](ErrorKind kind) { return refusal({kind, "x"}).code; };
  EXPECT_EQ(code(ErrorKind::bad_input), ReplyCode::bad_input);
  EXPECT_EQ(code(ErrorKind::not_found), ReplyCode::bad_input);
  EXPECT_EQ(code(ErrorKind::conflict), ReplyCode::bad_input);
  EXPECT_EQ(code(ErrorKind::not_allowed), ReplyCode::not_allowed);
  EXPECT_EQ(code(ErrorKind::unavailable), ReplyCode::unavailable);
  // To try again would not help, so it must not look like a coordinator that is away.
  EXPECT_EQ(code(ErrorKind::corrupt), ReplyCode::failed);
  EXPECT_EQ(code(ErrorKind::io), ReplyCode::failed);
  EXPECT_EQ(*refusal({ErrorKind::io, "disk: no"}).body.find("error"), Json("disk: no"));
  EXPECT_EQ(*refusal({ErrorKind::corrupt, "block 3: checksum mismatch"}).body.find("error"),
            Json("the coordinator found damage in its store: block 3: checksum mismatch; stop it, "
                 "find what is damaged (gwageo audit verify --data DIR), and go on from a backup "
                 "(gwageo restore)"));
}

}  // namespace
}  // namespace gwageo
