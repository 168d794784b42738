#include "coordinator/decisions.h"

namespace gwageo {
namespace {

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json evidence_of(const Digest& evidence) {
  return evidence == Digest{} ? Json(nullptr) : Json(to_hex(evidence));
}

// Why, by whom and when, and on what it rests.
template <class Made>
void add_grounds(const Made& made, Json& json) {
  json["reason"] = made.reason;
  json["by"] = made.principal;
  json["date"] = made.date;
  json["stage"] = or_null(made.stage);
  json["evidence"] = evidence_of(made.evidence);
  json["evidence_name"] = or_null(made.evidence_name);
}

Json component_json(const GateDecision* decision) {
  Json json;
  const bool is_open = decision == nullptr;
  json["state"] = is_open ? "pending" : decision->passed ? "pass" : "fail";
  json["rule"] = is_open ? Json(nullptr) : Json(decision->rule);
  json["reason"] = is_open ? Json(nullptr) : Json(decision->reason);
  json["by"] = is_open ? Json(nullptr) : Json(decision->by);
  json["date"] = is_open ? Json(nullptr) : Json(to_string(decision->on));
  json["evidence"] =
      is_open || !decision->evidence ? Json(nullptr) : Json(to_hex(*decision->evidence));
  return json;
}

}  // namespace

std::vector<GateDecision> decisions_on(const JudgementInput& input, const std::string& candidate) {
  std::vector<GateDecision> found;
  for (const GateDecided& fact : input.decisions) {
    if (fact.candidate != candidate) continue;
    GateDecision& decision = found.emplace_back();
    decision.gate = fact.gate;
    decision.component = fact.component;
    decision.passed = fact.passed;
    decision.rule = fact.rule;
    if (fact.evidence != Digest{}) decision.evidence = fact.evidence;
    decision.reason = fact.reason;
    decision.by = fact.principal;
    decision.on = parse_date(fact.date).value_or(Date{});
  }
  return found;
}

Json gate_details(const JudgementInput& input, const Verdict& verdict) {
  const std::vector<GateDecision> decisions = decisions_on(input, verdict.candidate);
  Json details = Json::object();
  for (std::size_t i = 0; i < verdict.gates.size(); ++i) {
    const Gate& gate = input.policy.gates.at(i);
    Json entry;
    entry["state"] = to_string(verdict.gates[i].state);
    entry["rule"] = gate.decision ? Json(gate.decision->rule) : Json(nullptr);
    Json components = Json::object();
    if (gate.decision) {
      for (const std::string& name : gate.decision->components) {
        components[name] = component_json(decision_on(gate, name, decisions));
      }
    }
    entry["components"] = std::move(components);
    details[gate.name] = std::move(entry);
  }
  return details;
}

Json to_json(const GateDecided& decision) {
  Json json;
  json["candidate"] = decision.candidate;
  json["gate"] = decision.gate;
  json["component"] = decision.component;
  json["passed"] = decision.passed;
  json["rule"] = decision.rule;
  add_grounds(decision, json);
  return json;
}

Json to_json(const PointsRecorded& points) {
  Json json;
  json["candidate"] = points.candidate;
  json["part"] = points.part;
  json["points"] = points.points;
  add_grounds(points, json);
  return json;
}

}  // namespace gwageo
