// SHA-256 against FIPS 180-4 and the Merkle tree against RFC 6962 and its published test tree.
#include "protocol/digest.h"

#include <gtest/gtest.h>

#include "protocol/quick_hash.h"

namespace gwageo {
namespace {

TEST(DigestTest, agrees_with_fips_180) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(sha256(std::string(1000000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(DigestTest, pieces_do_not_matter) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i);
  for (std::size_t piece = 1; piece <= text.size(); piece += 7) {
    Sha256Stream stream;
    for (std::size_t at = 0; at < text.size(); at += piece) stream.add(text.substr(at, piece));
    EXPECT_EQ(stream.finish(), sha256(text)) << piece;
  }
  Sha256Stream empty;
  empty.add("");
  EXPECT_EQ(empty.finish(), sha256(""));
}

TEST(DigestTest, hexadecimal_goes_both_ways) {
  const Digest digest = sha256("x");
  std::string text = to_hex(digest);
  EXPECT_EQ(from_hex(text), digest);
  for (char& c : text) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(from_hex(text), digest);
  for (const char wrong : {'g', 'G', ' ', '/', ':', '@', '`', '\0', '\xff'}) {
    std::string bad = text;
    bad[63] = wrong;
    EXPECT_EQ(from_hex(bad), std::nullopt) << wrong;
  }
  EXPECT_EQ(from_hex(text.substr(1)), std::nullopt);
  EXPECT_EQ(from_hex(text + "0"), std::nullopt);
  EXPECT_EQ(from_hex(""), std::nullopt);
}

TEST(MerkleTest, hashes_are_those_of_rfc_6962) {
  EXPECT_EQ(to_hex(MerkleFrontier().root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(merkle_leaf("")),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(to_hex(merkle_leaf("L123456")),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
}

TEST(MerkleTest, roots_are_those_of_the_published_tree) {
  const std::string leaves[] = {
      "",         std::string(1, '\0'), "\x10", "\x20\x21", "\x30\x31", "@ABC",
      "PQRSTUVW", "`abcdefghijklmno",
  };
  const char* const roots[] = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  };
  MerkleFrontier frontier;
  for (std::size_t i = 0; i < 8; ++i) {
    frontier.add(merkle_leaf(leaves[i]));
    EXPECT_EQ(to_hex(frontier.root()), roots[i]);
    EXPECT_EQ(frontier.size(), i + 1);
  }
}

// RFC 6962 section 2.1, word for word.
Digest recursive_root(const std::vector<Digest>& hashes, std::size_t first, std::size_t last) {
  if (last - first == 1) return hashes[first];
  std::size_t half = 1;
  while (half * 2 < last - first) half *= 2;
  return merkle_node(recursive_root(hashes, first, first + half),
                     recursive_root(hashes, first + half, last));
}

TEST(MerkleTest, the_frontier_agrees_with_the_definition_at_every_size) {
  std::vector<Digest> hashes;
  MerkleFrontier frontier;
  for (int i = 0; i < 130; ++i) {
    hashes.push_back(merkle_leaf(std::to_string(i)));
    frontier.add(hashes.back());
    EXPECT_EQ(frontier.root(), recursive_root(hashes, 0, hashes.size())) << i;
    EXPECT_EQ(frontier.root(), merkle_root(hashes));
  }
  EXPECT_EQ(merkle_root({}), sha256(""));
}

TEST(MerkleTest, a_leaf_is_never_a_node) {
  const Digest left = merkle_leaf("l");
  const Digest right = merkle_leaf("r");
  const std::string both = std::string(left.view()) + std::string(right.view());
  EXPECT_NE(merkle_node(left, right), merkle_leaf(both));
  EXPECT_NE(merkle_node(left, right), merkle_node(right, left));
}

// xxHash's own value for nothing; a log that was written must be read by every later version.
TEST(QuickHash, IsXxh3) {
  EXPECT_EQ(quick_hash(""), 0x2D06800538D394C2U);
  EXPECT_NE(quick_hash("a"), quick_hash("b"));
}

}  // namespace
}  // namespace gwageo
