#include "protocol/digest.h"

#include <openssl/evp.h>

#include "protocol/check.h"

namespace gwageo {
namespace {

// EVP_sha256() is looked up by name on every initialisation in OpenSSL 3; fetching it once and
// keeping one context a thread takes that cost out of the hot path.
const EVP_MD* sha256_method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  GWAGEO_CHECK(method != nullptr);
  return method;
}

struct Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(evp); }
};

Digest hash_pieces(std::string_view prefix, std::string_view a, std::string_view b) {
  thread_local Context context;
  Digest digest;
  GWAGEO_CHECK(EVP_DigestInit_ex2(context.evp, sha256_method(), nullptr) == 1);
  for (std::string_view piece : {prefix, a, b}) {
    if (piece.empty()) continue;
    GWAGEO_CHECK(EVP_DigestUpdate(context.evp, piece.data(), piece.size()) == 1);
  }
  GWAGEO_CHECK(EVP_DigestFinal_ex(context.evp, digest.bytes.data(), nullptr) == 1);
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

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  GWAGEO_CHECK(EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_), sha256_method(), nullptr) ==
               1);
}

Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sha256Stream::add(std::string_view bytes) {
  GWAGEO_CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) ==
               1);
}

Digest Sha256Stream::finish() {
  Digest digest;
  GWAGEO_CHECK(
      EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.bytes.data(), nullptr) == 1);
  return digest;
}

std::string to_hex(const Digest& digest) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(64);
  for (std::uint8_t byte : digest.bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
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

Digest merkle_root(const std::vector<Digest>& leaf_hashes) {
  MerkleFrontier frontier;
  for (const Digest& leaf : leaf_hashes) frontier.add(leaf);
  return frontier.root();
}

}  // namespace gwageo
