// Text as Python sees it, because prompts and targets must come out as the field's harness writes
// them: how values print, what white space is, where characters begin. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/json.h"

namespace gwageo {

/// What Python's `str(value)` gives: strings as they are, None, True, False, [1, 'a'], {'k': 2.0}.
std::string python_text(const Json& value);
/// What Python's `repr(value)` gives: as `python_text`, but strings in quotes.
std::string python_literal(const Json& value);
/// Appends what Python's `repr` gives for a string.
void append_quoted(std::string& out, std::string_view text);
/// What Python's `repr` gives for a finite double: the fewest digits that read back equal.
std::string python_number(double value);

/// One character of UTF-8 text. REQUIRES of the text: it is well-formed.
struct Character {
  char32_t code = 0;
  std::size_t size = 1;  ///< In bytes.
};
/// The character that begins at `offset`. REQUIRES: offset < text.size().
Character character_at(std::string_view text, std::size_t offset);
/// The number of characters.
std::size_t character_count(std::string_view text);
/// The byte offset of character `index`; text.size() for index == character_count(text).
std::size_t character_offset(std::string_view text, std::size_t index);
/// Appends a code point as UTF-8.
void append_character(std::string& out, char32_t code);

/// Whether Python's `str.isspace` holds for the character.
bool is_python_space(char32_t code);
/// `text` without white space at its start, its end, or both.
std::string_view strip_space(std::string_view text, bool left, bool right);

}  // namespace gwageo
