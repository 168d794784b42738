#include "coordinator/key_rules.h"

#include <algorithm>

namespace gwageo {
namespace {

tl::unexpected<Error> refuse_key(std::string why) {
  return fail(ErrorKind::bad_input, std::move(why));
}

std::string at_record(std::uint64_t record) { return "record " + std::to_string(record); }

// Neither key may be anybody's, or have been: what was signed with it would be two people's.
Status check_unused(const State& state, const Digest& curve_key, const Digest& sign_key) {
  for (const auto& [name, principal] : state.principals()) {
    const PrincipalRegistered& now = principal.registered;
    const bool is_known = now.curve_key == curve_key || now.sign_key == sign_key;
    if (is_known) {
      return refuse_key("the key " +
                        fingerprint(now.curve_key == curve_key ? curve_key : sign_key) +
                        " belongs to principal " + name + " since " + at_record(principal.since) +
                        ": make a new one");
    }
    for (const FormerKeys& keys : principal.former) {
      if (keys.curve_key != curve_key && keys.sign_key != sign_key) continue;
      return refuse_key("the key " +
                        fingerprint(keys.curve_key == curve_key ? curve_key : sign_key) +
                        " was principal " + name + "'s until " + at_record(keys.until) +
                        ", and a key that ended never counts again: make a new one");
    }
  }
  return {};
}

/// The principal, if it has a key that counts.
Result<const Principal*> with_key(const State& state, const std::string& name) {
  const auto found = state.principals().find(name);
  if (found == state.principals().end()) {
    return refuse_key("no principal is named " + name + " (gwageo keys list)");
  }
  if (found->second.revoked) {
    return refuse_key("the key of " + name + " was revoked at " +
                      at_record(found->second.revoked->record) +
                      ", for good: register a principal of another name (gwageo keys new)");
  }
  return &found->second;
}

}  // namespace

Status check_keys(const State& state, const PrincipalRegistered& added) {
  const auto found = state.principals().find(added.name);
  if (found != state.principals().end()) {
    const Principal& known = found->second;
    if (known.revoked) {
      return refuse_key("a principal named " + added.name + " was revoked at " +
                        at_record(known.revoked->record) +
                        ", and a name is never used again: choose another");
    }
    return refuse_key("a principal named " + added.name + " exists since " +
                      at_record(known.since) + "; its key is replaced by `gwageo keys rotate " +
                      added.name + "`");
  }
  return check_unused(state, added.curve_key, added.sign_key);
}

Status check_keys(const State& state, const PrincipalRotated& rotated) {
  GWAGEO_TRY(with_key(state, rotated.name));
  return check_unused(state, rotated.curve_key, rotated.sign_key);
}

Status check_keys(const State& state, const PrincipalRevoked& revoked) {
  GWAGEO_ASSIGN(principal, with_key(state, revoked.name));
  if (principal->registered.role != Role::operator_) return {};
  const bool is_another =
      std::any_of(state.principals().begin(), state.principals().end(), [&](const auto& entry) {
        const auto& [name, other] = entry;
        return name != revoked.name && !other.revoked && other.registered.role == Role::operator_;
      });
  if (is_another) return {};
  return refuse_key(
      revoked.name +
      " is the only operator whose key counts, and without one nobody could register a "
      "key again: register another operator first (gwageo keys new operator NAME), or "
      "replace the key (gwageo keys rotate " +
      revoked.name + ")");
}

bool is_on_record(const State& state, const PrincipalRegistered& added) {
  const auto found = state.principals().find(added.name);
  return found != state.principals().end() && !found->second.revoked &&
         found->second.registered == added;
}

bool is_on_record(const State& state, const PrincipalRotated& rotated) {
  const auto found = state.principals().find(rotated.name);
  if (found == state.principals().end() || found->second.revoked) return false;
  const PrincipalRegistered& now = found->second.registered;
  return now.curve_key == rotated.curve_key && now.sign_key == rotated.sign_key;
}

bool is_on_record(const State& state, const PrincipalRevoked& revoked) {
  const auto found = state.principals().find(revoked.name);
  return found != state.principals().end() && found->second.revoked.has_value();
}

}  // namespace gwageo
