#include "benchmarks/metrics/answer_match.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "benchmarks/letter_case.h"
#include "benchmarks/python_text.h"
#include "protocol/ascii.h"

namespace gwageo {
namespace {

/// Python's `string.punctuation`.
bool is_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

/// Python's int(text) or float(text), for plain decimal digits; nothing for anything else.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
  std::string_view digits = strip_space(text, true, true);
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

void drop_last_nuls(std::string& text) { text.erase(text.find_last_not_of('\0') + 1); }

/// The elements of a list of any depth, as texts; whether any of them is one.
bool flatten(const Json::Array& list, std::vector<std::string>& out) {
  bool has_text = false;
  for (const Json& element : list) {
    if (element.is_array()) {
      has_text = flatten(element.as_array(), out) || has_text;
    } else {
      has_text = has_text || element.is_string();
      out.push_back(python_text(element));
    }
  }
  return has_text;
}

}  // namespace

Result<AnswerMatch> AnswerMatch::create(const Arguments& arguments) {
  AnswerMatch out;
  GWAGEO_ASSIGN(ignored, arguments.regexes("regexes_to_ignore"));
  GWAGEO_ASSIGN(ignore_case, arguments.boolean("ignore_case", false));
  GWAGEO_ASSIGN(ignore_punctuation, arguments.boolean("ignore_punctuation", false));
  GWAGEO_ASSIGN(ignore_numbers, arguments.boolean("ignore_numbers", false));
  out.ignored_ = std::move(ignored);
  out.ignore_case_ = ignore_case;
  out.ignore_punctuation_ = ignore_punctuation;
  out.ignore_numbers_ = ignore_numbers;
  return out;
}

Status AnswerMatch::normalise(std::vector<std::string>& texts) const {
  for (std::string& text : texts) {
    for (const Regex& regex : ignored_) {
      GWAGEO_ASSIGN(kept, regex.replace_all(text, ""));
      text = std::move(kept);
    }
    drop_last_nuls(text);
  }
  if (ignore_case_) {
    std::size_t width = 1;
    for (const std::string& text : texts) width = std::max(width, character_count(text));
    for (std::string& text : texts) {
      text = python_lower(text);
      if (character_count(text) > width) text.resize(character_offset(text, width));
    }
  }
  for (std::string& text : texts) {
    if (ignore_punctuation_) std::erase_if(text, is_punctuation);
    if (ignore_numbers_) std::erase_if(text, is_digit);
    drop_last_nuls(text);
  }
  return {};
}

Result<double> AnswerMatch::share(const Json& answer, const Reference& reference) const {
  const std::vector<std::string>& targets = reference.targets;
  if (answer.is_string()) return share_of_text(answer.as_string(), targets);
  if (answer.is_array()) return share_of_list(answer.as_array(), targets);
  if (targets.size() != 1) return 0.0;
  if (answer.is_bool()) return answer.as_bool() == !targets[0].empty() ? 1.0 : 0.0;
  if (answer.is_integer()) {
    return number_in<std::int64_t>(targets[0]) == answer.as_integer() ? 1.0 : 0.0;
  }
  if (answer.is_number()) return number_in<double>(targets[0]) == answer.as_double() ? 1.0 : 0.0;
  return 0.0;
}

Result<double> AnswerMatch::share_of_text(const std::string& text,
                                          std::vector<std::string> targets) const {
  std::vector<std::string> answer{text};
  GWAGEO_TRY(normalise(answer));
  GWAGEO_TRY(normalise(targets));
  return std::find(targets.begin(), targets.end(), answer.front()) != targets.end() ? 1.0 : 0.0;
}

// numpy compares the list with the targets element by element, a single one on either side with all
// of the other's; the figure is the share that is equal, or with several targets whether any is.
Result<double> AnswerMatch::share_of_list(const Json::Array& answers,
                                          std::vector<std::string> targets) const {
  std::vector<std::string> said;
  if (!flatten(answers, said) || targets.empty()) return 0.0;
  GWAGEO_TRY(normalise(said));
  GWAGEO_TRY(normalise(targets));
  const bool is_spread = said.size() == 1 || targets.size() == 1;
  if (!is_spread && said.size() != targets.size()) return 0.0;
  std::size_t equal = 0;
  const std::size_t pairs = std::max(said.size(), targets.size());
  for (std::size_t i = 0; i < pairs; ++i) {
    const std::string& one = said[said.size() == 1 ? 0 : i];
    if (one == targets[targets.size() == 1 ? 0 : i]) ++equal;
  }
  if (targets.size() > 1) return equal > 0 ? 1.0 : 0.0;
  return static_cast<double>(equal) / static_cast<double>(pairs);
}

}  // namespace gwageo
