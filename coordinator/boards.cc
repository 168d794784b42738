#include "coordinator/boards.h"

#include <algorithm>

namespace gwageo {
namespace {

std::string name_of(const ClaimsImported& claims) {
  return "board " + claims.board + (claims.release.empty() ? "" : "@" + claims.release);
}

Status check_correction(const ClaimsImported& before, const ClaimsImported& claims) {
  if (claims.seen < before.seen) {
    return fail(ErrorKind::bad_input, name_of(claims) + " is known as it was seen on " +
                                          before.seen + ": a state of " + claims.seen +
                                          " cannot follow it; import in order of days");
  }
  if (!claims.reason.empty()) return {};
  return fail(ErrorKind::bad_input,
              name_of(claims) + " was imported before, as seen on " + before.seen +
                  ", and this is another table (cells: " + std::to_string(claims.added) +
                  " added, " + std::to_string(claims.removed) + " removed, " +
                  std::to_string(claims.restated) +
                  " restated): say why (--reason TEXT); both versions stay");
}

}  // namespace

const ClaimsImported* board_on(const BoardImports& imports,
                               const std::optional<std::string>& release, const std::string& day) {
  const ClaimsImported* found = nullptr;
  for (const ClaimsImported& claims : imports) {
    if (day < claims.seen || (release && *release != claims.release)) continue;
    if (found == nullptr || found->release <= claims.release) found = &claims;
  }
  return found;
}

const ClaimsImported* newest_import(const BoardImports& imports, const std::string& release) {
  for (auto claims = imports.rbegin(); claims != imports.rend(); ++claims) {
    if (claims->release == release) return &*claims;
  }
  return nullptr;
}

std::map<std::string, Date> first_seen(const BoardImports& imports) {
  std::map<std::string, Date> days;
  for (const ClaimsImported& claims : imports) {
    const std::optional<Date> day = parse_date(claims.seen);
    if (!day) continue;
    for (const std::string& model : claims.first_seen) {
      Date& first = days.emplace(model, *day).first->second;
      first = std::min(first, *day);
    }
  }
  return days;
}

std::optional<ClaimsInput> claims_on(const State& state, const Target& policy,
                                     const std::string& day) {
  const auto board = state.boards().find(policy.board);
  if (board == state.boards().end()) return std::nullopt;
  const ClaimsImported* const found = board_on(board->second, policy.board_release, day);
  if (found == nullptr) return std::nullopt;
  return ClaimsInput{*found, first_seen(board->second)};
}

Status check_import(const State& state, const ClaimsImported& claims) {
  if (state.day() < claims.seen) {
    return fail(ErrorKind::bad_input,
                "`seen`: " + claims.seen + " has not begun yet (today is " + state.day() + ")");
  }
  const auto known = state.boards().find(claims.board);
  if (known == state.boards().end()) return {};
  const bool has_releases = !known->second.front().release.empty();
  if (has_releases != !claims.release.empty()) {
    return fail(ErrorKind::bad_input,
                "board " + claims.board +
                    (has_releases ? " has releases: name the table's (--release YYYY-MM-DD)"
                                  : " has no releases: leave --release out"));
  }
  const ClaimsImported* const before = newest_import(known->second, claims.release);
  return before == nullptr ? Status() : check_correction(*before, claims);
}

}  // namespace gwageo
