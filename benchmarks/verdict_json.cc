// How a verdict is written.
#include "benchmarks/verdict.h"

namespace gwageo {
namespace {

Json json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

/// A list, or who is the best on which axis.
Json references_of(const Verdict& verdict) {
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
  out["ratio"] = json(verdict.ratio);
  out["ratio_exact"] = verdict.ratio_exact ? Json(to_string(*verdict.ratio_exact)) : Json();
  out["meets"] = verdict.meets ? Json(*verdict.meets) : Json();
  out["ci"] = Json();
  if (verdict.low && verdict.high) {
    out["ci"] = Json::array();
    out["ci"].push_back(*verdict.low);
    out["ci"].push_back(*verdict.high);
  }
  out["n"] = verdict.n;
  out["settled_by"] = Json();
  if (verdict.settled_by_items) {
    out["settled_by"] = Json::object();
    out["settled_by"]["items"] = *verdict.settled_by_items;
  }
  out["best_reference"] = verdict.best_reference.empty() ? Json() : Json(verdict.best_reference);
  out["references"] = references_of(verdict);
  Json axes = Json::object();
  for (const AxisComparison& axis : verdict.axes) {
    Json row = Json::object();
    row["candidate"] = axis.candidate;
    row["reference"] = axis.reference;
    row["ratio"] = json(axis.ratio);
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
