// A zip archive gives out what it holds, and is refused where it does not hold what it says.
#include "benchmarks/zip_archive.h"

#include <gtest/gtest.h>

#include "protocol/crc32.h"
#include "tests/benchmarks/memory_files.h"
#include "tests/benchmarks/zip_builder.h"

namespace gwageo {
namespace {

std::string bytes_of(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return out;
}

std::string forty() {
  std::string out;
  for (int i = 0; i < 40; ++i) out += "gwageo ";
  return out;
}

// Python: zlib.compressobj(9, zlib.DEFLATED, -15); ZSTD_compress of libzstd 1.5.4 at level 3.
ZipPart deflated(const std::string& name) {
  return {
      .name = name, .data = bytes_of("4b2f4f4c4fcd57481fa5502900"), .method = 8, .text = forty()};
}
ZipPart in_zstandard(const std::string& name) {
  return {.name = name,
          .data = bytes_of("28b52ffd6018007500003867776167656f2001000e528b11"),
          .method = 93,
          .text = forty()};
}
// 1 MiB of zeros in 50 bytes.
std::string packed_zeros() {
  return bytes_of(
      "28b52ffda0000010005400001000000100fbff39c0020200100002001000"
      "0200100002001000020010000200100003001000");
}

/// Everything that an archive holds, "NAME=BYTES;", or its first complaint.
std::string held(const std::string& archive) {
  const MemoryFiles files = {{"a.zip", archive}};
  const auto zip = ZipArchive::open(files, "a.zip");
  if (!zip) return zip.error().message;
  std::string out;
  for (const auto& [name, member] : zip->members()) {
    const auto bytes = zip->read(name);
    if (!bytes) return bytes.error().message;
    out += name + "=" + *bytes + ";";
  }
  return out;
}

TEST(Crc32, IsThatOfZip) {
  EXPECT_EQ(crc32("123456789"), 0xCBF43926U);
  EXPECT_EQ(crc32("6789", crc32("12345")), 0xCBF43926U);
  EXPECT_EQ(crc32(""), 0U);
}

TEST(ZipArchive, GivesItsMembersHoweverTheyArePacked) {
  const std::vector<ZipPart> parts = {
      {.name = "a/b", .data = "plain"}, {.name = "empty"}, deflated("한"), in_zstandard("z")};
  const std::string all = "a/b=plain;empty=;z=" + forty() + ";한=" + forty() + ";";
  EXPECT_EQ(held(zip_of(parts)), all);
  EXPECT_EQ(held(zip_of(parts, true)), all);
  EXPECT_EQ(held(zip_of(parts, false, "a comment with PK\x05\x06 in it")), all);
  EXPECT_EQ(held(zip_of({})), "");
}

TEST(ZipArchive, OfTwoMembersWithOneNameTheLaterCounts) {
  EXPECT_EQ(held(zip_of({{.name = "a", .data = "old"}, {.name = "a", .data = "new"}})), "a=new;");
}

TEST(ZipArchive, ReadsInPieces) {
  const std::string large(300'000, 'x');
  const MemoryFiles files = {{"a.zip", zip_of({{.name = "a", .data = large}})}};
  EXPECT_EQ(ZipArchive::open(files, "a.zip")->read("a").value(), large);
  EXPECT_LE(files.largest_read, 66'000U);
  EXPECT_EQ(ZipArchive::open(files, "a.zip")->read("b").error().message,
            "a.zip: has no member 'b'");
}

TEST(ZipArchive, RefusesAMemberThatIsNotWhatTheDirectorySays) {
  const auto one = [](ZipPart part) { return held(zip_of({std::move(part)})); };
  ZipPart part = {.name = "m", .data = "plain"};
  part.bytes_beside = 1;
  EXPECT_EQ(one(part), "a.zip: member 'm': is stored, with two sizes");
  part = deflated("m");
  part.bytes_beside = 1;
  EXPECT_EQ(one(part), "a.zip: member 'm': is cut short");
  part.bytes_beside = static_cast<std::uint64_t>(-1);
  EXPECT_EQ(one(part), "a.zip: member 'm': is larger than the directory says");
  part = deflated("m");
  part.data.resize(8);
  EXPECT_EQ(one(part), "a.zip: member 'm': is cut short");
  part = deflated("m");
  part.data[0] = '\xff';
  EXPECT_EQ(one(part).find("a.zip: member 'm': damaged deflate data"), 0U) << one(part);
  part = in_zstandard("m");
  part.data[9] = '\xff';
  EXPECT_EQ(one(part).find("a.zip: member 'm': damaged Zstandard"), 0U) << one(part);
  part = in_zstandard("m");
  part.checksum_xor = 1;
  EXPECT_EQ(one(part), "a.zip: member 'm': its checksum is another one");
  part = {.name = "m", .data = "x", .local_name = "n"};
  EXPECT_EQ(one(part), "a.zip: member 'm': is another one than the directory says");
  part = {.name = "m", .data = "x", .offset_beside = 1};
  EXPECT_EQ(one(part), "a.zip: member 'm': is not where the directory says");
  part.offset_beside = 40;
  EXPECT_EQ(one(part), "a.zip: member 'm': lies beyond the members' part of the archive");
  part = {.name = "m", .data = "xxx", .method = 12};
  EXPECT_EQ(one(part),
            "a.zip: member 'm': is compressed by method 12; this reads stored, deflated (8) and "
            "Zstandard (93)");
  part = {.name = "m", .data = "xxx", .flags = 0x0801};
  EXPECT_EQ(one(part), "a.zip: member 'm': is encrypted");
}

TEST(ZipArchive, RefusesNamesThatLeadOut) {
  for (const std::string name : {"/etc/passwd", "../a", "a/../../b", "a\\..\\b", "..", ""}) {
    EXPECT_EQ(held(zip_of({{.name = name, .data = "x"}})),
              "a.zip: member '" + name + "': a name that leads out of its folder");
  }
  EXPECT_EQ(held(zip_of({{.name = "a..b/...", .data = "x"}})), "a..b/...=x;");
  EXPECT_EQ(held(zip_of({{.name = "\xff", .data = "x"}})),
            "a.zip: the name of member 1 is no UTF-8");
}

// What makes much of little: sizes that are wrong, too large, or data that members share.
TEST(ZipArchive, RefusesBombs) {
  ZipPart part = {.name = "m", .data = packed_zeros(), .method = 93, .text = "x"};
  EXPECT_EQ(held(zip_of({part})), "a.zip: member 'm': is larger than the directory says");
  part.bytes_beside = ZipArchive::member_bytes_max;
  EXPECT_EQ(held(zip_of({part})), "a.zip: member 'm': larger than 256 MiB");
  std::vector<ZipPart> parts;
  for (int i = 0; i < 33; ++i) {
    parts.push_back({.name = "m" + std::to_string(i),
                     .data = "y",
                     .method = 93,
                     .text = "x",
                     .bytes_beside = ZipArchive::member_bytes_max - 1});
  }
  EXPECT_EQ(held(zip_of(parts)), "a.zip: member 'm32': with it all members have more than 8 GiB");
  ZipPart kernel = in_zstandard("a");
  ZipPart again = in_zstandard("a");
  again.name = "b";
  again.offset_beside = -static_cast<std::int64_t>(30 + kernel.name.size() + kernel.data.size());
  EXPECT_EQ(held(zip_of({kernel, again})), "a.zip: member 'b': shares bytes with member 'a'");
}

TEST(ZipArchive, IsRefusedWhereItIsCutOrItsEndLies) {
  for (const bool is_large : {false, true}) {
    const std::string whole = zip_of({deflated("a"), {.name = "b", .data = "x"}}, is_large);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(held(whole.substr(0, size)),
                "a.zip: no zip archive, or one that is cut short: it has no end");
    }
    // Cut at its front: nothing is where it is said to be.
    EXPECT_EQ(held(whole.substr(7)).substr(0, 7), "a.zip: ");
  }
  std::string fewer = zip_of({{.name = "a", .data = "x"}, {.name = "b", .data = "x"}});
  fewer[fewer.size() - 12] = fewer[fewer.size() - 14] = 1;
  EXPECT_EQ(held(fewer), "a.zip: its directory has more members than its end says");
  fewer[fewer.size() - 12] = fewer[fewer.size() - 14] = 3;
  EXPECT_EQ(held(fewer), "a.zip: its directory is cut short or damaged at member 3 of 3");
  fewer[fewer.size() - 12] = 2;
  EXPECT_EQ(held(fewer), "a.zip: an archive in several parts");
}

// Every byte changed: each gives members or a complaint, and ends.
TEST(ZipArchive, TakesAnyBytes) {
  for (const bool is_large : {false, true}) {
    const std::string whole =
        zip_of({deflated("a"), in_zstandard("b"), {.name = "c", .data = "x"}}, is_large);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      for (const char c : {'\0', '\1', '\x7f', '\xff'}) {
        std::string changed = whole;
        changed[i] = c;
        held(changed);
      }
    }
  }
}

}  // namespace
}  // namespace gwageo
