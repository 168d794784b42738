#include "worker/safetensors.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "protocol/bytes.h"
#include "tests/worker/tiny_model.h"

namespace gwageo {
namespace {

using testing::safetensors_bytes;
using testing::TemporaryFolder;

std::string tensor(const std::string& name, const std::string& dtype, const std::string& shape,
                   const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

std::string refusal_of_tensors(const std::string& header, std::uint64_t data_bytes) {
  const auto parsed = parse_safetensors_header(header, data_bytes);
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().kind, ErrorKind::bad_input);
  return parsed.error().message;
}

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Safetensors, ReadsF32AndWidensTheOthers) {
  const TemporaryFolder folder;
  // 1.5f = 0x3fc00000, -2.0f = 0xc0000000.
  const std::string data("\x00\x00\xc0\x3f\x00\x00\x00\xc0\xc0\x3f\x00\xc0\x00\x3e\x00\xc0", 16);
  const std::string header =
      "{\"__metadata__\":{\"format\":\"pt\"}," + tensor("b", "BF16", "[2,1]", "[8,12]") + "," +
      tensor("c", "F16", "[2]", "[12,16]") + "," + tensor("a", "F32", "[2]", "[0,8]") + "}   ";
  const std::string path = folder.write("model.safetensors", safetensors_bytes(header, data));
  auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 3u);
  EXPECT_EQ(file->tensors().at("b").shape, (std::vector<std::uint64_t>{2, 1}));
  EXPECT_EQ(file->read("a").value(), (std::vector<float>{1.5f, -2.0f}));
  EXPECT_EQ(file->read("b").value(), (std::vector<float>{1.5f, -2.0f}));
  EXPECT_EQ(file->read("c").value(), (std::vector<float>{1.5f, -2.0f}));
}

TEST(Safetensors, RefusesOtherTypesWhenRead) {
  const TemporaryFolder folder;
  const std::string path = folder.write(
      "x.safetensors", safetensors_bytes("{" + tensor("a", "I16", "[2]", "[0,4]") + "}", "abcd"));
  auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(file);
  const auto numbers = file->read("a");
  ASSERT_FALSE(numbers);
  EXPECT_HAS(numbers.error().message, "x.safetensors");
  EXPECT_HAS(numbers.error().message, "tensor \"a\" is I16; only F32, F16 and BF16");
}

TEST(Safetensors, RefusesNumbersThatAreNotFinite) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& type, const std::string& shape, std::string_view data) {
    const std::string header =
        "{" + tensor("a", type, shape, "[0," + std::to_string(data.size()) + "]") + "}";
    const std::string path = folder.write("x.safetensors", safetensors_bytes(header, data));
    auto file = SafetensorsFile::open(path);
    EXPECT_TRUE(file) << file.error().message;
    const auto numbers = file->read("a");
    return numbers ? std::string("read") : numbers.error().message;
  };
  const std::string one("\x00\x00\x80\x3f", 4);
  const std::string infinity("\x00\x00\x80\xff", 4);
  const std::string not_a_number("\x01\x00\x80\x7f", 4);
  EXPECT_EQ(error("F32", "[2,2]", one + one + one + one), "read");
  const std::string nan = error("F32", "[2,2]", one + one + not_a_number + one);
  EXPECT_HAS(nan, "x.safetensors: tensor \"a\" at index [1, 0] is no number");
  EXPECT_HAS(error("F32", "[2]", one + infinity), "tensor \"a\" at index [1] is infinite");
  EXPECT_HAS(error("BF16", "[2]", "\x80\x3f\xc0\x7f"), "tensor \"a\" at index [1] is no number");
  EXPECT_HAS(error("F32", "[]", infinity), "tensor \"a\" at index [] is infinite");
}

TEST(Safetensors, ChecksLengthsBeforeAnyAllocation) {
  const TemporaryFolder folder;
  const auto message = [&](std::string_view bytes) {
    const auto file = SafetensorsFile::open(folder.write("m.safetensors", bytes));
    return file ? std::string("accepted") : file.error().message;
  };
  EXPECT_HAS(message(""), "too short");
  EXPECT_HAS(message("1234567"), "m.safetensors");
  ByteWriter huge;
  huge.u64(UINT64_MAX);
  EXPECT_HAS(message(huge.bytes()), "18446744073709551615");
  ByteWriter large;
  large.u64(safetensors_header_bytes_max + 1);
  EXPECT_HAS(message(large.bytes() + "{}"), "at most 100000000");
  ByteWriter cut;
  cut.u64(10);
  EXPECT_HAS(message(cut.bytes() + "{\"a\":"), "only 5 follow");
  EXPECT_HAS(message(safetensors_bytes("{" + tensor("a", "F32", "[2]", "[0,8]") + "}", "1234")),
             "lie outside the 4 bytes of data");
  EXPECT_EQ(SafetensorsFile::open(folder.path() / "none").error().kind, ErrorKind::not_found);
}

