#include "ops/table.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "protocol/check.h"

namespace gwageo {
namespace {

struct Block {
  char32_t first;
  char32_t last;
};

// East Asian Width W and F, by blocks (Unicode Standard Annex 11).
constexpr std::array wide = {
    Block{0x1100, 0x115F},   Block{0x2E80, 0x303E},   Block{0x3041, 0x33FF},  Block{0x3400, 0x4DBF},
    Block{0x4E00, 0x9FFF},   Block{0xA000, 0xA4CF},   Block{0xA960, 0xA97F},  Block{0xAC00, 0xD7A3},
    Block{0xF900, 0xFAFF},   Block{0xFE30, 0xFE6F},   Block{0xFF00, 0xFF60},  Block{0xFFE0, 0xFFE6},
    Block{0x1F300, 0x1F64F}, Block{0x1F900, 0x1F9FF}, Block{0x20000, 0x3FFFD}};
// Marks that combine, Hangul vowels and finals that join a syllable, and what shows nothing.
constexpr std::array narrowest = {Block{0x0300, 0x036F}, Block{0x1160, 0x11FF},
                                  Block{0x200B, 0x200F}, Block{0x20D0, 0x20FF},
                                  Block{0xFE00, 0xFE0F}};

template <class Blocks>
bool is_in(const Blocks& blocks, char32_t c) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [c](const Block& block) { return block.first <= c && c <= block.last; });
}

bool is_number(std::string_view cell) {
  if (cell == "-") return true;
  const bool digits_only =
      std::all_of(cell.begin(), cell.end(), [](char c) { return c >= '+' && c <= '9'; });
  return digits_only && !cell.empty() && cell.find('-', 1) == std::string_view::npos &&
         cell.find('/') == std::string_view::npos;
}

void append_row(std::string& text, const std::vector<std::string>& row,
                const std::vector<std::size_t>& widths, bool is_head) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::size_t space = widths[i] - display_width(row[i]);
    const bool to_the_right = !is_head && is_number(row[i]);
    if (i > 0) line += "  ";
    if (to_the_right) line.append(space, ' ');
    line += row[i];
    if (!to_the_right) line.append(space, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  text += line + "\n";
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t c = size == 1 ? first : first & (0xFFu >> (size + 1));
    for (std::size_t i = 1; i < size && at + i < text.size(); ++i) {
      c = (c << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
    }
    at += size;
    if (!is_in(narrowest, c)) width += is_in(wide, c) ? 2 : 1;
  }
  return width;
}

void TextTable::add(std::vector<std::string> row) {
  GWAGEO_CHECK(row.size() == head_.size());
  rows_.push_back(std::move(row));
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths;
  for (const std::string& cell : head_) widths.push_back(display_width(cell));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string text;
  append_row(text, head_, widths, true);
  for (const auto& row : rows_) append_row(text, row, widths, false);
  return text;
}

std::string decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace gwageo
