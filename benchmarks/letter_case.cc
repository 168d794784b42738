#include "benchmarks/letter_case.h"

#include <algorithm>
#include <span>

#include "benchmarks/letter_case_tables.h"
#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

constexpr char32_t capital_sigma = 0x3A3;
constexpr char32_t small_sigma = 0x3C3;
constexpr char32_t final_sigma = 0x3C2;

// The row whose code or range is the last that does not begin after `code`.
template <class Row>
const Row* row_before(std::span<const Row> rows, char32_t code, char32_t Row::*begin) {
  const auto after = std::upper_bound(rows.begin(), rows.end(), code,
                                      [&](char32_t c, const Row& row) { return c < row.*begin; });
  return after == rows.begin() ? nullptr : &*(after - 1);
}

bool in_ranges(std::span<const CodeRange> ranges, char32_t code) {
  const CodeRange* const row = row_before(ranges, code, &CodeRange::first);
  return row != nullptr && code <= row->last;
}

// Appends what `code` becomes; false where the tables have nothing for it.
bool append_mapped(std::string& out, char32_t code, std::span<const CaseRun> runs,
                   std::span<const CaseSequence> sequences) {
  const CaseSequence* const several = row_before(sequences, code, &CaseSequence::code);
  if (several != nullptr && several->code == code) {
    for (const char32_t to : several->to) {
      if (to != 0) append_character(out, to);
    }
    return true;
  }
  const CaseRun* const run = row_before(runs, code, &CaseRun::first);
  if (run == nullptr || code > run->last || (code - run->first) % run->step != 0) return false;
  append_character(out, static_cast<char32_t>(static_cast<std::int64_t>(code) + run->delta));
  return true;
}

std::size_t character_before(std::string_view text, std::size_t offset) {
  do --offset;
  while (offset > 0 && (static_cast<unsigned char>(text[offset]) & 0xC0u) == 0x80u);
  return offset;
}

// Whether the sigma at `offset` ends a word: a letter before it and none after it, what has no case
// of its own not counted.
bool is_final(std::string_view text, std::size_t offset) {
  bool letter_before = false;
  for (std::size_t i = offset; i > 0;) {
    i = character_before(text, i);
    const char32_t code = character_at(text, i).code;
    if (in_ranges(case_ignorable(), code)) continue;
    letter_before = in_ranges(cased_letters(), code);
    break;
  }
  if (!letter_before) return false;
  for (std::size_t i = offset + character_at(text, offset).size; i < text.size();) {
    const Character c = character_at(text, i);
    if (!in_ranges(case_ignorable(), c.code)) return !in_ranges(cased_letters(), c.code);
    i += c.size;
  }
  return true;
}

void append_lower(std::string& out, std::string_view text, std::size_t offset, Character c) {
  if (c.code < 0x80) {
    out += static_cast<char>(c.code >= 'A' && c.code <= 'Z' ? c.code + 32 : c.code);
  } else if (c.code == capital_sigma) {
    append_character(out, is_final(text, offset) ? final_sigma : small_sigma);
  } else if (!append_mapped(out, c.code, lower_runs(), lower_sequences())) {
    out += text.substr(offset, c.size);
  }
}

void append_upper(std::string& out, std::string_view text, std::size_t offset, Character c) {
  if (c.code < 0x80) {
    out += static_cast<char>(c.code >= 'a' && c.code <= 'z' ? c.code - 32 : c.code);
  } else if (!append_mapped(out, c.code, upper_runs(), upper_sequences())) {
    out += text.substr(offset, c.size);
  }
}

void append_title(std::string& out, std::string_view text, std::size_t offset, Character c) {
  if (append_mapped(out, c.code, title_runs(), title_sequences())) return;
  append_upper(out, text, offset, c);
}

// Calls `append(out, text, offset, character)` for each character.
template <class Append>
std::string mapped(std::string_view text, Append append) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    append(out, text, i, c);
    i += c.size;
  }
  return out;
}

}  // namespace

std::string python_lower(std::string_view text) { return mapped(text, append_lower); }

std::string python_upper(std::string_view text) { return mapped(text, append_upper); }

std::string python_capitalize(std::string_view text) {
  return mapped(text, [](std::string& out, std::string_view all, std::size_t at, Character c) {
    return at == 0 ? append_title(out, all, at, c) : append_lower(out, all, at, c);
  });
}

std::string python_title(std::string_view text) {
  bool in_word = false;
  return mapped(text, [&](std::string& out, std::string_view all, std::size_t at, Character c) {
    in_word ? append_lower(out, all, at, c) : append_title(out, all, at, c);
    in_word = in_ranges(cased_letters(), c.code);
  });
}

}  // namespace gwageo
