// Signed notes and checkpoints, against texts that others made, and against every single change.
#include "coordinator/checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "coordinator/durable_file.h"
#include "tests/folders.h"

namespace gwageo {
namespace {

// The example of the signed-note specification, with its published secret key.
const std::string example_text =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
const std::string example_note =
    example_text +
    "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb"
    "6KE6RyyBwJnAM=\n";
constexpr char example_vkey[] =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr char example_secret[] = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

// The key pair of a log that others signed as test data.
constexpr char foreign_vkey[] =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
constexpr char foreign_secret[] = "AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";

NoteKey key_of(const char* vkey) {
  auto key = parse_vkey(vkey);
  EXPECT_TRUE(key) << key.error().message;
  return key ? *key : NoteKey{};
}

SigningKey secret_of(const char* typed) {
  const std::string bytes = from_base64(typed).value();
  SigningKey key;
  EXPECT_EQ(bytes.size(), 1 + key.bytes.size());
  std::copy(bytes.begin() + 1, bytes.end(), key.bytes.begin());
  return key;
}

ErrorKind kind_of_refusal(const std::string& note, const NoteKey& key) {
  const auto opened = open_checkpoint(note, key);
  EXPECT_FALSE(opened) << note;
  return opened ? ErrorKind::io : opened.error().kind;
}

class CheckpointTest : public ::testing::Test {
 protected:
  SigningKey signing_ = secret_of(foreign_secret);
  NoteKey key_{"example.com/gwageo", verifying_key(signing_)};
  Checkpoint checkpoint_{key_.name, 12345, sha256("root")};
  std::string note_ = sign_checkpoint(checkpoint_, signing_);

  std::string signed_text(const std::string& text) { return sign_note(text, key_.name, signing_); }
};

TEST(NoteTest, opens_and_makes_the_example_of_the_specification) {
  const NoteKey key = key_of(example_vkey);
  EXPECT_EQ(key.name, "PeterNeumann");
  EXPECT_EQ(to_vkey(key), example_vkey);
  EXPECT_EQ(*open_note(example_note, key), example_text);
  EXPECT_EQ(sign_note(example_text, key.name, secret_of(example_secret)), example_note);
}

TEST(NoteTest, vkeys_are_refused_unless_whole) {
  const std::string good = example_vkey;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(parse_vkey(bad)) << bad;
    EXPECT_FALSE(parse_vkey(good.substr(0, at))) << at;
  }
  for (const char* bad : {"", "+", "++", "a+b+c", "+c74f20a3+AQ=="}) EXPECT_FALSE(parse_vkey(bad));
}

TEST(NoteTest, names_are_words) {
  for (const char* good : {"a", "example.com/log", "과거", "a\\b"}) {
    EXPECT_TRUE(is_note_name(good));
  }
  for (const char* bad : {"", " ", "a b", "a+b", "a\n", "a\tb", "a\xc2\xa0", "\xe3\x80\x80", "\xff",
                          "\xc0\x80", "\xed\xa0\x80", "\xe2\x80\x83", "\xe2\x80"}) {
    EXPECT_FALSE(is_note_name(bad)) << bad;
  }
  EXPECT_TRUE(is_note_name(std::string(256, 'a')));
  EXPECT_FALSE(is_note_name(std::string(257, 'a')));
}

TEST(NoteTest, other_keys_signatures_are_ignored) {
  const NoteKey key = key_of(example_vkey);
  const auto other = generate_key_pair();
  ASSERT_TRUE(other);
  const auto line_of = [&](std::string_view name) {
    const std::string note = sign_note(example_text, name, other->signing);
    return note.substr(note.rfind("\n\n") + 2);
  };
  const std::string text_and_gap = example_note.substr(0, example_note.rfind("\n\n") + 2);
  const std::string line = example_note.substr(text_and_gap.size());
  EXPECT_TRUE(open_note(text_and_gap + line_of("witness") + line, key));
  EXPECT_TRUE(open_note(text_and_gap + line + line_of("PeterNeumann"), key));
  EXPECT_TRUE(open_note(text_and_gap + "— later AAAAAAA=\n" + line, key));
  EXPECT_EQ(open_note(text_and_gap + line_of("witness"), key).error().kind, ErrorKind::bad_input);
  std::string many = text_and_gap;
  for (int i = 0; i < 99; ++i) many += line_of("witness");
  EXPECT_TRUE(open_note(many + line, key));
  EXPECT_FALSE(open_note(many + line + line_of("witness"), key));
}

TEST(NoteTest, what_is_no_note_is_refused) {
  const NoteKey key = key_of(example_vkey);
  const std::string line = example_note.substr(example_note.rfind("\n\n") + 2);
  const std::string refused[] = {
      "",
      "\n",
      "\n\n",
      "text\n",
      "text\n\n",
      line,
      "text\n" + line,
      example_note.substr(0, example_note.size() - 1),
      example_note + "\n",
      example_note + "more\n",
      "\r" + example_note,
      "\xff" + example_note,
      std::string(1, '\0') + example_note,
      std::string(1'000'000, 'a') + example_note,
      example_text + "\n- PeterNeumann" + line.substr(line.find(' ', 4)),
      example_text + "\n— PeterNeumann \n",
      example_text + "\n— PeterNeumann AAAA\n",
  };
  for (const std::string& note : refused) {
    const auto opened = open_note(note, key);
    ASSERT_FALSE(opened) << note;
    EXPECT_EQ(opened.error().kind, ErrorKind::bad_input) << opened.error().message;
  }
}

TEST_F(CheckpointTest, comes_back_as_it_was_signed) {
  EXPECT_EQ(*open_checkpoint(note_, key_), checkpoint_);
  checkpoint_.size = ~0ull;
  EXPECT_EQ(*open_checkpoint(sign_checkpoint(checkpoint_, signing_), key_), checkpoint_);
}

TEST_F(CheckpointTest, every_flipped_bit_is_noticed) {
  for (std::size_t bit = 0; bit < note_.size() * 8; ++bit) {
    std::string bad = note_;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(open_checkpoint(bad, key_)) << bit;
  }
  for (std::size_t size = 0; size < note_.size(); ++size) {
    EXPECT_FALSE(open_checkpoint(note_.substr(0, size), key_)) << size;
  }
}

TEST_F(CheckpointTest, a_changed_text_under_our_name_is_corrupt) {
  std::string bad = note_;
  bad.replace(bad.find("12345"), 5, "12344");
  EXPECT_EQ(kind_of_refusal(bad, key_), ErrorKind::corrupt);
}

TEST_F(CheckpointTest, another_key_under_the_same_name_is_refused) {
  EXPECT_EQ(kind_of_refusal(note_, {key_.name, key_of(example_vkey).key}), ErrorKind::bad_input);
}

TEST_F(CheckpointTest, a_signed_text_that_is_no_checkpoint_is_refused) {
  const std::string origin = key_.name + "\n";
  const std::string root = to_base64(checkpoint_.root.view()) + "\n";
  ASSERT_TRUE(open_checkpoint(signed_text(origin + "1\n" + root), key_));
  const std::string refused[] = {
      origin + "1\n",
      origin + "1\n" + root + "extension\n",
      "other\n1\n" + root,
      origin + "01\n" + root,
      origin + "+1\n" + root,
      origin + "-1\n" + root,
      origin + " 1\n" + root,
      origin + "1 \n" + root,
      origin + "\n" + root,
      origin + "18446744073709551616\n" + root,
      origin + "1\n" + root.substr(4),
      origin + "1\n" + to_base64(std::string(33, 'x')) + "\n",
      origin + "1\n\n",
  };
  for (const std::string& text : refused) {
    EXPECT_EQ(kind_of_refusal(signed_text(text), key_), ErrorKind::bad_input);
  }
}

TEST_F(CheckpointTest, a_journal_that_reaches_it_passes) {
  const auto root_at = [&](std::uint64_t size) -> Result<Digest> {
    EXPECT_EQ(size, checkpoint_.size);
    return checkpoint_.root;
  };
  EXPECT_TRUE(check_not_behind(checkpoint_, 12345, root_at));
  EXPECT_TRUE(check_not_behind(checkpoint_, 12346, root_at));
}

TEST_F(CheckpointTest, a_journal_that_fell_behind_is_corrupt) {
  const auto never = [](std::uint64_t) -> Result<Digest> {
    ADD_FAILURE() << "there is no such root";
    return Digest{};
  };
  const Status behind = check_not_behind(checkpoint_, 12344, never);
  ASSERT_FALSE(behind);
  EXPECT_EQ(behind.error().kind, ErrorKind::corrupt);
  for (const char* part : {"12345", "12344", "restore", "recover"}) {
    EXPECT_NE(behind.error().message.find(part), std::string::npos) << behind.error().message;
  }
}

TEST_F(CheckpointTest, a_journal_with_another_past_is_corrupt) {
  const auto other = [](std::uint64_t) -> Result<Digest> { return sha256("other"); };
  const Status changed = check_not_behind(checkpoint_, 20000, other);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().kind, ErrorKind::corrupt);
  EXPECT_NE(changed.error().message.find("20000"), std::string::npos);
  EXPECT_NE(changed.error().message.find("12345"), std::string::npos);
  const auto broken = [](std::uint64_t) -> Result<Digest> { return fail(ErrorKind::io, "disk"); };
  EXPECT_EQ(check_not_behind(checkpoint_, 20000, broken).error().kind, ErrorKind::io);
}

