// The gates of a target file.
#include <algorithm>

#include "benchmarks/target_keys.h"

namespace gwageo {
namespace {

constexpr std::size_t rule_bytes_max = 200;

Result<Gate> read_floor(const YamlValue& value) {
  Gate gate;
  GWAGEO_ASSIGN(axis, value.need("axis"));
  GWAGEO_ASSIGN(axis_name, axis.text());
  gate.axis = std::move(axis_name);
  gate.axis_place = place_of(axis);
  GWAGEO_ASSIGN(floor, value.need("floor"));
  GWAGEO_ASSIGN(fraction, read_decimal(floor, Rational(1, 1), "1"));
  gate.floor = fraction;
  return gate;
}

Result<Gate> read_decision(const YamlValue& value, const YamlValue& decision) {
  GWAGEO_TRY(value.only({"decision"}));
  GWAGEO_TRY(decision.only({"rule", "components", "by"}));
  DecisionRule out;
  GWAGEO_ASSIGN(rule, decision.need("rule"));
  GWAGEO_ASSIGN(text, rule.text());
  if (text.empty() || text.size() > rule_bytes_max) {
    return rule.refuse("expected the version of the rules, 1 to " + std::to_string(rule_bytes_max) +
                       " bytes");
  }
  out.rule = std::move(text);
  if (const std::optional<YamlValue> components = decision.find("components")) {
    GWAGEO_ASSIGN(names, read_names(*components, "component"));
    out.components = std::move(names);
  } else {
    out.components = {std::string(whole_component)};
  }
  if (const std::optional<YamlValue> by = decision.find("by")) {
    GWAGEO_ASSIGN(names, read_names(*by, "principal"));
    out.by = std::move(names);
  }
  Gate gate;
  gate.decision = std::move(out);
  return gate;
}

}  // namespace

Result<std::vector<std::string>> read_names(const YamlValue& value, const std::string& what) {
  GWAGEO_ASSIGN(elements, value.elements());
  if (elements.empty()) return value.refuse("an empty list: leave it out, or name some");
  std::vector<std::string> out;
  for (const YamlValue& element : elements) {
    GWAGEO_ASSIGN(name, element.text());
    if (!is_name(name)) return element.refuse("not a " + what + "'s name");
    if (std::find(out.begin(), out.end(), name) != out.end()) {
      return element.refuse("'" + name + "' is listed twice");
    }
    out.push_back(std::move(name));
  }
  return out;
}

Status read_gates(const YamlValue& file, Target& target) {
  const std::optional<YamlValue> value = file.find("gates");
  if (!value || value->is_null()) return {};
  GWAGEO_ASSIGN(gates, value->members());
  if (!gates.empty() && target.is_claimed) return value->refuse("claims never open a gate");
  for (std::size_t i = 0; i < gates.size(); ++i) {
    const std::string& name = value->name(i);
    if (!is_name(name)) return gates[i].refuse("not a gate's name");
    const std::optional<YamlValue> decision = gates[i].find("decision");
    if (!decision) GWAGEO_TRY(gates[i].only({"axis", "floor", "decision"}));
    GWAGEO_ASSIGN(gate, decision ? read_decision(gates[i], *decision) : read_floor(gates[i]));
    gate.name = name;
    target.gates.push_back(std::move(gate));
  }
  return {};
}

}  // namespace gwageo
