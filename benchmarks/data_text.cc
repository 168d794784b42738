#include "benchmarks/data_text.h"

#include <algorithm>
#include <utility>

namespace gwageo {
namespace {

constexpr std::uint64_t data_piece_bytes = 1u << 20;
constexpr std::uint64_t compressed_piece_bytes = 64u << 10;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

DataText::DataText(const SourceFiles& files, std::string path)
    : files_(files), path_(std::move(path)) {
  if (ends_with(path_, ".gz")) {
    decompressor_ = make_gunzip();
  } else if (ends_with(path_, ".zst")) {
    decompressor_ = make_unzstd();
  }
}

Status DataText::end() {
  if (decompressor_ == nullptr || decompressor_->is_whole()) return {};
  return fail(ErrorKind::bad_input, path_ + ": the compressed data are cut short");
}

Result<bool> DataText::read(std::string& out) {
  if (!opened_) {
    GWAGEO_ASSIGN(size, files_.size(path_));
    file_size_ = size;
    opened_ = true;
  }
  const std::size_t before = out.size();
  while (out.size() == before) {
    if (offset_ == file_size_) {
      GWAGEO_TRY(end());
      out += std::exchange(mark_, {});
      return out.size() > before;
    }
    const std::uint64_t most = decompressor_ == nullptr ? data_piece_bytes : compressed_piece_bytes;
    const std::uint64_t wanted = std::min(most, file_size_ - offset_);
    GWAGEO_ASSIGN(piece, files_.read(path_, offset_, wanted));
    if (piece.size() != wanted) {
      return fail(ErrorKind::io, path_ + ": shorter than it was when it was opened");
    }
    if (offset_ == 0 && decompressor_ != nullptr && !decompressor_->may_begin_with(piece)) {
      return fail(ErrorKind::bad_input, path_ + ": is not compressed as its ending says");
    }
    offset_ += wanted;
    std::string& target = past_mark_ ? out : mark_;
    if (decompressor_ == nullptr) {
      target += piece;
    } else if (const Status added = decompressor_->add(piece, target); !added) {
      return fail(path_, added.error());
    }
    if (past_mark_ || mark_.size() < byte_order_mark.size()) continue;
    past_mark_ = true;
    const bool marked = mark_.compare(0, byte_order_mark.size(), byte_order_mark) == 0;
    out.append(mark_, marked ? byte_order_mark.size() : 0);
    mark_.clear();
  }
  return true;
}

}  // namespace gwageo
