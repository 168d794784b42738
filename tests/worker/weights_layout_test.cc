#include "worker/weights_layout.h"

#include <gtest/gtest.h>

#include "tests/worker/weights_model.h"
#include "worker/piece_set.h"

namespace gwageo {
namespace {

using testing::small_piece;
using testing::StoredModel;

TEST(WeightsLayout, NumbersThePiecesOfEachFile) {
  const auto layout = WeightsLayout::make({{"a", 130}, {"b", 0}, {"c", 128}}, true, 64);
  ASSERT_TRUE(layout) << layout.error().message;
  ASSERT_EQ(layout->pieces(), 6u);
  EXPECT_EQ(layout->bytes(), 258u);
  const auto expect = [&](std::uint32_t index, std::size_t file, std::uint64_t offset,
                          std::uint32_t size, bool last) {
    const WeightsPiece piece = layout->piece(index);
    EXPECT_EQ(piece.file, file) << index;
    EXPECT_EQ(piece.offset, offset) << index;
    EXPECT_EQ(piece.size, size) << index;
    EXPECT_EQ(piece.last, last) << index;
  };
  expect(0, 0, 0, 64, false);
  expect(1, 0, 64, 64, false);
  expect(2, 0, 128, 2, true);
  expect(3, 1, 0, 0, true);
  expect(4, 2, 0, 64, false);
  expect(5, 2, 64, 64, true);
}

TEST(WeightsLayout, IsReadAsItWasWritten) {
  const auto layout = WeightsLayout::make({{"weights.gguf", 1'000'000}}, false).value();
  EXPECT_EQ(WeightsLayout::decode(layout.encode()).value(), layout);
}

TEST(WeightsLayout, RefusesWhatNoModelHas) {
  for (const char* name : {"", ".", "..", "a/b", "/etc/passwd"}) {
    EXPECT_FALSE(WeightsLayout::make({{name, 1}}, true)) << name;
  }
  EXPECT_FALSE(WeightsLayout::make({{"b", 1}, {"a", 1}}, true));
  EXPECT_FALSE(WeightsLayout::make({{"a", 1}, {"a", 1}}, true));
  EXPECT_FALSE(WeightsLayout::make({{"a", 1}, {"b", 1}}, false));
  EXPECT_FALSE(WeightsLayout::make({}, true));
  EXPECT_FALSE(WeightsLayout::make({{"a", 1}}, true, 65));
  EXPECT_FALSE(WeightsLayout::make({{"a", 1}}, true, 0));
  EXPECT_FALSE(WeightsLayout::make({{"a", ~std::uint64_t{0}}}, true));
  const std::string bytes = WeightsLayout::make({{"a", 1}, {"b", 2}}, true)->encode();
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(WeightsLayout::decode(bytes.substr(0, cut))) << cut;
  }
  EXPECT_FALSE(WeightsLayout::decode(bytes + "x"));
}

TEST(WeightsLayout, ProofsOfAllPiecesAreTheModelsDigest) {
  const StoredModel model(3 * small_piece + 77);
  const KeyPair key = generate_key_pair().value();
  std::vector<PieceProof> proofs = model.proofs(key);
  ASSERT_EQ(proofs.size(), 6u);
  EXPECT_EQ(model_digest_of(model.layout, proofs).value(), model.digest);
  proofs[2].after.bytes[0] ^= 1;
  const auto broken = model_digest_of(model.layout, proofs);
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("model.safetensors"), std::string::npos);
}

TEST(WeightsLayout, ASignatureIsOfOneModelPlaceAndState) {
  const StoredModel model(3 * small_piece);
  const StoredModel other(4 * small_piece, 2);
  const KeyPair key = generate_key_pair().value();
  const PieceProof proof = model.proofs(key)[1];
  EXPECT_TRUE(is_signed(proof, model.digest, model.layout));
  EXPECT_EQ(decode_piece_proof(encode(proof)), proof);
  EXPECT_FALSE(is_signed(proof, other.digest, model.layout));
  EXPECT_FALSE(is_signed(proof, model.digest, other.layout));
  PieceProof moved = proof;
  ++moved.index;
  EXPECT_FALSE(is_signed(moved, model.digest, model.layout));
  PieceProof altered = proof;
  altered.after.bytes[5] ^= 1;
  EXPECT_FALSE(is_signed(altered, model.digest, model.layout));
}

TEST(PieceSet, SaysWhatIsInIt) {
  PieceSet set(11);
  set.add(3);
  set.add(3);
  set.add(10);
  EXPECT_EQ(set.count(), 2u);
  EXPECT_EQ(set.next(0), 3u);
  EXPECT_EQ(set.next(4), 10u);
  EXPECT_EQ(set.missing().count(), 9u);
  EXPECT_EQ(PieceSet::decode(set.encode(), 11), set);
  EXPECT_FALSE(PieceSet::decode(set.encode(), 17));
  set.remove(3);
  EXPECT_FALSE(set.has(3));
  EXPECT_TRUE(PieceSet(0).full());
}

}  // namespace
}  // namespace gwageo
