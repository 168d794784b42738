// The texts of a proof and of a witness's question: forth and back, and every malformed one.
#include "protocol/transparency/log_proof.h"

#include <gtest/gtest.h>

#include "protocol/signature.h"
#include "protocol/transparency/checkpoint.h"

namespace gwageo {
namespace {

std::string note() {
  SigningKey key;
  key.bytes.fill(7);
  return sign_checkpoint({"example.com/log", 9, sha256("root")}, key);
}

const LogProof proof{"extra\n\xff", 4, {sha256("a"), sha256("b")}, note()};

TEST(LogProofTest, is_written_as_the_specification_draws_it) {
  EXPECT_EQ(to_text(proof), "c2sp.org/tlog-proof@v1\nextra ZXh0cmEK/w==\nindex 4\n" +
                                to_base64(sha256("a").view()) + "\n" +
                                to_base64(sha256("b").view()) + "\n\n" + note());
  EXPECT_EQ(*parse_log_proof(to_text(proof)), proof);
  const LogProof least{std::nullopt, 0, {}, note()};
  EXPECT_EQ(to_text(least), "c2sp.org/tlog-proof@v1\nindex 0\n\n" + note());
  EXPECT_EQ(*parse_log_proof(to_text(least)), least);
}

void expect_refused(const std::string& text, const std::string& part) {
  const auto parsed = parse_log_proof(text);
  ASSERT_FALSE(parsed) << text;
  EXPECT_EQ(parsed.error().kind, ErrorKind::bad_input);
  EXPECT_NE(parsed.error().message.find(part), std::string::npos) << parsed.error().message;
}

TEST(LogProofTest, what_is_malformed_is_named_by_its_line) {
  const std::string first = "c2sp.org/tlog-proof@v1\n";
  const std::string hash = to_base64(sha256("a").view()) + "\n";
  expect_refused("", "line 1 is not c2sp.org/tlog-proof@v1");
  expect_refused("c2sp.org/tlog-proof@v2\n", "line 1");
  expect_refused(first, "line 2 is not \"index \"");
  expect_refused(first + "extra !\nindex 1\n\n" + note(), "line 2 is no base64");
  expect_refused(first + "extra YQ==\n", "line 3 is not \"index \"");
  expect_refused(first + "index 01\n\n" + note(), "line 2 is not \"index \"");
  expect_refused(first + "index -1\n\n" + note(), "line 2 is not \"index \"");
  expect_refused(first + "index 18446744073709551616\n\n" + note(), "line 2 is not \"index \"");
  expect_refused(first + "index 1\n" + hash.substr(4) + "\n" + note(), "line 3 is no hash");
  expect_refused(first + "index 1\n" + hash, "line 4 is missing");
  expect_refused(first + "index 1\n" + hash + "\n", "signed note");
  std::string many = first + "index 1\n";
  for (int i = 0; i < 65; ++i) many += hash;
  expect_refused(many + "\n" + note(), "line 67 is one hash too many");
  expect_refused(std::string(2'000'001, 'c'), "larger than 2 MB");
}

TEST(LogProofTest, no_cut_and_no_changed_byte_does_more_than_be_refused_or_differ) {
  const std::string text = to_text(proof);
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto parsed = parse_log_proof(text.substr(0, size));
    EXPECT_TRUE(!parsed || *parsed != proof) << size;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] ^= 1;
    const auto parsed = parse_log_proof(changed);
    EXPECT_TRUE(!parsed || *parsed != proof) << i;
  }
}

TEST(CosignRequestTest, goes_forth_and_back_and_is_refused_by_its_line) {
  const CosignRequest request{20852014, {sha256("a")}, note()};
  EXPECT_EQ(to_text(request), "old 20852014\n" + to_base64(sha256("a").view()) + "\n\n" + note());
  EXPECT_EQ(*parse_cosign_request(to_text(request)), request);
  for (const std::string& bad : {std::string(), "old\n\n" + note(), "old 1\n" + note(),
                                 std::string("old 1\n\n"), "old 1\nAA==\n\n" + note()}) {
    EXPECT_EQ(parse_cosign_request(bad).error().kind, ErrorKind::bad_input) << bad;
  }
}

}  // namespace
}  // namespace gwageo