TEST(ForeignLogTest, every_checkpoint_is_what_we_would_have_signed) {
  const std::string folder = (folders::shared() / "vectors/tlog").string();
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no test data at " << folder;
  const NoteKey key = key_of(foreign_vkey);
  const auto bundle = read_file(folder + "/tile/entries/000.p/15", 65536);
  ASSERT_TRUE(bundle) << bundle.error().message;
  MerkleFrontier journal;
  std::string_view entries = *bundle;
  for (std::uint64_t size = 0; size <= 15; ++size) {
    const auto note = read_file(folder + "/checkpoint." + std::to_string(size), 4096);
    ASSERT_TRUE(note) << note.error().message;
    const Checkpoint expected{key.name, size, journal.root()};
    EXPECT_EQ(*open_checkpoint(*note, key), expected);
    EXPECT_EQ(sign_checkpoint(expected, secret_of(foreign_secret)), *note);
    if (entries.empty()) continue;
    const std::size_t length =
        static_cast<unsigned char>(entries[0]) * 256u + static_cast<unsigned char>(entries[1]);
    journal.add(merkle_leaf(entries.substr(2, length)));
    entries.remove_prefix(2 + length);
  }
  EXPECT_TRUE(entries.empty());
}

TEST_F(CheckpointTest, is_read_without_a_key_as_what_it_is) {
  EXPECT_EQ(read_unchecked_checkpoint(note_), checkpoint_);
  for (const std::string& none :
       {std::string(), std::string("garbage"), note_.substr(0, note_.size() - 2), example_note,
        sign_note("a/b\n1\n" + to_base64(checkpoint_.root.view()) + "\n", key_.name, signing_)}) {
    EXPECT_EQ(read_unchecked_checkpoint(none).error().kind, ErrorKind::bad_input) << none;
  }
}

}  // namespace
}  // namespace gwageo
