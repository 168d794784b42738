// Cosignatures: the example of the specification has its signatures elided, so the fixed one here
// was checked with Go's crypto/ed25519 (tests/oracle), which shares nothing with us.
#include "protocol/transparency/cosignature.h"

#include <gtest/gtest.h>

#include "protocol/transparency/checkpoint.h"

namespace gwageo {
namespace {

SigningKey fixed_key(std::uint8_t first) {
  SigningKey key;
  for (std::size_t i = 0; i < key.bytes.size(); ++i) {
    key.bytes[i] = static_cast<std::uint8_t>(first + i);
  }
  return key;
}

class CosignatureTest : public ::testing::Test {
 protected:
  SigningKey log_ = fixed_key(1);
  SigningKey witness_ = fixed_key(77);
  NoteKey key_{"witness.example/w1", verifying_key(witness_), NoteKeyType::cosignature};
  Checkpoint head_{"example.com/log", 3, sha256("root")};

  Note cosigned(std::uint64_t seconds = 1679315147) {
    Note note = *parse_note(sign_checkpoint(head_, log_));
    note.signatures.push_back(cosign(note.text, key_.name, witness_, seconds));
    return *parse_note(to_text(note));
  }
};

TEST_F(CosignatureTest, says_when_and_leaves_the_logs_own_signature_alone) {
  const Note note = cosigned();
  EXPECT_EQ(*cosigned_at(note, key_), 1679315147u);
  EXPECT_EQ(*open_checkpoint(to_text(note), {head_.origin, verifying_key(log_)}), head_);
}

TEST_F(CosignatureTest, a_key_has_another_id_for_cosigning_than_for_signing) {
  const NoteKey plain{key_.name, key_.key};
  EXPECT_NE(note_key_id(plain), note_key_id(key_));
  EXPECT_EQ(*parse_cosigner_vkey(to_vkey(key_)), key_);
  EXPECT_FALSE(parse_vkey(to_vkey(key_)));
  EXPECT_FALSE(parse_cosigner_vkey(to_vkey(plain)));
  EXPECT_EQ(open_note(to_text(cosigned()), plain).error().kind, ErrorKind::bad_input);
}

TEST_F(CosignatureTest, of_nobody_that_is_asked_for_is_nothing) {
  const Note note = *parse_note(sign_checkpoint(head_, log_));
  EXPECT_EQ(*cosigned_at(note, key_), std::nullopt);
  const NoteKey other{"witness.example/w2", key_.key, NoteKeyType::cosignature};
  EXPECT_EQ(*cosigned_at(cosigned(), other), std::nullopt);
}

TEST_F(CosignatureTest, every_changed_bit_makes_it_false) {
  const Note note = cosigned();
  for (std::size_t i = 0; i < note.signatures[1].bytes.size(); ++i) {
    Note changed = note;
    changed.signatures[1].bytes[i] ^= 1;
    const auto found = cosigned_at(changed, key_);
    ASSERT_FALSE(found) << i;
    EXPECT_EQ(found.error().kind, ErrorKind::corrupt);
    EXPECT_NE(found.error().message.find(key_.name), std::string::npos);
  }
  Note other = note;
  other.text = to_text(Checkpoint{head_.origin, 4, head_.root});
  EXPECT_EQ(cosigned_at(other, key_).error().kind, ErrorKind::corrupt);
  Note shorter = note;
  shorter.signatures[1].bytes.pop_back();
  EXPECT_EQ(cosigned_at(shorter, key_).error().kind, ErrorKind::corrupt);
}

TEST_F(CosignatureTest, a_time_that_is_none_is_refused) {
  Note note = cosigned();
  for (std::size_t i = 0; i < 8; ++i) note.signatures[1].bytes[i] = 0;
  EXPECT_EQ(cosigned_at(note, key_).error().kind, ErrorKind::corrupt);
  note.signatures[1].bytes[0] = '\x80';
  EXPECT_EQ(cosigned_at(note, key_).error().kind, ErrorKind::corrupt);
}

TEST_F(CosignatureTest, a_fixed_key_gives_fixed_bytes) {
  EXPECT_EQ(to_vkey(key_),
            "witness.example/w1+929a8cbd+BGCV6Us7HZCU3txoGxcmH+gYd+ofwCmdBz+xXhEWey5s");
  EXPECT_EQ(
      to_line(cosigned().signatures[1]),
      "— witness.example/w1 kpqMvQAAAABkGFDLY3n2L3xl2+0KnUBKQ3idRP4UYPPM1AHfIOz7Fop1NtBbKqx9b+YGV2h"
      "fmz1zRk1aqXyfc99nrboaKLqsl3bfDg==\n");
}

}  // namespace
}  // namespace gwageo
