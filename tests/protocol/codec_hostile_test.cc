// Frames that no honest peer sends. None may crash, take long or take memory; run these under
// AddressSanitizer and UBSan, too.
#include <gtest/gtest.h>

#include <cstring>

#include "protocol/codec.h"
#include "protocol/limits.h"
#include "tests/protocol/message_samples.h"

namespace gwageo {
namespace {

using samples::Dice;
using Words = std::vector<std::uint64_t>;

constexpr std::uint64_t void_list = 0;
constexpr std::uint64_t byte_list = 2;
constexpr std::uint64_t pointer_list = 6;
constexpr std::uint64_t struct_list = 7;
constexpr std::uint64_t elements_max = (std::uint64_t{1} << 29) - 1;

// Cap'n Proto's pointers, by hand. `from` is the word that the pointer is in, `to` the word that it
// points at.
std::uint64_t offset(std::size_t from, std::size_t to) {
  return (to - from - 1) << 2 & 0xffffffffu;
}
std::uint64_t struct_pointer(std::size_t from, std::size_t to, std::uint64_t data,
                             std::uint64_t pointers) {
  return offset(from, to) | data << 32 | pointers << 48;
}
std::uint64_t list_pointer(std::size_t from, std::size_t to, std::uint64_t size,
                           std::uint64_t count) {
  return offset(from, to) | 1 | size << 32 | count << 35;
}
std::uint64_t list_tag(std::uint64_t count, std::uint64_t data, std::uint64_t pointers) {
  return count << 2 | data << 32 | pointers << 48;
}
std::uint64_t far_pointer(std::uint64_t segment, std::uint64_t word) {
  return 2 | word << 3 | segment << 32;
}

std::string bytes_of(const Words& words) {
  std::string bytes(words.size() * 8, '\0');
  if (!words.empty()) std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

std::string frame_of(const Words& segment) {
  return bytes_of({std::uint64_t{segment.size()} << 32}) + bytes_of(segment);
}

/// A message of kind `kind` whose content, with that many words of data and pointers, begins at
/// word 3.
Words message(std::uint64_t kind, std::uint64_t data, std::uint64_t pointers) {
  Words words = {struct_pointer(0, 1, 1, 1), kind, struct_pointer(2, 3, data, pointers)};
  words.resize(3 + data + pointers);
  return words;
}
constexpr std::uint64_t heartbeat = 1;
constexpr std::uint64_t results = 2;
constexpr std::uint64_t revoke = 10;
constexpr std::uint64_t command = 13;

/// Decodes and expects a refusal; returns its text.
std::string refusal_of_frame(const std::string& frame) {
  const Result<Message> decoded = decode(frame);
  if (decoded) return "accepted: " + std::string(name_of(*decoded));
  EXPECT_EQ(decoded.error().kind, ErrorKind::bad_input);
  EXPECT_FALSE(decoded.error().message.empty());
  return "refused";
}

TEST(HostileFrame, HandMadeMessagesAreUnderstood) {
  Words words = message(revoke, 1, 0);
  words[3] = 41;
  const auto decoded = decode(frame_of(words));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, Message(Revoke{{41}}));
}

TEST(HostileFrame, NoFrame) {
  EXPECT_EQ(refusal_of_frame(""), "refused");
  for (std::size_t size : {1u, 7u, 8u, 9u, 15u, 16u, 17u, 24u, 4096u}) {
    EXPECT_EQ(refusal_of_frame(std::string(size, '\0')), "refused") << size;
    EXPECT_EQ(refusal_of_frame(std::string(size, '\xff')), "refused") << size;
  }
  EXPECT_EQ(refusal_of_frame(frame_of({})), "refused");
  EXPECT_EQ(refusal_of_frame(std::string(limits::message_bytes_max + 8, '\0')), "refused");
}

TEST(HostileFrame, TruncatedAnywhere) {
  for (const Message& sample : samples::full_messages()) {
    const std::string frame = encode(sample);
    for (std::size_t size = 0; size < frame.size(); ++size) {
      EXPECT_EQ(refusal_of_frame(frame.substr(0, size)), "refused")
          << name_of(sample) << " at " << size;
    }
    // With a header that agrees, what is missing must be seen by its pointer.
    for (std::size_t words = 1; 8 + 8 * words < frame.size(); ++words) {
      const std::string cut = bytes_of({words << 32}) + frame.substr(8, 8 * words);
      const auto decoded = decode(cut);
      EXPECT_TRUE(!decoded || *decoded == sample) << name_of(sample) << " at word " << words;
    }
  }
}

TEST(HostileFrame, TrailingBytes) {
  for (const Message& sample : samples::full_messages()) {
    const std::string frame = encode(sample);
    for (std::size_t extra : {1u, 7u, 8u, 16u}) {
      EXPECT_EQ(refusal_of_frame(frame + std::string(extra, '\0')), "refused");
    }
    EXPECT_EQ(refusal_of_frame(frame + frame), "refused");
  }
}

TEST(HostileFrame, AnyOtherNumberOfSegments) {
  const std::string frame = encode(Revoke{{41}});
  const std::string segment = frame.substr(8);
  const std::uint64_t words = segment.size() / 8;
  EXPECT_EQ(refusal_of_frame(bytes_of({1 | words << 32, 0}) + segment), "refused")
      << "second one empty";
  EXPECT_EQ(
      refusal_of_frame(bytes_of({1 | 1ull << 32, words}) + bytes_of({far_pointer(1, 0)}) + segment),
      "refused");
  EXPECT_EQ(refusal_of_frame(bytes_of({0xffffffffull | words << 32}) + segment), "refused")
      << "none";
  EXPECT_EQ(refusal_of_frame(bytes_of({0x7fffffffull | words << 32}) + segment), "refused");
  EXPECT_EQ(refusal_of_frame(bytes_of({(words + 1) << 32}) + segment), "refused");
  EXPECT_EQ(refusal_of_frame(bytes_of({(words - 1) << 32}) + segment), "refused");
  EXPECT_EQ(refusal_of_frame(bytes_of({0xffffffffull << 32}) + segment), "refused");
}

TEST(HostileFrame, FarPointersToOtherSegments) {
  for (std::uint64_t segment : {1ull, 2ull, 0xffffffffull}) {
    EXPECT_EQ(refusal_of_frame(frame_of({far_pointer(segment, 0), 0})), "refused");
    Words words = message(heartbeat, 1, 2);
    words[3] = 9;
    words[5] = far_pointer(segment, 0);
    EXPECT_EQ(refusal_of_frame(frame_of(words)), "refused");
    words[5] = far_pointer(segment, 0) | 4;
    EXPECT_EQ(refusal_of_frame(frame_of(words)), "refused") << "double";
  }
  Words words = message(heartbeat, 1, 2);
  words[3] = 9;
  words[5] = far_pointer(0, 1000);
  EXPECT_EQ(refusal_of_frame(frame_of(words)), "refused") << "beyond the end";
  words[5] = far_pointer(0, 5);
  EXPECT_EQ(refusal_of_frame(frame_of(words)), "refused") << "to itself";
  words[5] = 3;
  EXPECT_EQ(refusal_of_frame(frame_of(words)), "refused") << "a capability";
}

TEST(HostileFrame, PointersThatPointBack) {
  Words root = {struct_pointer(0, 0, 1, 1)};
  (void)decode(frame_of(root));
  // The items of Results are the message itself, and so on.
  Words words = message(results, 4, 1);
  words[3] = words[4] = 9;
  words[7] = struct_pointer(7, 0, 1, 1);
  EXPECT_EQ(refusal_of_frame(frame_of(words)), "refused");
  words[7] = list_pointer(7, 0, struct_list, 3);
  EXPECT_EQ(refusal_of_frame(frame_of(words)), "accepted: results")
      << "word 0 reads as a list of none";
  words[7] = list_pointer(7, 7, pointer_list, 1);
  (void)decode(frame_of(words));
  words[7] = 0;
  EXPECT_EQ(refusal_of_frame(frame_of(words)), "accepted: results");
}

// 256 items share one list of 256 pointers to one blob of 4000 bytes: 16 KB that read as 262 MB.
TEST(HostileFrame, SharedContentIsReadOnlySoOften) {
  constexpr std::size_t items = 256;
  Words words = message(results, 4, 1);
  words[3] = words[4] = 9;
  const std::size_t tag = words.size();
  const std::size_t list = tag + 1 + 2 * items;
  const std::size_t blob = list + items;
  words.resize(blob + 500, 0x6161616161616161);
  words[7] = list_pointer(7, tag, struct_list, 2 * items);
  words[tag] = list_tag(items, 1, 1);
  for (std::size_t i = 0; i < items; ++i) {
    const std::size_t item = tag + 1 + 2 * i;
    words[item] = i;
    words[item + 1] = list_pointer(item + 1, list, pointer_list, items);
    words[list + i] = list_pointer(list + i, blob, byte_list, 4000);
  }
  const auto decoded = decode(frame_of(words));
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message.find("traversal"), std::string::npos)
      << decoded.error().message;
}

/// Frames of a few words that claim half a billion elements.
std::vector<Words> void_bombs() {
  std::vector<Words> bombs;
  for (const std::uint64_t count : {elements_max, std::uint64_t{1} << 28}) {
    Words structs = message(heartbeat, 1, 2);
    structs[3] = 9;
    structs[5] = list_pointer(5, 6, struct_list, 0);
    structs.push_back(list_tag(count, 0, 0));
    bombs.push_back(structs);
    for (const std::uint64_t size : {void_list, std::uint64_t{1}, byte_list, pointer_list}) {
      for (const std::size_t field : {4u, 5u}) {
        Words list = message(heartbeat, 1, 2);
        list[3] = 9;
        list[field] = list_pointer(field, 6, size, count);
        bombs.push_back(list);
      }
      Words attachments = message(command, 2, 3);
      attachments[7] = list_pointer(7, 8, size, count);
      bombs.push_back(attachments);
    }
    Words blobs = message(command, 2, 3);
    blobs[7] = list_pointer(7, 8, struct_list, 0);
    blobs.push_back(list_tag(count, 0, 0));
    bombs.push_back(blobs);
  }
  return bombs;
}

TEST(HostileFrame, VoidBombsAreRefused) {
  const std::vector<Words> bombs = void_bombs();
  for (const Words& bomb : bombs) EXPECT_EQ(refusal_of_frame(frame_of(bomb)), "refused");
}

TEST(HostileFrame, UnknownKindsAndShortStructs) {
  for (const std::uint64_t kind : {15ull, 16ull, 17ull, 255ull, 65535ull}) {
    EXPECT_EQ(refusal_of_frame(frame_of(message(kind, 1, 0))), "refused") << kind;
  }
  EXPECT_EQ(decode(frame_of(message(65535, 1, 0))).error().message,
            "message.kind: unknown number 65535");
  // Every kind from a sender that knows none of its fields: nothing, or what lacks nothing needed.
  for (std::uint64_t kind = 0; kind < std::variant_size_v<Message>; ++kind) {
    (void)decode(frame_of(message(kind, 0, 0)));
    (void)decode(frame_of({struct_pointer(0, 1, 1, 0), kind}));
    (void)decode(frame_of({struct_pointer(0, 1, 1, 1), kind, 0}));
  }
}

TEST(HostileFrame, FieldsOfTheFutureAreIgnored) {
  Words words = message(revoke, 3, 2);
  words[3] = 41;
  words[4] = 0xdeadbeef;
  words[6] = list_pointer(6, 8, struct_list, 0);
  words.push_back(list_tag(elements_max, 0, 0));
  const auto decoded = decode(frame_of(words));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, Message(Revoke{{41}}));
}

