// regex: what a pattern finds in every response.
//
// `findall` gives a list; `group_select` picks one of its elements, from the end where it is
// negative. An element is the whole match for a pattern without groups, the group for a pattern
// with one, else a tuple of all groups, of which the first that is not empty is taken. The result
// is stripped. `fallback` stands in where nothing was found, and for a tuple of empty groups. An
// index beyond the list, which ends the harness, also gives the fallback.
#include "protocol/regex.h"

#include <limits>

#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

class RegexFilter final : public Filter {
 public:
  RegexFilter(Regex regex, std::int64_t select, std::string fallback)
      : regex_(std::move(regex)), select_(select), fallback_(std::move(fallback)) {}

  Result<std::vector<std::string>> apply(std::vector<std::string> responses) const override {
    for (std::string& response : responses) {
      GWAGEO_ASSIGN(answer, extract(response));
      response = std::move(answer);
    }
    return responses;
  }

 private:
  Result<std::string> extract(std::string_view response) const {
    // From the front, later matches cannot matter.
    const std::size_t matches_max = select_ >= 0 ? static_cast<std::size_t>(select_) + 1
                                                 : std::numeric_limits<std::size_t>::max();
    GWAGEO_ASSIGN(matches, regex_.find_all(response, matches_max));
    const auto count = static_cast<std::int64_t>(matches.size());
    const std::int64_t index = select_ >= 0 ? select_ : count + select_;
    if (index < 0 || index >= count) return fallback_;
    const RegexMatch& match = matches[static_cast<std::size_t>(index)];
    if (match.size() <= 2) return std::string(strip_space(match.back(), true, true));
    for (std::size_t i = 1; i < match.size(); ++i) {
      if (!match[i].empty()) return std::string(strip_space(match[i], true, true));
    }
    return std::string(strip_space(fallback_, true, true));
  }

  Regex regex_;
  std::int64_t select_;
  std::string fallback_;
};

}  // namespace

Result<std::unique_ptr<Filter>> make_regex_filter(const Json& arguments) {
  const Arguments read(arguments);
  GWAGEO_TRY(read.only({"regex_pattern", "group_select", "fallback"}));
  GWAGEO_ASSIGN(pattern, read.text("regex_pattern", R"(#### (\-?[0-9\.\,]+))"));
  GWAGEO_ASSIGN(select, read.integer("group_select", 0));
  GWAGEO_ASSIGN(fallback, read.text("fallback", "[invalid]"));
  constexpr std::int64_t select_max = 1'000'000;
  if (select > select_max || select < -select_max) {
    return fail(ErrorKind::bad_input, "argument 'group_select': out of range");
  }
  auto regex = Regex::compile(pattern);
  if (!regex) return fail("argument 'regex_pattern'", std::move(regex).error());
  return std::make_unique<RegexFilter>(std::move(*regex), select, std::move(fallback));
}

}  // namespace gwageo
