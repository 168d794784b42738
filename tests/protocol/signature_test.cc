// Ed25519 against the vectors of RFC 8032 section 7.1, and the strictness of base64.
#include "protocol/signature.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

std::string from_hex_text(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

template <class Value>
Value value_of(std::string_view hex) {
  const std::string bytes = from_hex_text(hex);
  Value value;
  EXPECT_EQ(bytes.size(), value.bytes.size());
  std::copy(bytes.begin(), bytes.end(), value.bytes.begin());
  return value;
}

struct Vector {
  const char* secret;
  const char* verifying;
  const char* message;
  const char* signature;
};

constexpr Vector vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(SignatureTest, agrees_with_rfc_8032) {
  for (const Vector& vector : vectors) {
    const auto secret = value_of<SigningKey>(vector.secret);
    const auto expected = value_of<VerifyingKey>(vector.verifying);
    const std::string message = from_hex_text(vector.message);
    EXPECT_EQ(verifying_key(secret), expected);
    EXPECT_EQ(sign(message, secret), value_of<Signature>(vector.signature));
    EXPECT_TRUE(verify(message, sign(message, secret), expected));
  }
}

TEST(SignatureTest, any_changed_bit_is_noticed) {
  const auto secret = value_of<SigningKey>(vectors[1].secret);
  const auto key = value_of<VerifyingKey>(vectors[1].verifying);
  const std::string message = "a verdict";
  const Signature good = sign(message, secret);
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature bad = good;
    bad.bytes[bit / 8] = static_cast<std::uint8_t>(bad.bytes[bit / 8] ^ (1u << bit % 8));
    EXPECT_FALSE(verify(message, bad, key)) << bit;
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    VerifyingKey other = key;
    other.bytes[bit / 8] = static_cast<std::uint8_t>(other.bytes[bit / 8] ^ (1u << bit % 8));
    EXPECT_FALSE(verify(message, good, other)) << bit;
  }
  EXPECT_FALSE(verify("a verdicu", good, key));
  EXPECT_FALSE(verify("a verdic", good, key));
}

TEST(SignatureTest, foreign_bytes_are_no_signature) {
  const auto secret = value_of<SigningKey>(vectors[0].secret);
  for (const int fill : {0x00, 0x01, 0x7f, 0xff}) {
    VerifyingKey key;
    Signature signature;
    key.bytes.fill(static_cast<std::uint8_t>(fill));
    signature.bytes.fill(static_cast<std::uint8_t>(fill));
    EXPECT_FALSE(verify("text", signature, verifying_key(secret))) << fill;
    EXPECT_FALSE(verify("text", sign("text", secret), key)) << fill;
  }
}

TEST(SignatureTest, generated_pairs_differ_and_sign) {
  const auto one = generate_key_pair();
  const auto two = generate_key_pair();
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->signing, two->signing);
  EXPECT_NE(one->verifying, two->verifying);
  EXPECT_TRUE(verify("text", sign("text", one->signing), one->verifying));
  EXPECT_FALSE(verify("text", sign("text", one->signing), two->verifying));
}

TEST(Base64Test, agrees_with_rfc_4648) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  EXPECT_EQ(from_base64(to_base64(every)), every);
}

TEST(Base64Test, refuses_every_other_writing) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "=", "====", "Zm9v\n", " Zm9",
                           "Zh==", "Zm9=", "Zg==Zg==", "Z=g=", "Zm-_", "Zm9vY"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gwageo
