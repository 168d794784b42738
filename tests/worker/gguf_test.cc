#include "worker/gguf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "protocol/json.h"
#include "tests/folders.h"
#include "tests/worker/gguf_bytes.h"
#include "tests/worker/tiny_model.h"
#include "worker/gguf_llama.h"
#include "worker/gguf_vocabulary.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

using testing::GgufBytes;
using testing::TemporaryFolder;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

constexpr std::uint64_t huge = std::uint64_t{1} << 60;

// Two tensors behind keys of several types.
GgufBytes small_file(std::uint32_t version = 3) {
  GgufBytes file;
  file.header(version, 3, 5);
  file.key("general.architecture", GgufBytes::text_type).text("llama");
  file.key("general.alignment", GgufBytes::u32_type).u32(8);
  file.key("names", GgufBytes::array_type).u32(GgufBytes::text_type).u64(2).text("a").text("bc");
  file.key("yes", GgufBytes::flag_type).raw("\x01");
  file.key("large", GgufBytes::u64_type).u64(~std::uint64_t{0});
  file.tensor("wide", {2, 1}, 0, 0);
  file.tensor("half", {3}, 1, 8);
  file.tensor("brain", {2}, 30, 16);
  file.pad(8);
  file.raw(std::string_view("\x00\x00\xc0\x3f\x00\x00\x00\xc0", 8));  // 1.5, -2
  file.raw(std::string_view("\x00\x3e\x01\x00\x00\xc0\x00\x00", 8));  // 1.5, 2^-24, -2, padding
  file.raw(std::string_view("\xc0\x3f\x00\xc0", 4));                  // 1.5, -2
  return file;
}

std::string refusal_of_gguf(std::string_view bytes) {
  const auto header = parse_gguf_header(bytes, bytes.size());
  if (header) return *header ? "accepted" : "wants more";
  EXPECT_EQ(header.error().kind, ErrorKind::bad_input);
  return header.error().message;
}

TEST(Gguf, ReadsKeysAndTensors) {
  const TemporaryFolder folder;
  for (const std::uint32_t version : {2u, 3u}) {
    auto file = GgufFile::open(folder.write("a.gguf", small_file(version).bytes()));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->metadata().at("general.architecture"), Json("llama"));
    EXPECT_EQ(file->metadata().at("names").as_array()[1], Json("bc"));
    EXPECT_EQ(file->metadata().at("yes"), Json(true));
    EXPECT_EQ(file->metadata().at("large").as_double(), 0x1p64);
    EXPECT_EQ(file->tensors().at("wide").shape, (std::vector<std::uint64_t>{1, 2}));
    EXPECT_EQ(file->read("wide").value(), (std::vector<float>{1.5f, -2.0f}));
    EXPECT_EQ(file->read("half").value(), (std::vector<float>{1.5f, 0x1p-24f, -2.0f}));
    EXPECT_EQ(file->read("brain").value(), (std::vector<float>{1.5f, -2.0f}));
  }
}

TEST(Gguf, SaysWhichBytesAreMissing) {
  const std::string whole = small_file().bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string why = refusal_of_gguf(std::string_view(whole).substr(0, length));
    EXPECT_NE(why, "accepted") << length;
    EXPECT_NE(why, "wants more") << length;
    // The same bytes of a larger file are only a beginning, as far as the header goes.
    const auto part = parse_gguf_header(std::string_view(whole).substr(0, length), whole.size());
    ASSERT_TRUE(part) << part.error().message;
  }
  EXPECT_HAS(refusal_of_gguf(whole.substr(0, 50)),
             "at byte 32, key 0: needs 20 bytes, but the file ends");
  EXPECT_HAS(refusal_of_gguf(whole.substr(0, whole.size() - 1)),
             "tensor \"brain\": bytes 16 to 20 lie outside the 19 bytes of data: truncated");
}

TEST(Gguf, SeesThroughLyingHeaders) {
  const auto with_key = [](auto write) {
    GgufBytes file;
    file.header(3, 0, 1);
    write(file);
    return refusal_of_gguf(file.bytes());
  };
  EXPECT_HAS(refusal_of_gguf("GGML"), "does not begin with \"GGUF\"");
  EXPECT_HAS(refusal_of_gguf(GgufBytes().header(1, 0, 0).bytes()), "version 1 is not supported");
  EXPECT_HAS(refusal_of_gguf(GgufBytes().header(0x03000000, 0, 0).bytes()), "little-endian");
  EXPECT_HAS(refusal_of_gguf(GgufBytes().header(3, huge, 0).bytes()), "at most 65536 of each");
  EXPECT_HAS(refusal_of_gguf(GgufBytes().header(3, 0, huge).bytes()), "at most 65536 of each");
  EXPECT_HAS(with_key([](GgufBytes& f) { f.u64(huge); }), "claims a text of");
  EXPECT_HAS(with_key([](GgufBytes& f) { f.key("k", 13); }), "key \"k\": has the unknown type 13");
  EXPECT_HAS(with_key([](GgufBytes& f) { f.key("k", GgufBytes::text_type).u64(huge); }),
             "key \"k\": claims a text");
  EXPECT_HAS(with_key([](GgufBytes& f) { f.key("k", GgufBytes::flag_type).raw("\x02"); }),
             "neither 0 nor 1");
  EXPECT_HAS(with_key([](GgufBytes& f) { f.key("k", GgufBytes::array_type).u32(4).u64(huge); }),
             "at most 4194304 elements");
  EXPECT_HAS(with_key([](GgufBytes& f) { f.key("k", GgufBytes::array_type).u32(4).u64(1000); }),
             "key \"k\": claims an array of 1000, but only 0 bytes follow");
  EXPECT_HAS(with_key([](GgufBytes& f) { f.key("k", GgufBytes::array_type).u32(99).u64(0); }),
             "array of the unknown type 99");
  EXPECT_HAS(with_key([](GgufBytes& f) {
               f.key("k", GgufBytes::array_type);
               for (int i = 0; i < 5; ++i) f.u32(GgufBytes::array_type).u64(1);
               f.raw(std::string(100, '\0'));
             }),
             "nests arrays deeper than 4");
  EXPECT_HAS(with_key([](GgufBytes& f) { f.key("general.alignment", 4).u32(12); }),
             "key \"general.alignment\": must be a multiple of 8");
  GgufBytes twice;
  twice.header(3, 0, 2).key("k", 4).u32(1).key("k", 4).u32(1);
  EXPECT_HAS(refusal_of_gguf(twice.bytes()), "key \"k\": is there twice");
}

