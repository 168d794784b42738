#include "coordinator/command_decisions.h"

#include <algorithm>

#include "coordinator/blobs.h"
#include "coordinator/decisions.h"
#include "coordinator/embargo.h"
#include "coordinator/keys.h"
#include "coordinator/members.h"
#include "coordinator/page.h"
#include "coordinator/programme_rules.h"

namespace gwageo::decisions {
namespace {

/// A row of the store that an audit can still read over the network.
constexpr std::size_t evidence_bytes_max = std::size_t{14} << 20;
static_assert(evidence_bytes_max < page_bytes_max);

/// Operators, and whoever a gate of some target names.
bool may_decide_somewhere(const State& state, const PrincipalRegistered& principal) {
  if (principal.role == Role::operator_) return true;
  for (const auto& [name, versions] : state.targets()) {
    const Result<Target> policy = load_target(name, (*target_in_force(state, name))->text);
    if (!policy) continue;
    for (const Gate& gate : policy->gates) {
      if (!gate.decision) continue;
      const std::vector<std::string>& by = gate.decision->by;
      if (std::find(by.begin(), by.end(), principal.name) != by.end()) return true;
    }
  }
  return false;
}

/// Of a gate with one component, that; else what was said.
std::string component_of(const State& state, const GateDecided& decision) {
  if (!decision.component.empty()) return decision.component;
  const Result<const TargetAdded*> in_force = target_in_force(state, decision.target);
  const Result<Target> policy =
      in_force ? load_target(decision.target, (*in_force)->text) : tl::unexpected(in_force.error());
  if (policy) {
    for (const Gate& gate : policy->gates) {
      if (gate.name != decision.gate || !gate.decision) continue;
      if (gate.decision->components.size() == 1) return gate.decision->components.front();
    }
  }
  return {};
}

/// Why, on what, by whom, when and in which stage: of whatever people record.
template <class Made>
void read_grounds(Members& in, const CommandRequest& r, Made& made) {
  made.reason = in.words("reason");
  if (r.body.find("evidence") != nullptr) made.evidence = in.digest("evidence");
  made.evidence_name = in.text_or("evidence_name", "");
  made.date = r.state().day();
  made.principal = r.principal.name;
  const Stage* const open = r.state().programme().open_stage(made.target);
  if (open != nullptr) made.stage = open->opened.stage;
}

/// What was recorded for a target, or for one of its candidates, less what the one who asks may not
/// see yet.
template <class Recorded>
CommandOutcome show_made(const CommandRequest& r, const std::string& key, Recorded recorded,
                         const std::vector<Digest>& (Programme::*made_on)(const std::string&) const,
                         std::uint64_t Publication::*covered) {
  Members in(r.body);
  const std::string target = in.name("target");
  const std::string candidate = in.name_or("model", "");
  if (const Status status = in.status(); !status) return refusal(status.error());
  const Result<const TargetAdded*> in_force = target_in_force(r.state(), target);
  if (!in_force) return refusal(in_force.error());
  const Viewer viewer = viewer_of(r);
  const TargetSight sight(r.state(), viewer, target);
  Json rows = Json::array();
  std::uint64_t kept = 0;
  std::uint64_t number = 0;
  for (const auto& each : recorded(target)) {
    const bool is_covered = number++ < sight.covered().*covered;
    if (!candidate.empty() && each.candidate != candidate) continue;
    if (sight.sees(each.candidate, each.stage, is_covered)) {
      Json row = to_json(each);
      const Digest& files = (r.state().programme().*made_on)(target)[number - 1];
      row["on_other_files"] = files != r.state().files_of(each.candidate);
      rows.push_back(std::move(row));
    } else {
      ++kept;
    }
  }
  Answered answer;
  answer.body["target"] = target;
  answer.body[key] = std::move(rows);
  if (kept > 0) answer.body["withheld"] = withheld_json(kept);
  return answer;
}

/// Whether what somebody records is said in words, and its evidence was put before.
Status check_grounds(const CommandRequest& r, const std::string& reason, const Digest& evidence) {
  if (reason.empty()) {
    return fail(ErrorKind::bad_input, "`reason`: say in words why (--reason TEXT)");
  }
  if (evidence == Digest{}) return {};
  GWAGEO_ASSIGN(bytes, read_blob(r.context.store, evidence));
  if (bytes) return {};
  return fail(ErrorKind::bad_input, "evidence " + to_hex(evidence) + " was not put");
}

/// Whether some decision rests on the file, and what it was called.
const std::string* name_of_evidence(const State& state, const Digest& evidence) {
  if (evidence == Digest{}) return nullptr;  // So those say who rest on none.
  for (const auto& [target, versions] : state.targets()) {
    for (const GateDecided& decision : state.programme().decisions(target)) {
      if (decision.evidence == evidence) return &decision.evidence_name;
    }
    for (const PointsRecorded& points : state.programme().points(target)) {
      if (points.evidence == evidence) return &points.evidence_name;
    }
  }
  return nullptr;
}

}  // namespace

CommandOutcome decide(const CommandRequest& r) {
  Members in(r.body);
  GateDecided decision;
  decision.target = in.name("target");
  decision.candidate = in.name("model");
  decision.gate = in.name("gate");
  decision.component = in.name_or("component", "");
  decision.passed = in.flag("passed");
  decision.rule = in.text("rule");
  read_grounds(in, r, decision);
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (r.body.find("passed") == nullptr) return bad_request("`passed` is missing");
  decision.component = component_of(r.state(), decision);
  if (const Status fits = check_change(r.state(), decision); !fits) return refusal(fits.error());
  const Status grounds = check_grounds(r, decision.reason, decision.evidence);
  if (!grounds) return refusal(grounds.error());
  return Event{Proposed{r.client, std::move(decision)}};
}

CommandOutcome show(const CommandRequest& r) {
  return show_made(
      r, "decisions",
      [&](const std::string& target) -> const auto& {
        return r.state().programme().decisions(target);
      },
      &Programme::decided_on, &Publication::decisions);
}

CommandOutcome record_points(const CommandRequest& r) {
  Members in(r.body);
  PointsRecorded points;
  points.target = in.name("target");
  points.candidate = in.name("model");
  points.part = in.text("part");
  points.points = in.text("points");
  read_grounds(in, r, points);
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (points.points.find_first_of("eE") != std::string::npos) {
    return refusal({ErrorKind::bad_input, "`points`: \"" + points.points +
                                              "\" is kept as it is written: write it without an "
                                              "exponent, for instance 31.6"});
  }
  if (const Status fits = check_change(r.state(), points); !fits) return refusal(fits.error());
  const Status grounds = check_grounds(r, points.reason, points.evidence);
  if (!grounds) return refusal(grounds.error());
  return Event{Proposed{r.client, std::move(points)}};
}

CommandOutcome show_points(const CommandRequest& r) {
  return show_made(
      r, "points",
      [&](const std::string& target) -> const auto& {
        return r.state().programme().points(target);
      },
      &Programme::points_on, &Publication::points);
}

CommandOutcome put_evidence(const CommandRequest& r) {
  if (!may_decide_somewhere(r.state(), r.principal)) {
    return refusal({ErrorKind::not_allowed, r.principal.name +
                                                " decides on no gate of any target, so there is "
                                                "nothing to give evidence for"});
  }
  std::string file;
  for (const std::string& piece : r.command.attachments) file += piece;
  if (file.empty()) return bad_request("the evidence is an empty file");
  if (file.size() > evidence_bytes_max) {
    return bad_request("the evidence has " + std::to_string(file.size()) + " bytes, at most " +
                       std::to_string(evidence_bytes_max) +
                       ": keep it elsewhere, and give a file with its digest and place");
  }
  Answered answer;
  const Digest digest = sha256(file);
  answer.body["digest"] = to_hex(digest);
  answer.puts.puts.emplace_back(keys::blob(digest), std::move(file));
  return answer;
}

CommandOutcome evidence(const CommandRequest& r) {
  Members in(r.body);
  const Digest digest = in.digest("digest");
  if (const Status status = in.status(); !status) return refusal(status.error());
  const std::string* const name = name_of_evidence(r.state(), digest);
  if (name == nullptr) {
    return refusal({ErrorKind::not_found, "no decision rests on evidence " + to_hex(digest) +
                                              " (gwageo gate show TARGET)"});
  }
  const auto bytes = read_blob(r.context.store, digest);
  if (!bytes) return refusal(bytes.error());
  if (!*bytes) {
    return refusal({ErrorKind::corrupt, "evidence " + to_hex(digest) + " is not in the store"});
  }
  Answered answer;
  answer.body["digest"] = to_hex(digest);
  answer.body["name"] = *name;
  answer.body["bytes"] = (*bytes)->size();
  answer.attachments = pieces_of(**bytes);
  return answer;
}

}  // namespace gwageo::decisions
