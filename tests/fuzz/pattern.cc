// A regular expression of a task file, and a model's answer.
#include "protocol/check.h"
#include "protocol/json.h"
#include "protocol/regex.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_pattern(std::string_view input) {
  const std::vector<std::string_view> parts = parts_of(input, 2);
  const Result<Regex> pattern = Regex::compile(parts[0]);
  if (pattern) {
    // One of them: either may do all the work that is borne, and that is most of an input's time.
    if (parts[1].size() % 2 == 1 && is_utf8(parts[1])) {
      (void)pattern->replace_all(parts[1], "-");
      return;
    }
    const auto matches = pattern->find_all(parts[1], 64);
    if (!matches) return;
    for (const RegexMatch& match : *matches) {
      GWAGEO_CHECK(match.size() == pattern->group_count() + 1);
    }
    return;
  }
  const Result<Regex> unicode = Regex::compile_unicode(parts[0]);
  if (unicode) (void)unicode->find_all(parts[1], 64);
}

}  // namespace

const Target pattern_target = {"pattern", run_pattern};

}  // namespace gwageo::fuzz
