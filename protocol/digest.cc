#include "protocol/digest.h"

// Deprecated in OpenSSL 3 in favour of EVP, and kept: see hash_pieces.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "protocol/check.h"

namespace gwageo {
namespace {

// OpenSSL's own interface of SHA-256: behind EVP the same code costs an allocation and a look-up
// for each digest, which is half of the time that a leaf of a Merkle tree takes.
Digest hash_pieces(std::string_view prefix, std::string_view a, std::string_view b) {
  SHA256_CTX context;
  GWAGEO_CHECK(SHA256_Init(&context) == 1);
  for (std::string_view piece : {prefix, a, b}) {
    GWAGEO_CHECK(SHA256_Update(&context, piece.data(), piece.size()) == 1);
  }
  Digest digest;
  GWAGEO_CHECK(SHA256_Final(digest.bytes.data(), &context) == 1);
  return digest;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Digest sha256(std::string_view bytes) { return hash_pieces(bytes, {}, {}); }

struct Sha256Stream::State {
  SHA256_CTX context;
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  GWAGEO_CHECK(SHA256_Init(&state_->context) == 1);
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::add(std::string_view bytes) {
  GWAGEO_CHECK(SHA256_Update(&state_->context, bytes.data(), bytes.size()) == 1);
}

Digest Sha256Stream::finish() {
  Digest digest;
  GWAGEO_CHECK(SHA256_Final(digest.bytes.data(), &state_->context) == 1);
  return digest;
}

std::string to_hex(const Digest& digest) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(64, '0');
  for (std::size_t i = 0; i < 32; ++i) {
    text[2 * i] = digits[digest.bytes[i] >> 4];
    text[2 * i + 1] = digits[digest.bytes[i] & 15];
  }
  return text;
}

std::optional<Digest> from_hex(std::string_view text) {
  Digest digest;
  if (text.size() != 64) return std::nullopt;
  for (std::size_t i = 0; i < 32; ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

Digest merkle_leaf(std::string_view leaf) {
  return hash_pieces(std::string_view("\0", 1), leaf, {});
}

Digest merkle_node(const Digest& left, const Digest& right) {
  return hash_pieces(std::string_view("\1", 1), left.view(), right.view());
}

void MerkleFrontier::add(const Digest& leaf_hash) {
  Digest carry = leaf_hash;
  for (std::uint64_t bit = size_; (bit & 1) != 0; bit >>= 1) {
    carry = merkle_node(roots_.back(), carry);
    roots_.pop_back();
  }
  roots_.push_back(carry);
  ++size_;
}

Digest MerkleFrontier::root() const {
  if (roots_.empty()) return sha256({});
  Digest root = roots_.back();
  for (std::size_t i = roots_.size() - 1; i-- > 0;) root = merkle_node(roots_[i], root);
  return root;
}

Digest MerkleFrontier::root_with(const Digest& right) const {
  GWAGEO_CHECK(!roots_.empty());
  Digest root = right;
  for (std::size_t i = roots_.size(); i-- > 0;) root = merkle_node(roots_[i], root);
  return root;
}

Digest merkle_root(const std::vector<Digest>& leaf_hashes) {
  MerkleFrontier frontier;
  for (const Digest& leaf : leaf_hashes) frontier.add(leaf);
  return frontier.root();
}

}  // namespace gwageo
