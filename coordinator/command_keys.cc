#include "coordinator/command_keys.h"

#include <map>

#include "coordinator/members.h"

namespace gwageo::key_commands {
namespace {

/// A principal as everybody may know it who may ask: public keys, and what became of them.
Json to_json(const Principal& principal) {
  const PrincipalRegistered& registered = principal.registered;
  Json entry;
  entry["principal"] = registered.name;
  entry["role"] = report::to_string(registered.role);
  entry["team"] = registered.team.empty() ? Json(nullptr) : Json(registered.team);
  entry["curve_key"] = to_hex(registered.curve_key);
  entry["sign_key"] = to_hex(registered.sign_key);
  entry["state"] = principal.revoked ? "revoked" : "active";
  entry["since"] = principal.since;
  entry["since_day"] = principal.since_day.empty() ? Json(nullptr) : Json(principal.since_day);
  entry["fingerprint"] = fingerprint(registered.sign_key);
  if (const std::optional<Revocation>& revoked = principal.revoked) {
    entry["revoked"] = Json::Object{
        {"record", revoked->record},
        {"day", revoked->day.empty() ? Json(nullptr) : Json(revoked->day)},
        {"reason", revoked->reason},
        {"by", revoked->principal},
    };
  }
  return entry;
}

Json with_history(const Principal& principal) {
  Json entry = to_json(principal);
  entry["former"] = Json::array();
  for (const FormerKeys& keys : principal.former) {
    entry["former"].push_back(Json::Object{{"curve_key", to_hex(keys.curve_key)},
                                           {"sign_key", to_hex(keys.sign_key)},
                                           {"fingerprint", fingerprint(keys.sign_key)},
                                           {"since", keys.since},
                                           {"until", keys.until}});
  }
  return entry;
}

// Operators and, where they only look, auditors are concerned with everybody's keys.
Status check_own_key(const CommandRequest& r, const std::string& name, bool looks,
                     const std::string& does) {
  const Role role = r.principal.role;
  if (name == r.principal.name || role == Role::operator_) return {};
  if (looks && role == Role::auditor) return {};
  return fail(ErrorKind::not_allowed, "the key of " + r.principal.name + ", of role " +
                                          std::string(report::to_string(role)) + ", " + does +
                                          " its own key only, not that of " + name);
}

}  // namespace

CommandOutcome add(const CommandRequest& r) {
  Members in(r.body);
  static const std::map<std::string, Role> roles = {{"operator", Role::operator_},
                                                    {"team", Role::team},
                                                    {"auditor", Role::auditor},
                                                    {"worker", Role::worker}};
  PrincipalRegistered added;
  added.name = in.name("name");
  const std::string role = in.text("role");
  added.team = in.name_or("team", "");
  added.curve_key = in.digest("curve_key");
  added.sign_key = in.digest("sign_key");
  if (const Status status = in.status(); !status) return refusal(status.error());
  const auto known = roles.find(role);
  if (known == roles.end()) return bad_request("`role` must be operator, team, auditor or worker");
  added.role = known->second;
  if (added.role == Role::team && added.team.empty()) added.team = added.name;
  if (added.role != Role::team && !added.team.empty())
    return bad_request("`team` is for the role team only");
  return Event{Proposed{r.client, std::move(added)}};
}

CommandOutcome rotate(const CommandRequest& r) {
  Members in(r.body);
  PrincipalRotated rotated;
  rotated.name = in.name("name");
  rotated.curve_key = in.digest("curve_key");
  rotated.sign_key = in.digest("sign_key");
  rotated.reason = in.words("reason");
  rotated.principal = r.principal.name;
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (const Status own = check_own_key(r, rotated.name, false, "rotates"); !own) {
    return refusal(own.error());
  }
  return Event{Proposed{r.client, std::move(rotated)}};
}

CommandOutcome revoke(const CommandRequest& r) {
  Members in(r.body);
  PrincipalRevoked revoked;
  revoked.name = in.name("name");
  revoked.reason = in.words("reason");
  revoked.principal = r.principal.name;
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (revoked.reason.empty()) return bad_request("`reason` must say why, in words");
  return Event{Proposed{r.client, std::move(revoked)}};
}

CommandOutcome list(const CommandRequest& r) {
  if (const Status status = Members(r.body).status(); !status) return refusal(status.error());
  Answered answer;
  answer.body["principals"] = Json::array();
  for (const auto& [name, principal] : r.state().principals()) {
    answer.body["principals"].push_back(to_json(principal));
  }
  return answer;
}

CommandOutcome show(const CommandRequest& r) {
  Members in(r.body);
  const std::string name = in.name_or("name", r.principal.name);
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (const Status own = check_own_key(r, name, true, "looks at"); !own)
    return refusal(own.error());
  const auto found = r.state().principals().find(name);
  if (found == r.state().principals().end()) {
    return refusal({ErrorKind::not_found, "no principal is named " + name + " (gwageo keys list)"});
  }
  Answered answer;
  answer.body = with_history(found->second);
  return answer;
}

}  // namespace gwageo::key_commands
