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
                 "find what is damaged (gwageo audit verify --data DIR), and bring it back "
                 "(gwageo recover; of a backup too, for one that is restored and served is another "
                 "story from its end on)"));
}

// People type no "put" and no "rows".
TEST(Commands, WhoHasNoRightReadsTheVerbThatTheyTyped) {
  const PrincipalRegistered red{"red", Role::team, "red", {}, {}};
  const auto part = [&](const std::string& verb) {
    const std::string text = no_right(red, verb);
    return text.substr(text.find("no right to ") + 12);
  };
  EXPECT_EQ(no_right(red, "put"),
            "the key of red, of role team, has no right to \"suite add\" or \"plan import\"; "
            "operators have");
  EXPECT_EQ(part("drain"), "\"drain\" or \"undrain\"; operators have");
  EXPECT_EQ(part("rows"), "\"audit\" or \"export\"; operators and auditors have");
  EXPECT_EQ(part("keys.add"), "\"keys new\"; operators have");
  EXPECT_EQ(part("team.set"), "\"team set\"; operators have");
  for (const std::string& verb : verbs()) {
    EXPECT_EQ(part(verb).find('.'), std::string::npos) << verb;
  }
}

}  // namespace
}  // namespace gwageo