TEST(HostileFrame, TwentyThousandFlippedBits) {
  const std::vector<Message> all = samples::full_messages();
  std::vector<std::string> frames;
  for (const Message& sample : all) frames.push_back(encode(sample));
  Dice dice(20261122);
  std::size_t refused = 0;
  constexpr std::size_t rounds = 20000;
  for (std::size_t round = 0; round < rounds; ++round) {
    std::string frame = frames[dice.roll(frames.size())];
    for (std::uint64_t flips = 1 + dice.roll(4); flips > 0; --flips) {
      const std::size_t bit = dice.roll(frame.size() * 8);
      frame[bit / 8] = static_cast<char>(frame[bit / 8] ^ (1 << bit % 8));
    }
    const Result<Message> decoded = decode(frame);
    if (!decoded) {
      ++refused;
      continue;
    }
    // What is accepted is within every bound, so it makes the way once more.
    const Result<Message> again = decode(encode(*decoded));
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_EQ(*again, *decoded);
  }
  EXPECT_GT(refused, rounds / 10);
  EXPECT_LT(refused, rounds);
}

TEST(HostileFrame, RandomWords) {
  Dice dice(7);
  for (int round = 0; round < 20000; ++round) {
    Words words = message(dice.roll(16), dice.roll(5), dice.roll(4));
    for (std::uint64_t extra = dice.roll(12); extra > 0; --extra) words.push_back(0);
    for (std::size_t i = 3; i < words.size(); ++i) {
      const std::size_t to = dice.roll(words.size() + 1);
      switch (dice.roll(6)) {
        case 0: words[i] = struct_pointer(i, to, dice.roll(4), dice.roll(4)); break;
        case 1: words[i] = list_pointer(i, to, dice.roll(8), dice.roll(70)); break;
        case 2: words[i] = list_tag(dice.roll(9), dice.roll(3), dice.roll(3)); break;
        case 3: words[i] = far_pointer(dice.roll(2), to); break;
        default: words[i] = dice.roll(300); break;
      }
    }
    const Result<Message> decoded = decode(frame_of(words));
    if (!decoded) continue;
    const Result<Message> again = decode(encode(*decoded));
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_EQ(*again, *decoded);
  }
}

}  // namespace
}  // namespace gwageo
