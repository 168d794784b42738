// What comes compressed, decompressed piece by piece. Pure. Gzip and raw deflate, as zip archives
// hold it, are ISA-L's (gunzip.cc), Zstandard is libzstd's (unzstd.cc); each library is seen by its
// file alone.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/result.h"

namespace gwageo {

/// One compressed stream, front to back; several members or frames one after another are one text.
/// One owner.
class Decompressor {
 public:
  virtual ~Decompressor() = default;
  /// Appends what `bytes`, the next of the stream, give to `out`. bad_input, without a place, when
  /// they are damaged, or give more than `grown_max` bytes at once.
  virtual Status add(std::string_view bytes, std::string& out) = 0;
  /// Whether a stream may begin with these bytes, as far as they go.
  virtual bool may_begin_with(std::string_view bytes) const = 0;
  /// Whether the stream may end here.
  virtual bool is_whole() const = 0;

  /// What one call of `add` may append.
  static constexpr std::size_t grown_max = 256u << 20;
};

std::unique_ptr<Decompressor> make_gunzip();
/// RFC 1951: one stream without header, checksum or a second one after it.
std::unique_ptr<Decompressor> make_inflate();
std::unique_ptr<Decompressor> make_unzstd();

}  // namespace gwageo
