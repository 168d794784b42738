// regex_pos: the part-of-speech tags of a response that lists ('word', 'TAG') pairs: the answer is
// the list of the tags. `fallback`, ["invalid"] unless given, stands in where there is no pair. The
// harness takes `regex_pattern` and `group_select` too, and uses neither.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "benchmarks/filters/select_match.h"
#include "protocol/check.h"
#include "protocol/regex.h"

namespace gwageo {
namespace {

Regex pair_pattern() {
  Result<Regex> regex = Regex::compile(R"(\('([^']*)', '([^']*)'\))");
  GWAGEO_CHECK(regex.has_value());
  return *std::move(regex);
}

class RegexPosFilter final : public Filter {
 public:
  explicit RegexPosFilter(Json fallback) : pair_(pair_pattern()), fallback_(std::move(fallback)) {}

  Result<Json> apply(Json responses, const Reference&) const override {
    return change_texts(std::move(responses), "regex_pos",
                        [&](const std::string& text) -> Result<Json> {
                          GWAGEO_ASSIGN(matches, pair_.find_all(text));
                          Json tags = Json::array();
                          for (const RegexMatch& match : matches) tags.push_back(match[2]);
                          return matches.empty() ? fallback_ : tags;
                        });
  }

 private:
  Regex pair_;
  Json fallback_;
};

}  // namespace

Result<std::unique_ptr<Filter>> make_regex_pos_filter(const Json& arguments) {
  const Arguments read(arguments);
  GWAGEO_TRY(read.only({"regex_pattern", "group_select", "fallback"}));
  GWAGEO_ASSIGN(pattern, read.text("regex_pattern", ""));
  if (auto regex = Regex::compile(pattern); !regex) {
    return fail("argument 'regex_pattern'", std::move(regex).error());
  }
  GWAGEO_TRY(read_group_select(read));
  const Json* const fallback = arguments.find("fallback");
  const bool is_given = fallback != nullptr && !fallback->is_null();
  return std::make_unique<RegexPosFilter>(is_given ? *fallback : Json(Json::Array{"invalid"}));
}

}  // namespace gwageo
