#include "benchmarks/json_records.h"

#include <algorithm>
#include <utility>

#include "protocol/json.h"

namespace gwageo {
namespace {

constexpr std::size_t json_record_bytes_max = 4u << 20;
constexpr std::size_t whole_bytes_max = 256u << 20;
constexpr std::string_view json_space = " \t\r\n";

}  // namespace

std::size_t json_value_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
      }
      if (i >= text.size()) return text.npos;
      if (depth == 0) return i + 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return i;  // A number or a word, ended by what holds it.
      if (--depth == 0) return i + 1;
    } else if (depth == 0 && (c == ',' || json_space.find(c) != json_space.npos)) {
      return i;
    }
  }
  return text.npos;
}

JsonRecords::JsonRecords(const SourceFiles& files, std::string path, std::string field)
    : text_(files, std::move(path)), field_(std::move(field)) {}

tl::unexpected<Error> JsonRecords::wrong(std::uint64_t line, const std::string& what) const {
  return fail(ErrorKind::bad_input, text_.path() + ":" + std::to_string(line) + ": " + what);
}

// The lines of a whole file are counted once, front to back.
std::uint64_t JsonRecords::line_at(std::size_t offset) {
  const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(counted_);
  const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(offset);
  if (begin < end) line_ += static_cast<std::uint64_t>(std::count(begin, end, '\n'));
  counted_ = std::max(counted_, offset);
  return line_;
}

Status JsonRecords::read_whole() {
  while (!is_read_) {
    GWAGEO_ASSIGN(more, text_.read(buffer_));
    is_read_ = !more;
    if (buffer_.size() > whole_bytes_max) {
      return wrong(1, "one JSON value of more than 256 MiB; write it as JSON lines");
    }
  }
  return {};
}

Status JsonRecords::find_form() {
  std::size_t begin = buffer_.npos;
  while (begin == buffer_.npos && !is_read_) {
    GWAGEO_ASSIGN(more, text_.read(buffer_));
    is_read_ = !more;
    begin = buffer_.find_first_not_of(json_space);
  }
  const bool is_list = begin != buffer_.npos && buffer_[begin] == '[';
  if (!is_list && field_.empty()) {
    form_ = Form::lines;
    return {};
  }
  form_ = Form::list;
  GWAGEO_TRY(read_whole());
  line_ = 1;
  at_ = begin == buffer_.npos ? buffer_.size() : begin;
  if (!field_.empty()) GWAGEO_TRY(find_field());
  if (at_ >= buffer_.size() || buffer_[at_] != '[') {
    return wrong(line_at(std::min(at_, buffer_.size())), "expected a list of objects");
  }
  ++at_;
  return {};
}

// Goes to the value of the member `field_` of the object at `at_`.
Status JsonRecords::find_field() {
  if (at_ >= buffer_.size() || buffer_[at_] != '{') {
    return wrong(1, "expected an object with the field '" + field_ + "'");
  }
  ++at_;
  while (true) {
    const std::size_t key = buffer_.find_first_not_of(std::string(json_space) + ",", at_);
    if (key == buffer_.npos || buffer_[key] != '"') break;
    const std::size_t key_end = json_value_end(buffer_, key);
    const std::size_t colon = buffer_.find(':', std::min(key_end, buffer_.size()));
    if (colon == buffer_.npos) break;
    const std::size_t value = buffer_.find_first_not_of(json_space, colon + 1);
    if (value == buffer_.npos) break;
    at_ = value;
    const auto name = Json::parse(std::string_view(buffer_).substr(key, key_end - key));
    if (name && name->is_string() && name->as_string() == field_) return {};
    const std::size_t end = json_value_end(buffer_, value);
    if (end == buffer_.npos) break;
    at_ = end;
  }
  return wrong(line_at(at_), "the field '" + field_ + "' is not there");
}

Result<std::optional<JsonRecord>> JsonRecords::next() {
  if (form_ == Form::unknown) GWAGEO_TRY(find_form());
  return form_ == Form::lines ? next_line() : next_element();
}

// Blank lines are lines, but no records.
Result<std::optional<JsonRecord>> JsonRecords::next_line() {
  while (true) {
    std::size_t end = buffer_.find('\n', searched_);
    while (end == buffer_.npos && !is_read_) {
      if (buffer_.size() - at_ > json_record_bytes_max + 1) break;  // The one may be a "\r".
      buffer_.erase(0, at_);
      at_ = 0;
      searched_ = buffer_.size();
      GWAGEO_ASSIGN(more, text_.read(buffer_));
      is_read_ = !more;
      end = buffer_.find('\n', searched_);
    }
    if (end == buffer_.npos && at_ == buffer_.size()) return std::nullopt;
    const std::size_t stop = end == buffer_.npos ? buffer_.size() : end;
    ++line_;
    std::string_view line = std::string_view(buffer_).substr(at_, stop - at_);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() > json_record_bytes_max) return wrong(line_, "a line longer than 4 MiB");
    at_ = searched_ = end == buffer_.npos ? buffer_.size() : end + 1;
    if (line.find_first_not_of(" \t") != line.npos) return JsonRecord{line_, line};
  }
}

Result<std::optional<JsonRecord>> JsonRecords::next_element() {
  std::size_t begin = buffer_.find_first_not_of(json_space, at_);
  if (begin != buffer_.npos && buffer_[begin] == ']') {
    at_ = begin;
    return std::nullopt;
  }
  if (!first_ && begin != buffer_.npos && buffer_[begin] == ',') {
    begin = buffer_.find_first_not_of(json_space, begin + 1);
  } else if (!first_ && begin != buffer_.npos) {
    return wrong(line_at(begin), "expected ',' or ']' after an element of the list");
  }
  const std::size_t end = begin == buffer_.npos ? begin : json_value_end(buffer_, begin);
  if (end == buffer_.npos) return wrong(line_at(buffer_.size()), "the list does not end");
  const std::uint64_t line = line_at(begin);
  if (end == begin) return wrong(line, "expected an element of the list");
  if (end - begin > json_record_bytes_max) return wrong(line, "an element longer than 4 MiB");
  at_ = end;
  first_ = false;
  return JsonRecord{line, std::string_view(buffer_).substr(begin, end - begin)};
}

}  // namespace gwageo
