#include "worker/text_steps.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "worker/utf8_text.h"

namespace gwageo {
namespace {

// UTF-8 of a character below U+0800.
std::string utf8(unsigned character) {
  if (character < 0x80) return {static_cast<char>(character)};
  return {static_cast<char>(0xc0 | character >> 6), static_cast<char>(0x80 | (character & 0x3f))};
}

const std::array<std::string, 256>& byte_characters() {
  static const std::array<std::string, 256> characters = [] {
    std::array<std::string, 256> made;
    unsigned next = 256;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool is_visible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte != 0xad);
      made[byte] = utf8(is_visible ? byte : next++);
    }
    return made;
  }();
  return characters;
}

Result<std::vector<std::string>> cut_word(const SplitStep& step, std::string word, bool) {
  std::vector<std::string> words;
  GWAGEO_ASSIGN(matches, step.pattern->find_all(word));
  const auto offset_of = [&](std::string_view view) {
    return static_cast<std::size_t>(view.data() - word.data());
  };
  std::size_t at = 0;
  for (const RegexMatch& match : matches) {
    const std::string_view found = match.front();
    if (found.empty()) continue;
    const std::size_t begin = offset_of(found);
    if (begin > at && !step.only_matches) words.push_back(word.substr(at, begin - at));
    words.emplace_back(found);
    at = begin + found.size();
  }
  if (at < word.size() && !step.only_matches) words.push_back(word.substr(at));
  return words;
}

Result<std::vector<std::string>> cut_word(const MarkSpacesStep& step, std::string word,
                                          bool begins) {
  using Prepend = MarkSpacesStep::Prepend;
  word = replaced(word, " ", step.mark);
  const bool prepends =
      step.prepend == Prepend::always || (step.prepend == Prepend::first && begins);
  if (prepends && !word.starts_with(step.mark)) word = step.mark + word;
  if (!step.cuts) return std::vector<std::string>{std::move(word)};
  std::vector<std::string> words;
  for (std::size_t at = 0; at < word.size();) {
    const bool begins_with_mark = word.compare(at, step.mark.size(), step.mark) == 0;
    const std::size_t next = word.find(step.mark, at + (begins_with_mark ? step.mark.size() : 1));
    const std::size_t end = std::min(next, word.size());
    words.push_back(word.substr(at, end - at));
    at = end;
  }
  return words;
}

Result<std::vector<std::string>> cut_word(const PutSpaceStep&, std::string word, bool) {
  if (!word.starts_with(' ')) word.insert(word.begin(), ' ');
  return std::vector<std::string>{std::move(word)};
}

Result<std::vector<std::string>> cut_word(const BytesStep&, std::string word, bool) {
  std::string characters;
  for (const char c : word) characters += byte_characters()[static_cast<unsigned char>(c)];
  return std::vector<std::string>{std::move(characters)};
}

}  // namespace

const std::string_view gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

std::string rewrite(std::string text, const std::vector<RewriteStep>& steps) {
  for (const RewriteStep& step : steps) {
    if (const auto* const prepend = std::get_if<PrependStep>(&step)) {
      if (!text.empty()) text = prepend->text + text;
    } else if (const auto* const replace = std::get_if<ReplaceStep>(&step)) {
      text = replaced(text, replace->from, replace->to);
    }
  }
  return text;
}

Result<std::vector<std::string>> cut(std::string text, const std::vector<CutStep>& steps,
                                     bool begins) {
  std::vector<std::string> words;
  if (!text.empty()) words.push_back(std::move(text));
  for (const CutStep& step : steps) {
    std::vector<std::string> made;
    for (std::string& word : words) {
      const bool is_first = begins && &word == &words.front();
      GWAGEO_ASSIGN(
          parts,
          std::visit([&](const auto& each) { return cut_word(each, std::move(word), is_first); },
                     step));
      for (std::string& part : parts) made.push_back(std::move(part));
    }
    words = std::move(made);
  }
  return words;
}

std::string byte_character(std::uint8_t byte) { return byte_characters()[byte]; }

std::string bytes_of_characters(std::string_view text) {
  static const std::map<std::string, char, std::less<>> bytes = [] {
    std::map<std::string, char, std::less<>> made;
    for (std::size_t i = 0; i < 256; ++i) made[byte_characters()[i]] = static_cast<char>(i);
    return made;
  }();
  std::string out;
  while (!text.empty()) {
    const std::string_view character = text.substr(0, character_bytes(text));
    const auto found = bytes.find(character);
    if (found == bytes.end()) {
      out += character;
    } else {
      out.push_back(found->second);
    }
    text.remove_prefix(character.size());
  }
  return out;
}

}  // namespace gwageo
