// ClassSet: some of the classes, a bit for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gwageo {

/// 0, 1, ... in the order in which they were added.
using ClassNumber = std::uint32_t;

/// A value; one thread.
class ClassSet {
 public:
  bool contains(ClassNumber number) const {
    return number / 64 < words_.size() && (words_[number / 64] >> number % 64 & 1) != 0;
  }
  void put(ClassNumber number, bool is_in) {
    if (number / 64 >= words_.size()) words_.resize(number / 64 + 1, 0);
    const std::uint64_t bit = std::uint64_t{1} << number % 64;
    words_[number / 64] = is_in ? words_[number / 64] | bit : words_[number / 64] & ~bit;
  }
  void put_all(const ClassSet& other) {
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size(), 0);
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }
  std::size_t word_count() const { return words_.size(); }
  std::uint64_t word(std::size_t i) const { return i < words_.size() ? words_[i] : 0; }
  friend bool operator==(const ClassSet&, const ClassSet&) = default;

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace gwageo
