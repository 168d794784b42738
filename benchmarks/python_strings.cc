#include "benchmarks/python_strings.h"

#include <algorithm>

#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

// Counts down; a negative count never ends.
bool take_one(std::int64_t& count) {
  if (count == 0) return false;
  if (count > 0) --count;
  return true;
}

std::size_t line_end_size(std::string_view text, std::size_t offset) {
  const Character c = character_at(text, offset);
  if (c.code == '\r' && text.substr(offset + 1).starts_with('\n')) return 2;
  const bool ends = (c.code >= 0x0A && c.code <= 0x0D) || (c.code >= 0x1C && c.code <= 0x1E) ||
                    c.code == 0x85 || c.code == 0x2028 || c.code == 0x2029;
  return ends ? c.size : 0;
}

}  // namespace

std::string_view strip_characters(std::string_view text, std::string_view set, bool left,
                                  bool right) {
  const auto in_set = [&](std::string_view character) {
    for (std::size_t i = 0; i < set.size();) {
      const std::size_t size = character_at(set, i).size;
      if (set.substr(i, size) == character) return true;
      i += size;
    }
    return false;
  };
  while (left && !text.empty() && in_set(text.substr(0, character_at(text, 0).size))) {
    text.remove_prefix(character_at(text, 0).size);
  }
  while (right && !text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0u) == 0x80u) --start;
    if (!in_set(text.substr(start))) break;
    text = text.substr(0, start);
  }
  return text;
}

Result<std::string> replaced(std::string_view text, std::string_view from, std::string_view to,
                             std::int64_t count, std::size_t bytes_max) {
  std::string out;
  std::size_t at = 0;
  while (true) {
    // An empty string is found before every character and at the end.
    const std::size_t found = from.empty() ? at : text.find(from, at);
    if (found == text.npos || !take_one(count)) break;
    out.append(text.substr(at, found - at)).append(to);
    at = found + from.size();
    if (out.size() > bytes_max) {
      return fail(ErrorKind::bad_input,
                  "'replace' gives more than " + std::to_string(bytes_max) + " bytes");
    }
    if (!from.empty()) continue;
    if (at == text.size()) return out;
    const std::size_t size = character_at(text, at).size;
    out.append(text.substr(at, size));
    at += size;
  }
  return out.append(text.substr(at));
}

std::vector<std::string_view> split_at(std::string_view text, std::string_view separator,
                                       std::int64_t count, bool from_right) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t found = from_right ? text.rfind(separator) : text.find(separator);
    if (found == text.npos || !take_one(count)) break;
    const std::string_view after = text.substr(found + separator.size());
    const std::string_view before = text.substr(0, found);
    parts.push_back(from_right ? after : before);
    text = from_right ? before : after;
  }
  parts.push_back(text);
  if (from_right) std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<std::string_view> split_at_space(std::string_view text, std::int64_t count) {
  std::vector<std::string_view> parts;
  for (text = strip_space(text, true, false); !text.empty();
       text = strip_space(text, true, false)) {
    if (!take_one(count)) {
      parts.push_back(text);
      break;
    }
    std::size_t end = 0;
    while (end < text.size() && !is_python_space(character_at(text, end).code)) {
      end += character_at(text, end).size;
    }
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return parts;
}

std::vector<std::string_view> python_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = line_end_size(text, i);
    if (end > 0) lines.push_back(text.substr(start, i - start));
    i += end > 0 ? end : character_at(text, i).size;
    if (end > 0) start = i;
  }
  if (start < text.size()) lines.push_back(text.substr(start));
  return lines;
}

std::string sliced(std::string_view text, std::int64_t start, std::int64_t stop,
                   std::int64_t step) {
  if (step == 1) {
    if (start >= stop) return {};
    const std::size_t from = character_offset(text, static_cast<std::size_t>(start));
    const std::string_view rest = text.substr(from);
    return std::string(
        rest.substr(0, character_offset(rest, static_cast<std::size_t>(stop - start))));
  }
  std::vector<std::size_t> offsets;
  for (std::size_t i = 0; i < text.size(); i += character_at(text, i).size) offsets.push_back(i);
  std::string out;
  for (std::int64_t i = start; step > 0 ? i < stop : i > stop; i += step) {
    const std::size_t offset = offsets[static_cast<std::size_t>(i)];
    out += text.substr(offset, character_at(text, offset).size);
  }
  return out;
}

}  // namespace gwageo
