#include "ops/simulate/csv.h"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace gwageo::simulate {
namespace {

std::string_view without_blanks(std::string_view field) {
  while (field.starts_with(' ') || field.starts_with('\t')) field.remove_prefix(1);
  while (field.ends_with(' ') || field.ends_with('\t')) field.remove_suffix(1);
  return field;
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t comma = line.find(',');
    fields.push_back(without_blanks(line.substr(0, comma)));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

std::string shown(std::string_view text) {
  if (text.empty()) return "nothing";
  return "\"" + std::string(text.substr(0, 40)) + (text.size() > 40 ? "...\"" : "\"");
}

/// What a field has that no field may have; nothing where all is well.
std::string unreadable(std::string_view field) {
  for (const char c : field) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"') return "holds a quote; fields are written without, and have no commas";
    if (byte < ' ' || byte == 0x7f) {
      return "holds the byte " + std::to_string(byte) + "; a table is plain text in UTF-8";
    }
  }
  return {};
}

}  // namespace

Result<Csv> Csv::parse(std::string_view text, std::string file) {
  Csv csv;
  csv.file_ = std::move(file);
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::vector<std::string_view> fields = split(line);
    const std::string place = csv.file_ + ":" + std::to_string(number) + ": ";
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string reason = unreadable(fields[i]);
      if (reason.empty()) continue;
      const bool is_named = i < csv.columns_.size();
      return fail(ErrorKind::bad_input,
                  place + "field " +
                      (is_named ? std::string(csv.columns_[i]) : std::to_string(i + 1)) + ": " +
                      reason);
    }
    if (csv.columns_.empty()) {
      for (std::size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].empty() ||
            std::find(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(i), fields[i]) ==
                fields.begin() + static_cast<std::ptrdiff_t>(i)) {
          continue;
        }
        return fail(ErrorKind::bad_input,
                    place + "two columns are called " + shown(fields[i]) + "; leave one out");
      }
      csv.columns_ = fields;
      continue;
    }
    if (fields.size() != csv.columns_.size()) {
      return fail(ErrorKind::bad_input, place + std::to_string(fields.size()) +
                                            " fields where the first line names " +
                                            std::to_string(csv.columns_.size()));
    }
    if (csv.lines_.size() == rows_max) {
      return fail(ErrorKind::bad_input, place + "more than " + std::to_string(rows_max) + " rows");
    }
    csv.fields_.insert(csv.fields_.end(), fields.begin(), fields.end());
    csv.lines_.push_back(number);
  }
  if (csv.lines_.empty()) {
    return fail(ErrorKind::bad_input, csv.file_ + ": no row below a line of column names");
  }
  return csv;
}

bool Csv::has(std::string_view column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

std::string Csv::columns_text() const {
  std::string text;
  for (const std::string_view name : columns_) {
    if (!text.empty()) text += ", ";
    text += name.substr(0, 40);
  }
  return text;
}

Status Csv::only(std::initializer_list<std::string_view> known) const {
  for (const std::string_view name : columns_) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string names;
    for (const std::string_view one : known)
      names += (names.empty() ? "" : ", ") + std::string(one);
    return fail(ErrorKind::bad_input, file_ + ":1: a column is called " + shown(name) +
                                          ", which means nothing here; there may be " + names);
  }
  return {};
}

Status Csv::unique(std::size_t column) const {
  std::vector<std::size_t> order(rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto before = [&](std::size_t a, std::size_t b) {
    return text(a, column) != text(b, column) ? text(a, column) < text(b, column) : a < b;
  };
  std::sort(order.begin(), order.end(), before);
  std::size_t first = rows();  // Of the rows that repeat one above.
  std::size_t above = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (text(order[i], column).empty()) return refuse(order[i], column, "is no name");
    if (i == 0 || text(order[i], column) != text(order[i - 1], column)) continue;
    if (order[i] >= first) continue;
    first = order[i];
    above = order[i - 1];
  }
  if (first == rows()) return {};
  return refuse(first, column, "stands on line " + std::to_string(lines_[above]) + " already");
}

Result<std::size_t> Csv::column(std::string_view name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found == columns_.end()) {
    return fail(ErrorKind::bad_input, file_ + ":1: no column is called \"" + std::string(name) +
                                          "\"; there are " + columns_text());
  }
  return static_cast<std::size_t>(found - columns_.begin());
}

std::string_view Csv::text(std::size_t row, std::size_t column) const {
  return fields_[row * columns_.size() + column];
}

std::string Csv::place(std::size_t row, std::size_t column) const {
  return file_ + ":" + std::to_string(lines_[row]) + ": field " + std::string(columns_[column]);
}

tl::unexpected<Error> Csv::refuse(std::size_t row, std::size_t column,
                                  const std::string& reason) const {
  return fail(ErrorKind::bad_input,
              place(row, column) + ": " + shown(text(row, column)) + " " + reason);
}

Result<std::int64_t> Csv::whole(std::size_t row, std::size_t column, std::int64_t least,
                                std::int64_t most) const {
  const std::string_view field = text(row, column);
  std::int64_t value = 0;
  const char* const end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(field.data(), end, value);
  if (error != std::errc{} || stop != end || value < least || value > most) {
    return refuse(
        row, column,
        "is no whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

Result<Duration> Csv::time(std::size_t row, std::size_t column, Duration most) const {
  const Result<std::int64_t> micros = parse_millionths(text(row, column));
  if (!micros || *micros > most.microseconds) {
    return refuse(
        row, column,
        "is no number of seconds from 0 to " + std::to_string(most.microseconds / 1000000));
  }
  return Duration{*micros};
}

Result<std::int64_t> parse_millionths(std::string_view text) {
  const auto refused = fail(ErrorKind::bad_input, "no decimal number");
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view part = text.substr(std::min(point + 1, text.size()));
  if (whole.empty() || whole.size() > 12 || (point < text.size() && part.empty())) return refused;
  std::int64_t value = 0;
  for (const char c : whole) {
    if (c < '0' || c > '9') return refused;
    value = value * 10 + (c - '0');
  }
  for (std::size_t i = 0; i < std::max<std::size_t>(part.size(), 6); ++i) {
    const char c = i < part.size() ? part[i] : '0';
    if (c < '0' || c > '9' || (i >= 6 && c != '0')) return refused;
    if (i < 6) value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace gwageo::simulate
