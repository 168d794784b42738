#include "benchmarks/delimited_records.h"

#include <algorithm>
#include <utility>

#include "protocol/json.h"

namespace gwageo {
namespace {

constexpr std::size_t delimited_record_bytes_max = 4u << 20;

// Follows a record's characters: whether one ends a cell, a record, or stands for itself.
class QuoteState {
 public:
  explicit QuoteState(bool quotes) : quotes_(quotes) {}
  bool inside() const { return inside_; }
  /// Whether `c` is part of the cell's value.
  bool take(char c) {
    const bool at_start = std::exchange(at_start_, false);
    if (!quotes_ || c != '"') {
      pending_ = false;
      return true;
    }
    if (inside_) {
      inside_ = false;
      pending_ = true;  // The next quote makes this one a character of the value.
      return false;
    }
    if (pending_) {
      pending_ = false;
      inside_ = true;
      return true;
    }
    if (!at_start) return true;
    inside_ = true;
    return false;
  }
  void next_cell() {
    at_start_ = true;
    pending_ = false;
  }

 private:
  bool quotes_;
  bool inside_ = false;
  bool pending_ = false;
  bool at_start_ = true;
};

}  // namespace

DelimitedRecords::DelimitedRecords(const SourceFiles& files, std::string path, char delimiter,
                                   bool quotes)
    : text_(files, std::move(path)), delimiter_(delimiter), quotes_(quotes) {}

tl::unexpected<Error> DelimitedRecords::wrong(std::uint64_t line, const std::string& what) const {
  return fail(ErrorKind::bad_input, text_.path() + ":" + std::to_string(line) + ": " + what);
}

// The offset of the line end that closes the record at `at_`, or of the end of the text.
Result<std::size_t> DelimitedRecords::record_end() {
  QuoteState state(quotes_);
  std::size_t i = at_;
  while (true) {
    for (; i < buffer_.size(); ++i) {
      const char c = buffer_[i];
      if (!state.inside() && c == '\n') return i;
      if (!state.inside() && c == delimiter_) {
        state.next_cell();
      } else {
        state.take(c);
      }
    }
    if (buffer_.size() - at_ > delimited_record_bytes_max)
      return wrong(line_, "a record longer than 4 MiB");
    if (is_read_) break;
    buffer_.erase(0, at_);
    i -= at_;
    at_ = 0;
    GWAGEO_ASSIGN(more, text_.read(buffer_));
    is_read_ = !more;
  }
  if (state.inside()) return wrong(line_, "a quote that is opened here is never closed");
  return buffer_.size();
}

Result<DelimitedRecord> DelimitedRecords::split(std::string_view bytes, std::uint64_t line) const {
  DelimitedRecord record{line, bytes, {""}};
  QuoteState state(quotes_);
  for (const char c : bytes) {
    if (!state.inside() && c == delimiter_) {
      record.cells.emplace_back();
      state.next_cell();
    } else if (state.take(c)) {
      record.cells.back() += c;
    }
  }
  return record;
}

Result<std::optional<DelimitedRecord>> DelimitedRecords::next() {
  while (true) {
    GWAGEO_ASSIGN(end, record_end());
    if (end == buffer_.size() && at_ == end) return std::nullopt;
    std::string_view bytes = std::string_view(buffer_).substr(at_, end - at_);
    const std::uint64_t line = line_;
    line_ += 1 + static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    at_ = std::min(end + 1, buffer_.size());
    if (!bytes.empty() && bytes.back() == '\r') bytes.remove_suffix(1);
    if (bytes.empty()) continue;
    std::size_t bad_at = 0;
    if (!is_utf8(bytes, &bad_at)) {
      return wrong(line, "not UTF-8 at byte " + std::to_string(bad_at + 1));
    }
    GWAGEO_ASSIGN(record, split(bytes, line));
    return record;
  }
}

}  // namespace gwageo
