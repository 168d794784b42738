#include "benchmarks/line_reader.h"

namespace gwageo {
namespace {

constexpr std::uint64_t line_piece_bytes = 1u << 20;

}  // namespace

Result<std::optional<TextLine>> LineReader::next() {
  std::size_t searched = at_;
  std::size_t end = buffer_.find('\n', searched);
  while (end == buffer_.npos && !is_read_) {
    if (buffer_.size() - at_ > line_bytes_max) {
      return fail(ErrorKind::bad_input,
                  path_ + ":" + std::to_string(number_ + 1) + ": a line of more than 16 MiB");
    }
    buffer_.erase(0, at_);
    at_ = 0;
    searched = buffer_.size();
    GWAGEO_ASSIGN(piece, files_.read(path_, read_, line_piece_bytes));
    is_read_ = piece.empty();
    read_ += piece.size();
    buffer_ += piece;
    end = buffer_.find('\n', searched);
  }
  if (at_ == buffer_.size()) return std::nullopt;
  if (end == buffer_.npos) end = buffer_.size();
  TextLine line{++number_, read_ - buffer_.size() + at_,
                std::string_view(buffer_).substr(at_, end - at_)};
  at_ = std::min(end + 1, buffer_.size());
  return line;
}

}  // namespace gwageo
