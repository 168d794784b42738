// Pages: an answer that is too long for a message is asked for piece by piece, and each page
// travels as attachments.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/limits.h"

namespace gwageo {

/// Bytes after which a page is full.
inline constexpr std::size_t page_bytes = std::size_t{8} << 20;
/// Bytes that a page may hold with its last row: a message less room for its envelope.
inline constexpr std::size_t page_bytes_max = std::size_t{15} << 20;
static_assert(page_bytes_max <= limits::attachments_max * limits::piece_bytes_max);

/// A page as attachments: its bytes in order, cut where a piece is full. There is always one.
inline std::vector<std::string> pieces_of(std::string_view page) {
  std::vector<std::string> pieces;
  do {
    pieces.emplace_back(page.substr(0, limits::piece_bytes_max));
    page.remove_prefix(pieces.back().size());
  } while (!page.empty());
  return pieces;
}

}  // namespace gwageo