TEST(Safetensors, RefusesLyingHeaders) {
  const std::string a = tensor("a", "F32", "[2]", "[0,8]");
  EXPECT_EQ(refusal_of_tensors("{" + a + "}", 8), "accepted");
  EXPECT_EQ(refusal_of_tensors("{}", 0), "accepted");
  EXPECT_EQ(refusal_of_tensors("{" + tensor("s", "F32", "[]", "[0,4]") + "}", 4), "accepted");
  EXPECT_HAS(refusal_of_tensors("[]", 0), "does not begin");
  EXPECT_HAS(refusal_of_tensors("{" + a, 8), "header: malformed JSON");
  EXPECT_HAS(refusal_of_tensors("{" + a + "," + a + "}", 8), "twice");
  EXPECT_HAS(refusal_of_tensors("{" + a + "}", 12), "end at byte 8 of 12");
  EXPECT_HAS(refusal_of_tensors("{" + tensor("a", "F32", "[2]", "[4,12]") + "}", 12), "hole");
  EXPECT_HAS(refusal_of_tensors("{" + a + "," + tensor("b", "F32", "[2]", "[4,12]") + "}", 12),
             "tensor \"b\": overlaps");
  EXPECT_HAS(refusal_of_tensors("{" + a + "," + tensor("b", "F32", "[2]", "[12,20]") + "}", 20),
             "tensor \"b\": leaves a hole");
  EXPECT_HAS(refusal_of_tensors("{" + tensor("a", "F32", "[3]", "[0,8]") + "}", 8),
             "does not fill");
  EXPECT_HAS(refusal_of_tensors("{" + tensor("a", "F32", "[2]", "[8,0]") + "}", 8), "lie outside");
  EXPECT_HAS(refusal_of_tensors("{" + tensor("a", "F32", "[2]", "[0,-8]") + "}", 8),
             "data_offsets");
  EXPECT_HAS(refusal_of_tensors("{" + tensor("a", "F32", "[2]", "[0]") + "}", 8), "data_offsets");
  EXPECT_HAS(refusal_of_tensors("{" + tensor("a", "F33", "[2]", "[0,8]") + "}", 8),
             "unknown dtype \"F33\"");
  EXPECT_HAS(refusal_of_tensors("{" + tensor("a", "F32", "[2.0]", "[0,8]") + "}", 8), "shape");
  EXPECT_HAS(refusal_of_tensors("{" + tensor("a", "F32", "[-2]", "[0,8]") + "}", 8), "shape");
  EXPECT_HAS(refusal_of_tensors("{\"a\":{\"dtype\":\"F32\"}}", 8), "shape");
  EXPECT_HAS(refusal_of_tensors("{\"a\":5}", 8), "tensor \"a\": not an object");
  EXPECT_HAS(refusal_of_tensors("{\"a\":{\"code\":1}}", 8), "unknown key \"code\"");
  EXPECT_HAS(refusal_of_tensors("{\"__metadata__\":{\"a\":1}}", 0), "__metadata__");
}

TEST(Safetensors, RefusesProductsThatOverflow) {
  const std::string half = "4294967296";
  EXPECT_HAS(
      refusal_of_tensors("{" + tensor("a", "F32", "[" + half + "," + half + "]", "[0,0]") + "}", 0),
      "does not fill");
  EXPECT_HAS(
      refusal_of_tensors("{" + tensor("a", "F32", "[4611686018427387904]", "[0,0]") + "}", 0),
      "does not fill");
}

TEST(Safetensors, BoundsTheNumberOfNames) {
  std::string header = "{";
  for (std::uint64_t i = 0; i <= safetensors_names_max; ++i) header += "\"a\":0,";
  EXPECT_HAS(refusal_of_tensors(header + "}", 0), "65537 names; at most 65536");
  EXPECT_HAS(refusal_of_tensors("{\"a\":[" + std::string(1 << 21, ',') + "]}", 0),
             "no model needs so many");
  EXPECT_HAS(refusal_of_tensors("{" + tensor("", "F32", "[2]", "[0,8]") + "}", 8),
             "without a name");
  EXPECT_HAS(refusal_of_tensors("{" + tensor("a\\u0000", "F32", "[2]", "[0,8]") + "}", 8),
             "control");
  EXPECT_HAS(
      refusal_of_tensors("{" + tensor(std::string(1025, 'a'), "F32", "[2]", "[0,8]") + "}", 8),
      "more than 1024 bytes");
}

TEST(Safetensors, ACutFileIsRefused) {
  const TemporaryFolder folder;
  testing::TinyModel model;
  model.hidden = model.feed = model.heads = model.key_value_heads = model.layers = 1;
  model.head_width = 2;
  model.vocabulary = 8;
  model.write(folder);
  std::string bytes;
  {
    std::ifstream in(folder.path() / "model.safetensors", std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  std::vector<std::size_t> sizes = {1, 7, 8, 9, bytes.size() - 1};
  for (std::size_t size = 0; size < bytes.size(); size += 61) sizes.push_back(size);
  for (const std::size_t size : sizes) {
    const auto path = folder.write("cut.safetensors", std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(SafetensorsFile::open(path)) << "cut to " << size << " of " << bytes.size();
  }
  EXPECT_TRUE(SafetensorsFile::open(folder.write("cut.safetensors", bytes)));
}

}  // namespace
}  // namespace gwageo
