// multi_choice_regex: the letter of the choice that a response names, as "(A)". Three ways are
// tried, and the first that finds something is the answer; else `fallback` is.
//
//   1. `regex_pattern` on the response as it is.
//   2. The text of a choice, in the response. Both are changed first: what `regexes_to_ignore`
//      match is taken out, then case (`ignore_case`), then all of Unicode's punctuation
//      (`ignore_punctuation`). A choice's letter is its place; of equal choices the last one's.
//   3. A letter after a colon, as in ": B".
//
// In each, `group_select` picks among what was found. The choices are those of the row.
#include <algorithm>
#include <optional>

#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "benchmarks/filters/select_match.h"
#include "benchmarks/letter_case.h"
#include "benchmarks/python_text.h"
#include "protocol/regex.h"

namespace gwageo {
namespace {

constexpr std::size_t lettered_choices_max =
    26;  // The harness's own pattern ends to compile after Z.

struct Ignored {
  std::vector<Regex> regexes;
  bool letter_case = false;
  bool punctuation = false;

  Result<std::string> taken_out(std::string_view from) const {
    std::string text(from);
    for (const Regex& regex : regexes) {
      GWAGEO_ASSIGN(kept, regex.replace_all(text, ""));
      text = std::move(kept);
    }
    if (letter_case) text = python_lower(text);
    if (punctuation) text = without_punctuation(text);
    return text;
  }
};

std::string letter_in_brackets(std::size_t choice) {
  return {'(', static_cast<char>('A' + choice), ')'};
}

/// `findall("text0|text1|...")`: at each place the first of the texts that stands there.
std::vector<std::string> find_texts(const std::vector<std::string>& texts, std::string_view in) {
  std::vector<std::string> found;
  bool after_empty = false;  // An empty match may not follow another one at the same place.
  for (std::size_t at = 0; at <= in.size();) {
    const auto stands_here = [&](const std::string& text) {
      return in.substr(at).starts_with(text) && !(text.empty() && after_empty);
    };
    const auto text = std::find_if(texts.begin(), texts.end(), stands_here);
    if (text == texts.end()) {
      at += at < in.size() ? character_at(in, at).size : 1;
      after_empty = false;
      continue;
    }
    found.push_back(*text);
    at += text->size();
    after_empty = text->empty();
  }
  return found;
}

/// `findall(":[\s]*(A|B|...)")` for so many letters.
std::vector<std::string> find_letters(std::size_t choices, std::string_view in) {
  std::vector<std::string> found;
  for (std::size_t at = in.find(':'); at != in.npos; at = in.find(':', at + 1)) {
    const std::string_view rest = strip_space(in.substr(at + 1), true, false);
    if (rest.empty() || rest[0] < 'A' || rest[0] >= static_cast<char>('A' + choices)) continue;
    found.emplace_back(1, rest[0]);
  }
  return found;
}

class MultiChoiceRegexFilter final : public Filter {
 public:
  MultiChoiceRegexFilter(Regex regex, std::int64_t select, std::string fallback, Ignored ignored)
      : regex_(std::move(regex)),
        select_(select),
        fallback_(std::move(fallback)),
        ignored_(std::move(ignored)) {}

  Result<Json> apply(Json responses, const Reference& reference) const override {
    std::vector<std::string> choices;
    for (const std::string& choice : reference.choices) {
      GWAGEO_ASSIGN(text, ignored_.taken_out(strip_space(choice, true, true)));
      choices.push_back(std::move(text));
    }
    if (choices.empty() || choices.size() > lettered_choices_max) {
      return fail(ErrorKind::bad_input, "filter 'multi_choice_regex': the item has " +
                                            std::to_string(choices.size()) + " choices, not 1 to " +
                                            std::to_string(lettered_choices_max));
    }
    GWAGEO_ASSIGN(elements, elements_of(std::move(responses), "multi_choice_regex"));
    for (Json& element : elements) {
      const std::string text = element.is_string() ? element.as_string() : std::string();
      GWAGEO_ASSIGN(answer, extract(text, choices));
      element = Json(answer.empty() ? fallback_ : std::move(answer));
    }
    return Json(std::move(elements));
  }

 private:
  /// Empty where nothing was found.
  Result<std::string> extract(const std::string& response,
                              const std::vector<std::string>& choices) const {
    GWAGEO_ASSIGN(match, select_match(regex_, response, select_));
    if (match) {
      std::string text(strip_space(match->text.value_or(""), true, true));
      if (!text.empty()) return text;
    }
    GWAGEO_ASSIGN(ignoring, ignored_.taken_out(response));
    std::string text = selected(find_texts(choices, ignoring));
    const auto choice = std::find(choices.rbegin(), choices.rend(), text);
    if (!text.empty()) {
      if (choice == choices.rend()) return text;
      return letter_in_brackets(static_cast<std::size_t>(choices.rend() - choice) - 1);
    }
    text = selected(find_letters(choices.size(), response));
    return text.empty() ? text : "(" + text + ")";
  }

  std::string selected(const std::vector<std::string>& found) const {
    const auto count = static_cast<std::int64_t>(found.size());
    const std::int64_t index = select_ >= 0 ? select_ : count + select_;
    if (index < 0 || index >= count) return {};
    return std::string(strip_space(found[static_cast<std::size_t>(index)], true, true));
  }

  Regex regex_;
  std::int64_t select_;
  std::string fallback_;
  Ignored ignored_;
};

}  // namespace

Result<std::unique_ptr<Filter>> make_multi_choice_regex_filter(const Json& arguments) {
  const Arguments read(arguments);
  GWAGEO_TRY(read.only({"regex_pattern", "group_select", "fallback", "ignore_case",
                        "ignore_punctuation", "regexes_to_ignore"}));
  GWAGEO_ASSIGN(pattern, read.text("regex_pattern", R"(#### (\-?[0-9\.\,]+))"));
  GWAGEO_ASSIGN(select, read_group_select(read));
  GWAGEO_ASSIGN(fallback, read.text("fallback", "[invalid]"));
  GWAGEO_ASSIGN(ignore_case, read.boolean("ignore_case", false));
  GWAGEO_ASSIGN(ignore_punctuation, read.boolean("ignore_punctuation", false));
  GWAGEO_ASSIGN(regexes, read.regexes("regexes_to_ignore"));
  auto regex = Regex::compile(pattern);
  if (!regex) return fail("argument 'regex_pattern'", std::move(regex).error());
  Ignored ignored{std::move(regexes), ignore_case, ignore_punctuation};
  return std::make_unique<MultiChoiceRegexFilter>(std::move(*regex), select, std::move(fallback),
                                                  std::move(ignored));
}

}  // namespace gwageo
