#include "benchmarks/rows.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "protocol/digest.h"

namespace gwageo {
namespace {

constexpr std::uint64_t piece_bytes = 1u << 20;
constexpr std::size_t line_bytes_max = 4u << 20;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

RowReader::RowReader(const SourceFiles& files, std::string path)
    : files_(files), path_(std::move(path)) {}

tl::unexpected<Error> RowReader::wrong(const std::string& what) const {
  return fail(ErrorKind::bad_input, path_ + ":" + std::to_string(line_) + ": " + what);
}

Status RowReader::read_piece() {
  buffer_.erase(0, at_);
  searched_ -= at_;
  at_ = 0;
  const std::uint64_t wanted = std::min(piece_bytes, *file_size_ - offset_);
  GWAGEO_ASSIGN(piece, files_.read(path_, offset_, wanted));
  if (piece.size() != wanted) {
    return fail(ErrorKind::io, path_ + ": shorter than it was when it was opened");
  }
  const bool marked = offset_ == 0 && piece.rfind(byte_order_mark, 0) == 0;
  offset_ += wanted;
  buffer_.append(piece, marked ? byte_order_mark.size() : 0);
  return {};
}

// The next line without its end; false after the last.
Result<bool> RowReader::next_line(std::string_view& line) {
  if (!file_size_) {
    GWAGEO_ASSIGN(size, files_.size(path_));
    file_size_ = size;
  }
  std::size_t end = buffer_.find('\n', searched_);
  while (end == std::string::npos && offset_ < *file_size_) {
    searched_ = buffer_.size();
    if (buffer_.size() - at_ > line_bytes_max + 1) break;  // The one may be a "\r".
    GWAGEO_TRY(read_piece());
    end = buffer_.find('\n', searched_);
  }
  const std::size_t stop = end == std::string::npos ? buffer_.size() : end;
  if (end == std::string::npos && at_ == buffer_.size()) return false;
  ++line_;
  line = std::string_view(buffer_).substr(at_, stop - at_);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.size() > line_bytes_max) return wrong("a line longer than 4 MiB");
  at_ = searched_ = end == std::string::npos ? buffer_.size() : end + 1;
  return true;
}

Result<Row> RowReader::parse(std::string_view line) const {
  auto fields = Json::parse(line);
  if (!fields) {
    std::size_t bad_at = 0;
    if (!is_utf8(line, &bad_at)) return wrong("not UTF-8 at byte " + std::to_string(bad_at + 1));
    std::string message = fields.error().message;
    static constexpr std::string_view first =
        "line 1, ";  // A row is one line: say only where in it.
    if (const std::size_t at = message.find(first); at != message.npos) {
      message.erase(at, first.size());
    }
    return wrong(message);
  }
  if (!fields->is_object()) {
    return wrong("expected a JSON object, got " + std::string(fields->type_name()));
  }
  return Row{line_, number_, line, std::move(*fields)};
}

Result<std::optional<Row>> RowReader::next() {
  std::string_view line;
  do {
    GWAGEO_ASSIGN(found, next_line(line));
    if (!found) return std::nullopt;
  } while (line.find_first_not_of(" \t") == line.npos);
  GWAGEO_ASSIGN(row, parse(line));
  ++number_;
  return row;
}

Result<std::string> item_id(const Row& row, const std::string& field) {
  const std::string name = field.empty() ? "id" : field;
  const Json* const value = row.fields.find(name);
  if (value == nullptr) {
    if (field.empty()) return std::to_string(row.number);
    return fail(ErrorKind::bad_input, "the field '" + name + "', which names items, is missing");
  }
  if (value->is_integer()) return std::to_string(value->as_integer());
  if (value->is_string() && !value->as_string().empty()) return value->as_string();
  return fail(ErrorKind::bad_input, "the field '" + name +
                                        "', which names items, is neither an integer nor a string "
                                        "with something in it");
}

void ItemIds::add(std::string_view id, std::uint64_t line) {
  const Digest digest = sha256(id);
  Entry entry{{0, 0}, line};
  std::memcpy(entry.digest, digest.bytes.data(), sizeof entry.digest);
  entries_.push_back(entry);
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> ItemIds::duplicate() {
  const auto key = [](const Entry& e) { return std::tuple(e.digest[0], e.digest[1], e.line); };
  std::sort(entries_.begin(), entries_.end(),
            [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
  std::optional<std::pair<std::uint64_t, std::uint64_t>> first;
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    const Entry& a = entries_[i - 1];
    const Entry& b = entries_[i];
    if (a.digest[0] != b.digest[0] || a.digest[1] != b.digest[1]) continue;
    if (!first || b.line < first->second) first = {a.line, b.line};
  }
  return first;
}

}  // namespace gwageo
