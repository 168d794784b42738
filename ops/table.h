// Aligned tables for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gwageo {

/// Cells of a terminal that UTF-8 text takes: 2 for Hangul, Han and other wide characters, 0 for
/// marks that combine.
std::size_t display_width(std::string_view text);

/// Rows under a head, columns as wide as their widest cell. Cells that hold numbers only are moved
/// to the right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> head) : head_(std::move(head)) {}
  /// REQUIRES: as many cells as the head has.
  void add(std::vector<std::string> row);
  bool empty() const { return rows_.empty(); }
  std::string text() const;

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
};

/// A number with so many digits after the point.
std::string decimal(double value, int digits);

}  // namespace gwageo
