#include "benchmarks/target_changes.h"

#include <algorithm>

#include "protocol/json.h"

namespace gwageo {
namespace {

using Said = std::vector<std::pair<std::string, std::string>>;

std::string number_text(double value) { return Json(value).dump(); }

std::string joined(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string comparison_of(const Target& target) {
  switch (target.comparison) {
    case Comparison::best: return "best";
    case Comparison::best_per_axis: return "best_per_axis";
    case Comparison::model: return "model " + target.compared_with.value_or("");
    case Comparison::mean_top: return "mean of the " + std::to_string(target.top) + " best";
    case Comparison::bar: return "bar " + decimal_text(target.bar);
  }
  return "unknown";
}

std::string words_of_gate(const Gate& gate) {
  if (!gate.decision) return "axis " + gate.axis + ", floor " + decimal_text(gate.floor);
  return "decision under rule " + gate.decision->rule + ", on " +
         joined(gate.decision->components) + ", by " +
         (gate.decision->by.empty() ? "any operator" : joined(gate.decision->by));
}

std::string source_of(const CompositionPart& part) {
  switch (part.source) {
    case CompositionPart::Source::parts: return "the sum of its parts";
    case CompositionPart::Source::axis: return "axis " + part.axis;
    case CompositionPart::Source::total: return "the total";
    case CompositionPart::Source::recorded: return "recorded";
  }
  return "unknown";
}

void add_parts(const std::vector<CompositionPart>& parts, const std::string& before, Said& out) {
  for (const CompositionPart& part : parts) {
    out.emplace_back("part " + before + part.name,
                     decimal_text(part.points) + " points, " + source_of(part));
    add_parts(part.parts, before + part.name + "/", out);
  }
}

void add_basis(const Target& target, Said& out) {
  out.emplace_back("basis", target.is_claimed ? "claimed" : "measured");
  if (target.is_claimed) {
    out.emplace_back("board",
                     target.board + (target.board_release ? "@" + *target.board_release : ""));
  } else {
    out.emplace_back(
        "suite",
        target.suite + (target.suite_version ? "@" + std::to_string(*target.suite_version) : ""));
  }
}

void add_axes(const Target& target, Said& out) {
  for (const AxisPolicy& axis : target.axes) {
    const std::string name = "axis " + axis.axis;
    if (axis.weight) out.emplace_back(name + " weight", decimal_text(*axis.weight));
    if (axis.share) out.emplace_back(name + " share", decimal_text(*axis.share));
  }
  if (!decides_by_axes(target)) return;
  out.emplace_back("correction", target.correction == Correction::holm ? "holm" : "none");
}

const std::string* find_said(const Said& said, const std::string& key) {
  for (const auto& [known, value] : said) {
    if (known == key) return &value;
  }
  return nullptr;
}

}  // namespace

Said said_by(const Target& target) {
  Said out;
  add_basis(target, out);
  out.emplace_back("compare", comparison_of(target));
  if (target.comparison != Comparison::model && target.comparison != Comparison::bar) {
    out.emplace_back("window", std::to_string(target.window_months) + " months");
  }
  out.emplace_back("share", decimal_text(target.share));
  out.emplace_back("decide", target.decide_by_confidence ? "confidence" : "point");
  if (!target.is_claimed) {
    out.emplace_back("confidence", number_text(target.confidence));
    out.emplace_back("min_coverage", number_text(target.min_coverage));
    out.emplace_back("missing", to_string(target.missing));
    out.emplace_back("rerun", target.reruns ? "automatic" : "manual");
    out.emplace_back("quiet_seconds", std::to_string(target.quiet_seconds));
    if (target.settle) {
      out.emplace_back("settle", std::to_string(target.settle->rounds) + " rounds, " +
                                     std::to_string(target.settle->requests) + " requests");
    }
  }
  out.emplace_back("candidates", target.by_roster            ? "roster"
                                 : target.candidates.empty() ? "all"
                                                             : joined(target.candidates));
  out.emplace_back("embargo", to_string(target.embargo));
  add_axes(target, out);
  for (const Gate& gate : target.gates) out.emplace_back("gate " + gate.name, words_of_gate(gate));
  add_parts(target.composition, "", out);
  if (target.stay) out.emplace_back("stay", std::to_string(*target.stay));
  return out;
}

std::vector<std::string> changes(const Target& before, const Target& after) {
  const Said old = said_by(before);
  const Said now = said_by(after);
  std::vector<std::string> out;
  for (const auto& [key, value] : old) {
    const std::string* const changed = find_said(now, key);
    if (changed == nullptr) {
      out.push_back(key + ": removed (" + value + ")");
    } else if (*changed != value) {
      out.push_back(key + ": " + value + " -> " + *changed);
    }
  }
  for (const auto& [key, value] : now) {
    if (find_said(old, key) == nullptr) out.push_back(key + ": added (" + value + ")");
  }
  return out;
}

}  // namespace gwageo
