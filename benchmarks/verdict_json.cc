// How a verdict is written.
#include "benchmarks/verdict.h"

namespace gwageo {
namespace {

Json json_of_p_values(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json json_of_p_values(const std::optional<Rational>& value) {
  const std::optional<Fraction> fraction = value ? value->to_fraction() : std::nullopt;
  return fraction ? Json(to_string(*fraction)) : Json();
}

Json interval_json(const std::optional<double>& low, const std::optional<double>& high) {
  if (!low || !high) return {};
  Json out = Json::array();
  out.push_back(*low);
  out.push_back(*high);
  return out;
}

Json json_of_p_values(const SharePValues& p) {
  Json out = Json::object();
  out["pass"] = p.pass;
  out["fail"] = p.fail;
  return out;
}

Json settled_by(const std::optional<std::uint64_t>& items) {
  if (!items) return {};
  Json out = Json::object();
  out["items"] = *items;
  return out;
}

/// What an axis that decides adds to its row.
void add_decision(const AxisDecision& decision, Json& row) {
  row["share"] = to_double(decision.share);
  row["verdict"] = to_string(decision.kind);
  row["meets"] = decision.ratio.meets ? Json(*decision.ratio.meets) : Json();
  row["ci"] = interval_json(decision.ratio.low, decision.ratio.high);
  row["n"] = decision.n;
  row["settled_by"] = settled_by(decision.settled_by_items);
  row["p"] = decision.ratio.low ? json_of_p_values(decision.ratio.p) : Json();
  row["p_corrected"] = decision.ratio.low ? json_of_p_values(decision.corrected) : Json();
  Json against = Json::object();
  Json names = Json::array();
  for (const std::string& name : decision.references) names.push_back(name);
  against["references"] = std::move(names);
  against["score"] = decision.reference;
  against["ratio"] = json_of_p_values(decision.ratio.ratio);
  against["ratio_exact"] = json_of_p_values(decision.ratio.exact);
  row["against"] = std::move(against);
}

/// A list, or who is the best on which axis.
Json references_json(const Verdict& verdict) {
  const bool is_by_axis = !verdict.references.empty() && !verdict.references[0].axis.empty();
  Json out = is_by_axis ? Json::object() : Json::array();
  for (const DecidingReference& reference : verdict.references) {
    if (is_by_axis) {
      out[reference.axis] = reference.model;
    } else {
      out.push_back(reference.model);
    }
  }
  return out;
}

}  // namespace

std::string_view to_string(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::pass: return "pass";
    case VerdictKind::fail: return "fail";
    case VerdictKind::inconclusive: return "inconclusive";
    case VerdictKind::pending: return "pending";
    case VerdictKind::ineligible: return "ineligible";
  }
  return "unknown";
}

Json to_json(const Verdict& verdict) {
  Json out = Json::object();
  out["candidate"] = verdict.candidate;
  out["verdict"] = to_string(verdict.kind);
  out["ratio"] = json_of_p_values(verdict.ratio);
  out["ratio_exact"] = verdict.ratio_exact ? Json(to_string(*verdict.ratio_exact)) : Json();
  out["meets"] = verdict.meets ? Json(*verdict.meets) : Json();
  out["ci"] = interval_json(verdict.low, verdict.high);
  out["n"] = verdict.n;
  if (verdict.p) {
    out["p"] = json_of_p_values(*verdict.p);
    out["p_corrected"] = json_of_p_values(*verdict.p_corrected);
  }
  out["settled_by"] = settled_by(verdict.settled_by_items);
  out["best_reference"] = verdict.best_reference.empty() ? Json() : Json(verdict.best_reference);
  out["references"] = references_json(verdict);
  Json axes = Json::object();
  for (const AxisComparison& axis : verdict.axes) {
    Json row = Json::object();
    row["candidate"] = axis.candidate;
    row["reference"] = axis.reference;
    row["ratio"] = json_of_p_values(axis.ratio);
    if (axis.decision) add_decision(*axis.decision, row);
    axes[axis.axis] = std::move(row);
  }
  out["axes"] = std::move(axes);
  Json discrimination = Json::object();
  for (const Discrimination& task : verdict.discrimination) {
    Json row = Json::object();
    row["pairs"] = task.pairs;
    row["separated"] = task.separated;
    row["least"] = task.least;
    row["most"] = task.most;
    discrimination[task.task] = std::move(row);
  }
  out["discrimination"] = std::move(discrimination);
  out["gates"] = Json::object();
  for (const GateResult& gate : verdict.gates) out["gates"][gate.gate] = to_string(gate.state);
  const std::optional<bool> admitted = is_admitted(verdict);
  out["admitted"] = admitted ? Json(*admitted) : Json();
  Json reasons = Json::array();
  for (const std::string& reason : verdict.reasons) reasons.push_back(reason);
  for (const GateResult& gate : verdict.gates) reasons.push_back(gate.reason);
  out["reasons"] = std::move(reasons);
  return out;
}

}  // namespace gwageo
