#include "benchmarks/filters/select_match.h"

#include <limits>

namespace gwageo {

Result<std::optional<SelectedMatch>> select_match(const Regex& regex, std::string_view text,
                                                  std::int64_t select) {
  // From the front, later matches cannot matter.
  const std::size_t matches_max =
      select >= 0 ? static_cast<std::size_t>(select) + 1 : std::numeric_limits<std::size_t>::max();
  GWAGEO_ASSIGN(matches, regex.find_all(text, matches_max));
  const auto count = static_cast<std::int64_t>(matches.size());
  const std::int64_t index = select >= 0 ? select : count + select;
  if (index < 0 || index >= count) return std::optional<SelectedMatch>();
  const RegexMatch& match = matches[static_cast<std::size_t>(index)];
  SelectedMatch out;
  if (match.size() <= 2) {
    out.text = match.back();
    return std::optional(out);
  }
  for (std::size_t i = 1; i < match.size() && !out.text; ++i) {
    if (!match[i].empty()) out.text = match[i];
  }
  return std::optional(out);
}

Result<std::int64_t> read_group_select(const Arguments& arguments) {
  constexpr std::int64_t select_max = 1'000'000;
  GWAGEO_ASSIGN(select, arguments.integer("group_select", 0));
  if (select > select_max || select < -select_max) {
    return fail(ErrorKind::bad_input, "argument 'group_select': out of range");
  }
  return select;
}

}  // namespace gwageo
