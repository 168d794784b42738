// regex: what a pattern finds in every response (select_match.h), stripped. `fallback` stands in
// where nothing was found, and, stripped, for a match of groups that are all empty.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "benchmarks/filters/select_match.h"
#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

class RegexFilter final : public Filter {
 public:
  RegexFilter(Regex regex, std::int64_t select, std::string fallback)
      : regex_(std::move(regex)), select_(select), fallback_(std::move(fallback)) {}

  Result<Json> apply(Json responses, const Reference&) const override {
    GWAGEO_ASSIGN(elements, elements_of(std::move(responses), "regex"));
    for (Json& element : elements) {
      GWAGEO_ASSIGN(answer, extract(element.is_string() ? element.as_string() : std::string()));
      element = std::move(answer);
    }
    return Json(std::move(elements));
  }

 private:
  Result<std::string> extract(const std::string& response) const {
    GWAGEO_ASSIGN(found, select_match(regex_, response, select_));
    if (!found) return fallback_;
    const std::string_view text = found->text.value_or(fallback_);
    return std::string(strip_space(text, true, true));
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
  GWAGEO_ASSIGN(select, read_group_select(read));
  GWAGEO_ASSIGN(fallback, read.text("fallback", "[invalid]"));
  auto regex = Regex::compile(pattern);
  if (!regex) return fail("argument 'regex_pattern'", std::move(regex).error());
  return std::make_unique<RegexFilter>(std::move(*regex), select, std::move(fallback));
}

}  // namespace gwageo
