#include "worker/openai_alignment.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace gwageo {
namespace {

/// A token that is a piece of a character: servers write the replacement character or its bytes.
bool is_partial(std::string_view token) {
  return token.find("\xEF\xBF\xBD") != std::string_view::npos || token.starts_with("bytes:");
}

/// A prompt in code points.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text) : text_(text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) starts_.push_back(i);
    }
  }
  std::size_t size() const { return starts_.size(); }
  /// Whether `part` stands at that code point.
  bool has(std::size_t place, std::string_view part) const {
    if (place > starts_.size()) return false;
    const std::size_t byte = place == starts_.size() ? text_.size() : starts_[place];
    return text_.substr(byte, part.size()) == part;
  }
  std::string_view from(std::size_t place) const {
    return place >= starts_.size() ? std::string_view() : text_.substr(starts_[place], 24);
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

using Texts = std::vector<std::string>;

tl::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorKind::corrupt, std::move(message));
}

// The answer lacks something: corrupt. It has all and does not fit the text: bad_input.
Result<Texts> texts_of(const TokenLists& lists) {
  if (lists.tokens == nullptr) {
    return corrupt("the server's answer has no " + logprobs_field + ".tokens");
  }
  if (lists.tokens->size() != lists.numbers->size()) {
    return corrupt(logprobs_field + ".token_logprobs has " + std::to_string(lists.numbers->size()) +
                   " entries, not " + std::to_string(lists.tokens->size()) + " as tokens");
  }
  Texts texts;
  for (const Json& token : *lists.tokens) {
    if (!token.is_string())
      return corrupt(place_in(logprobs_field + ".tokens", texts.size()) + " is no text");
    texts.push_back(token.as_string());
  }
  return texts;
}

// text_offset as numbers, if it is usable at all.
std::optional<std::vector<std::size_t>> offsets_of(const TokenLists& lists, std::size_t size) {
  if (lists.offsets == nullptr || lists.offsets->size() != size) return std::nullopt;
  std::vector<std::size_t> offsets;
  for (const Json& offset : *lists.offsets) {
    if (!offset.is_integer() || offset.as_integer() < 0) return std::nullopt;
    offsets.push_back(static_cast<std::size_t>(offset.as_integer()));
    if (offsets.size() > 1 && offsets.back() < offsets[offsets.size() - 2]) return std::nullopt;
  }
  return offsets;
}

std::vector<std::size_t> begins_by_text(const Texts& texts) {
  std::vector<std::size_t> begins;
  std::size_t place = 0;
  for (const std::string& text : texts) {
    begins.push_back(place);
    place += count_code_points(text);
  }
  return begins;
}

// Sees a token for the beginning of the text, and a space that is not in the prompt.
void strip_beginning(const CodePoints& prompt, const TokenLists& lists, Texts& texts,
                     Alignment& alignment, std::vector<std::size_t>* offsets) {
  if (texts.size() < 2 || (prompt.has(0, texts[0]) && !texts[0].empty())) return;
  const bool is_space = texts[0].starts_with(' ') && texts[0].size() > 1 &&
                        prompt.has(0, std::string_view(texts[0]).substr(1));
  if (is_space) {
    texts[0].erase(0, 1);
    if (offsets == nullptr) return;
    for (std::size_t i = 1; i < offsets->size(); ++i) {
      if ((*offsets)[i] > 0) --(*offsets)[i];
    }
    return;
  }
  if (!lists.numbers->front().is_null()) return;
  texts[0].clear();
  alignment.first = 1;
  if (offsets == nullptr) return;
  const std::size_t shift = (*offsets)[1];
  for (std::size_t& offset : *offsets) offset = offset < shift ? 0 : offset - shift;
}

// Whether the pieces of a character share its place; offsets that count pieces do not.
bool is_shared(const std::vector<std::size_t>& begins, std::size_t i) {
  return (i > 0 && begins[i - 1] == begins[i]) ||
         (i + 1 < begins.size() && begins[i + 1] == begins[i]);
}

// Verifies token by token; the first one after the prompt.
Result<std::size_t> verify(const CodePoints& prompt, const Texts& texts,
                           const Alignment& alignment) {
  const std::vector<std::size_t>& begins = alignment.begins;
  std::size_t i = alignment.first;
  std::size_t covered = 0;
  for (; i < texts.size() && begins[i] < prompt.size(); ++i) {
    const std::size_t own_end = begins[i] + count_code_points(texts[i]);
    covered = i + 1 < texts.size() ? begins[i + 1] : own_end;
    const bool fits = is_partial(texts[i]) ? is_shared(begins, i)
                                           : prompt.has(begins[i], texts[i]) && covered == own_end;
    if (fits) continue;
    return fail(ErrorKind::bad_input,
                place_in(logprobs_field + ".tokens", i) + " is \"" + texts[i] +
                    "\" where the prompt has \"" + std::string(prompt.from(begins[i])) +
                    "\": its log-probabilities cannot be matched with the text");
  }
  if (covered < prompt.size()) {
    return corrupt(logprobs_field + ".tokens ends after " + std::to_string(covered) + " of the " +
                   std::to_string(prompt.size()) + " characters of the prompt");
  }
  return i;
}

}  // namespace

std::string place_in(const std::string& field, std::size_t index) {
  return field + "[" + std::to_string(index) + "]";
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Result<Alignment> align_tokens(std::string_view prompt, const TokenLists& lists) {
  GWAGEO_ASSIGN(texts, texts_of(lists));
  const CodePoints points(prompt);
  Alignment alignment;
  std::optional<std::vector<std::size_t>> offsets = offsets_of(lists, texts.size());
  strip_beginning(points, lists, texts, alignment, offsets ? &*offsets : nullptr);
  alignment.begins = begins_by_text(texts);
  alignment.has_offsets = offsets && *offsets == alignment.begins;
  if (std::ranges::any_of(texts, is_partial)) {
    if (!offsets) {
      return fail(ErrorKind::bad_input,
                  logprobs_field +
                      ".tokens splits a character, and there is no usable text_offset "
                      "to tell where");
    }
    alignment.begins = *offsets;
  }
  GWAGEO_ASSIGN(end, verify(points, texts, alignment));
  alignment.end = end;
  return alignment;
}

}  // namespace gwageo