TEST(Gguf, ChecksWhereTensorsLie) {
  const auto with = [](const std::vector<std::uint64_t>& shape, std::uint32_t type,
                       std::uint64_t offset) {
    GgufBytes file;
    file.header(3, 2, 0).tensor("first", {8}, 0, 0).tensor("t", shape, type, offset).pad();
    return refusal_of_gguf(file.raw(std::string(96, '\0')).bytes());
  };
  EXPECT_EQ(with({16}, 0, 32), "accepted");
  EXPECT_HAS(with({17}, 0, 32), "tensor \"t\": bytes 32 to 100 lie outside the 96 bytes");
  EXPECT_HAS(with({8}, 0, 0), "overlap another tensor");
  EXPECT_HAS(with({8}, 0, 40), "no multiple of 32");
  EXPECT_HAS(with({huge, huge}, 0, 32), "larger than 64 bits");
  EXPECT_HAS(with({8}, 0, ~std::uint64_t{31}), "lies outside the file");
  EXPECT_HAS(with({8}, 12, 32), "has the type 12; only F32 (0), F16 (1) and BF16 (30)");
  EXPECT_HAS(with({1, 1, 1, 1, 1}, 0, 32), "has 5 dimensions");
}

TEST(Gguf, NamesTheFileAndANumberThatIsNone) {
  const TemporaryFolder folder;
  GgufBytes file;
  file.header(3, 1, 0).tensor("t", {2, 2}, 1, 0).pad();
  file.raw(std::string_view("\x00\x3c\x00\x3c\x00\x3c\x01\x7c", 8));
  auto opened = GgufFile::open(folder.write("odd.gguf", file.bytes()));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_HAS(opened->read("t").error().message, "odd.gguf: tensor \"t\" at index [1, 1] is no nu");
  EXPECT_HAS(GgufFile::open(folder.write("b.gguf", "GGUF")).error().message, "b.gguf: at byte 4");
  EXPECT_EQ(GgufFile::open(folder.path() / "none").error().kind, ErrorKind::not_found);
}

TEST(Half, WidensEveryNumberExactly) {
  EXPECT_EQ(widen_half(0x0001), 0x1p-24f);
  EXPECT_EQ(widen_half(0x83ff), -0x1.ff8p-15f);
  EXPECT_EQ(widen_half(0x0400), 0x1p-14f);
  EXPECT_EQ(widen_half(0x7bff), 65504.0f);
  EXPECT_TRUE(std::signbit(widen_half(0x8000)));
  EXPECT_TRUE(std::isinf(widen_half(0xfc00)));
  EXPECT_TRUE(std::isnan(widen_half(0x7c01)));
}

// A few thousand damaged files: each is refused or read, and nothing else happens.
TEST(Gguf, SurvivesDamagedFiles) {
  std::string whole = small_file().bytes();
  const TemporaryFolder folder;
  if (const auto shared = folders::shared_if_there()) {
    const auto real = *shared / "models/stories260K-gguf/stories260K.gguf";
    if (const auto bytes = read_small_file(real, 1 << 24)) whole = *bytes;
  }
  std::mt19937 bits(7);
  // Damage the header; the data, which nobody reads here, are a hole in the file.
  const std::size_t file_bytes = whole.size();
  whole.resize(std::min<std::size_t>(file_bytes, 14'200));
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = whole;
    for (auto i = bits() % 4; i < 4; ++i) {
      const std::size_t at = bits() % damaged.size();
      switch (bits() % 4) {
        case 0: damaged[at] = static_cast<char>(bits()); break;
        case 1: damaged[at] = static_cast<char>(damaged[at] ^ (1 << bits() % 8)); break;
        case 2: damaged.erase(at, bits() % 16); break;
        default: damaged.insert(at, bits() % 16, static_cast<char>(bits()));
      }
    }
    const bool is_short = bits() % 8 == 0;
    if (is_short) damaged.resize(bits() % damaged.size());
    // Written anew: some file systems flush a file at once that is cut to nothing and filled again.
    std::filesystem::remove(folder.path() / "damaged.gguf");
    const std::string path = folder.write("damaged.gguf", damaged);
    if (!is_short) std::filesystem::resize_file(path, file_bytes);
    auto file = GgufFile::open(path);
    if (!file) {
      EXPECT_HAS(file.error().message, "damaged.gguf: ");
      continue;
    }
    ++accepted;
    const auto config = gguf_config(*file);
    if (!config) continue;
    if (const auto vocabulary = gguf_vocabulary(*file, config->vocab_size)) {
      EXPECT_TRUE((*vocabulary)->encode("Once upon a time"));
    }
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace gwageo
