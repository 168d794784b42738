// Proofs against the cases of others, and against naive recomputation for every small tree.
#include "protocol/merkle_proof.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "protocol/json.h"
#include "protocol/signature.h"
#include "tests/folders.h"

namespace gwageo {
namespace {

std::vector<Digest> leaves_of(std::uint64_t size) {
  std::vector<Digest> leaves;
  for (std::uint64_t i = 0; i < size; ++i) leaves.push_back(merkle_leaf(std::to_string(i)));
  return leaves;
}

Digest root_of_leaves(const std::vector<Digest>& leaves, std::uint64_t size) {
  return merkle_root({leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(size)});
}

TEST(MerkleProofTest, every_leaf_of_every_small_tree_is_included) {
  const std::vector<Digest> leaves = leaves_of(70);
  const NodeAt nodes = nodes_over(leaves);
  for (std::uint64_t size = 1; size <= leaves.size(); ++size) {
    const Digest root = root_of_leaves(leaves, size);
    EXPECT_EQ(*root_from_nodes(size, nodes), root);
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = *prove_inclusion(index, size, nodes);
      EXPECT_TRUE(check_inclusion(index, size, leaves[index], proof, root));
      EXPECT_FALSE(check_inclusion(index ^ 1, size, leaves[index], proof, root));
      EXPECT_FALSE(check_inclusion(index, size, leaves[index], proof, sha256("other")));
      EXPECT_FALSE(check_inclusion(index, size, sha256("other"), proof, root));
      auto longer = proof;
      longer.push_back(root);
      EXPECT_FALSE(check_inclusion(index, size, leaves[index], longer, root));
      if (proof.empty()) continue;
      const std::span<const Digest> all = proof;
      EXPECT_FALSE(check_inclusion(index, size, leaves[index], all.subspan(1), root));
      EXPECT_FALSE(check_inclusion(index, size, leaves[index], all.first(all.size() - 1), root));
    }
  }
}

TEST(MerkleProofTest, every_small_tree_is_consistent_with_its_beginnings_only) {
  const std::vector<Digest> leaves = leaves_of(70);
  const NodeAt nodes = nodes_over(leaves);
  for (std::uint64_t second = 1; second <= leaves.size(); ++second) {
    const Digest second_root = root_of_leaves(leaves, second);
    for (std::uint64_t first = 1; first <= second; ++first) {
      const Digest first_root = root_of_leaves(leaves, first);
      const auto proof = *prove_consistency(first, second, nodes);
      EXPECT_TRUE(check_consistency(first, second, first_root, second_root, proof));
      EXPECT_FALSE(check_consistency(first, second, sha256("other"), second_root, proof));
      EXPECT_FALSE(check_consistency(first, second, first_root, sha256("other"), proof));
      auto longer = proof;
      longer.push_back(first_root);
      EXPECT_FALSE(check_consistency(first, second, first_root, second_root, longer));
      for (std::size_t i = 0; i < proof.size(); ++i) {
        auto changed = proof;
        changed[i].bytes[i % 32] ^= 1;
        EXPECT_FALSE(check_consistency(first, second, first_root, second_root, changed));
      }
    }
  }
}

TEST(MerkleProofTest, sizes_at_the_end_of_the_range_are_harmless) {
  const std::vector<Digest> proof(200);
  const std::uint64_t most = ~std::uint64_t{0};
  EXPECT_FALSE(check_inclusion(most, most, {}, proof, {}));
  EXPECT_FALSE(check_inclusion(most - 1, most, {}, proof, {}));
  EXPECT_FALSE(check_inclusion(0, most, {}, {}, {}));
  EXPECT_FALSE(check_consistency(most - 1, most, {}, {}, proof));
  EXPECT_FALSE(check_consistency(1, most, {}, {}, proof));
  EXPECT_EQ(check_consistency(0, 0, {}, {}, {}).error().kind, ErrorKind::corrupt);
}

TEST(MerkleProofTest, a_refusal_says_what_does_not_fit) {
  const auto leaves = leaves_of(5);
  const auto proof = *prove_inclusion(2, 5, nodes_over(leaves));
  const Status other = check_inclusion(2, 5, leaves[2], proof, sha256("other"));
  EXPECT_NE(other.error().message.find("leaf 2 of 5 leads to root"), std::string::npos);
  const Status shorter = check_inclusion(2, 5, leaves[2], {}, sha256("other"));
  EXPECT_NE(shorter.error().message.find("0 hashes are too few"), std::string::npos);
  const Status none = check_inclusion(5, 5, leaves[2], proof, sha256("other"));
  EXPECT_NE(none.error().message.find("no leaf 5 in a tree of 5"), std::string::npos);
}

// ---- the published cases ----

/// A hash of a case. Where it has another length than hashes have ("don't care", some say), one
/// that is equal to another's exactly where theirs are equal.
Digest hash_of(const Json& text) {
  const std::string bytes = from_base64(text.as_string()).value_or(text.as_string());
  Digest digest;
  if (bytes.size() != digest.bytes.size()) return sha256(bytes);
  std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
  return digest;
}

bool is_hash(const Json& text) {
  return from_base64(text.as_string()).value_or("").size() == sizeof(Digest);
}

/// Some cases say 2^64 - 1, which our JSON has as a floating-point number only.
std::uint64_t size_of(const Json& document, const char* name) {
  const Json& size = *document.find(name);
  return size.is_integer() ? static_cast<std::uint64_t>(size.as_integer()) : ~std::uint64_t{0};
}

/// Whether a case of `folder` proves what it says.
bool holds(const std::string& folder, const Json& document) {
  std::vector<Digest> proof;
  const Json& hashes = *document.find("proof");
  for (const Json& text : hashes.is_array() ? hashes.as_array() : Json::Array{}) {
    proof.push_back(hash_of(text));
  }
  // What has another length than a hash cannot even be given to us.
  if (folder == "inclusion" &&
      !(is_hash(*document.find("leafHash")) && is_hash(*document.find("root")))) {
    return false;
  }
  const Status found =
      folder == "inclusion"
          ? check_inclusion(size_of(document, "leafIdx"), size_of(document, "treeSize"),
                            hash_of(*document.find("leafHash")), proof,
                            hash_of(*document.find("root")))
          : check_consistency(size_of(document, "size1"), size_of(document, "size2"),
                              hash_of(*document.find("root1")), hash_of(*document.find("root2")),
                              proof);
  return found.has_value();
}

std::size_t agree(const std::string& folder) {
  namespace fs = std::filesystem;
  std::size_t cases = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(folders::shared() / "vectors/merkle" / folder)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    const Result<Json> document = Json::parse(text.str());
    EXPECT_TRUE(document) << entry.path();
    if (!document) continue;
    ++cases;
    EXPECT_NE(holds(folder, *document), document->find("wantErr")->as_bool()) << entry.path();
  }
  return cases;
}

TEST(MerkleProofTest, agrees_with_all_published_cases) {
  if (!std::filesystem::exists(folders::shared() / "vectors")) GTEST_SKIP() << "no vectors at hand";
  EXPECT_EQ(agree("inclusion"), 98u);
  EXPECT_EQ(agree("consistency"), 98u);
}

}  // namespace
}  // namespace gwageo
