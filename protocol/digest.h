// SHA-256 and the RFC 6962 Merkle tree over it. Pure: the bytes decide the digest.
// SHA-256 is libcrypto's (SHA-NI where the processor has it); digest.cc alone sees that library.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gwageo {

/// A 256-bit content digest.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const Digest&, const Digest&) = default;
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

/// SHA-256 of `bytes` (FIPS 180-4).
Digest sha256(std::string_view bytes);

/// SHA-256 of a message that arrives in pieces. One owner, one thread.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void add(std::string_view bytes);
  /// The digest of all that was added. Call it once, last.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 64 lowercase hexadecimal digits.
std::string to_hex(const Digest& digest);
/// The digest written as 64 hexadecimal digits of either case, else nothing.
std::optional<Digest> from_hex(std::string_view text);

/// RFC 6962 section 2.1: SHA-256(0x00 || leaf).
Digest merkle_leaf(std::string_view leaf);
/// RFC 6962 section 2.1: SHA-256(0x01 || left || right).
Digest merkle_node(const Digest& left, const Digest& right);

/// The Merkle tree head of a growing list of leaves in O(log n) memory: the roots of the complete
/// subtrees that make it up, largest first (RFC 9162 section 2.1.2 calls them the frontier).
/// A value.
class MerkleFrontier {
 public:
  /// Appends a leaf by its leaf hash (`merkle_leaf`).
  void add(const Digest& leaf_hash);
  std::uint64_t size() const { return size_; }
  /// The tree head; SHA-256 of the empty string for no leaves.
  Digest root() const;
  /// The tree head once a smaller tree with head `right` stands to the right of these leaves: of
  /// fewer of them than the last complete subtree here has. REQUIRES: size() > 0.
  Digest root_with(const Digest& right) const;
  friend bool operator==(const MerkleFrontier&, const MerkleFrontier&) = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> roots_;
};

/// The tree head over leaf hashes in order.
Digest merkle_root(const std::vector<Digest>& leaf_hashes);

}  // namespace gwageo
