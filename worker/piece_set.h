// PieceSet: which of a model's pieces. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gwageo {

/// A set of numbers below `size()`. A value.
class PieceSet {
 public:
  explicit PieceSet(std::uint32_t size = 0) : bits_(size, false) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(bits_.size()); }
  std::uint32_t count() const { return count_; }
  bool full() const { return count_ == bits_.size(); }
  /// REQUIRES: index < size(); likewise below.
  bool has(std::uint32_t index) const { return bits_.at(index); }
  void add(std::uint32_t index) {
    if (!bits_.at(index)) ++count_;
    bits_.at(index) = true;
  }
  void remove(std::uint32_t index) {
    if (bits_.at(index)) --count_;
    bits_.at(index) = false;
  }
  /// Those that are not in it.
  PieceSet missing() const {
    PieceSet others(size());
    for (std::uint32_t i = 0; i < size(); ++i) {
      if (!bits_[i]) others.add(i);
    }
    return others;
  }
  /// The first one that is in it, from `from` on.
  std::optional<std::uint32_t> next(std::uint32_t from) const {
    for (std::uint32_t i = from; i < size(); ++i) {
      if (bits_[i]) return i;
    }
    return std::nullopt;
  }

  /// Eight to a byte, the lowest bit first.
  std::string encode() const {
    std::string bytes((bits_.size() + 7) / 8, '\0');
    for (std::uint32_t i = 0; i < size(); ++i) {
      if (bits_[i]) bytes[i / 8] = static_cast<char>(bytes[i / 8] | (1 << (i % 8)));
    }
    return bytes;
  }
  /// Of `size` numbers; nothing when `bytes` are not just as many as they need. Bits beyond the
  /// last number are ignored.
  static std::optional<PieceSet> decode(std::string_view bytes, std::uint32_t size) {
    if (bytes.size() != (std::size_t{size} + 7) / 8) return std::nullopt;
    PieceSet set(size);
    for (std::uint32_t i = 0; i < size; ++i) {
      if (((bytes[i / 8] >> (i % 8)) & 1) != 0) set.add(i);
    }
    return set;
  }
  friend bool operator==(const PieceSet&, const PieceSet&) = default;

 private:
  std::vector<bool> bits_;
  std::uint32_t count_ = 0;
};

}  // namespace gwageo
