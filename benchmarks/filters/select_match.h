// What the filters over patterns share: the element of `re.findall` that `group_select` picks.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "benchmarks/arguments.h"
#include "protocol/regex.h"
#include "protocol/result.h"

namespace gwageo {

/// The element of a list that was picked. `text` is the whole match for a pattern without groups,
/// the group for a pattern with one, else the first of the groups that is not empty, or nothing
/// where all are.
struct SelectedMatch {
  std::optional<std::string_view> text;
};

/// `findall(text)[select]`, from the end where `select` is negative. Nothing where the pattern was
/// not found, or not so often, which ends the harness. Fails as `Regex::find_all` does. The view is
/// one into `text`.
Result<std::optional<SelectedMatch>> select_match(const Regex& regex, std::string_view text,
                                                  std::int64_t select);

/// The argument `group_select`, 0 unless given, in +-1,000,000.
Result<std::int64_t> read_group_select(const Arguments& arguments);

}  // namespace gwageo
