// What a target file says of single axes: weights, floors, and shares.
#include <algorithm>

#include "benchmarks/target_keys.h"

namespace gwageo {
namespace {

/// A decimal from 0 on. Weights of suites are doubles, so one that is not exactly what a double of
/// so many digits reads back as is refused.
Result<Fraction> read_weight(const YamlValue& value) {
  GWAGEO_TRY(value.number());
  const std::optional<Rational> exact = Rational::from_decimal(value.node().text);
  if (!exact || *exact > Rational(1'000'000, 1)) {
    return value.refuse("expected a decimal number from 0 to 1000000");
  }
  const std::optional<Fraction> fraction = exact->to_fraction();
  const std::optional<Rational> again =
      fraction ? Rational::from_double(to_double(*fraction)) : std::nullopt;
  if (!again || *again != *exact) return value.refuse("too many digits");
  return *fraction;
}

Status read_axis(const YamlValue& value, const std::string& name, Target& target) {
  GWAGEO_TRY(value.only({"weight", "floor", "share"}));
  AxisPolicy policy{name, {}, {}, place_of(value)};
  if (const std::optional<YamlValue> weight = value.find("weight")) {
    GWAGEO_ASSIGN(fraction, read_weight(*weight));
    policy.weight = fraction;
  }
  if (const std::optional<YamlValue> share = value.find("share")) {
    GWAGEO_ASSIGN(fraction, read_decimal(*share, Rational(3, 2), "1.5"));
    policy.share = fraction;
  }
  if (const std::optional<YamlValue> floor = value.find("floor")) {
    GWAGEO_ASSIGN(fraction, read_decimal(*floor, Rational(1, 1), "1"));
    const auto has_name = [&](const Gate& gate) { return gate.name == name; };
    if (std::any_of(target.gates.begin(), target.gates.end(), has_name)) {
      return floor->refuse("a floor is a gate of its axis' name, and there is a gate '" + name +
                           "' already");
    }
    target.gates.push_back({name, name, fraction, place_of(*floor)});
  }
  target.axes.push_back(std::move(policy));
  return {};
}

}  // namespace

Status read_axes(const YamlValue& file, Target& target) {
  const std::optional<YamlValue> axes = file.find("axes");
  const std::optional<YamlValue> correction = file.find("correction");
  for (const std::optional<YamlValue>& value : {axes, correction}) {
    if (value && target.is_claimed) {
      return value->refuse("a board's own categories count, and alike: leave it out");
    }
  }
  if (axes) {
    GWAGEO_ASSIGN(members, axes->members());
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!is_name(axes->name(i))) return members[i].refuse("not an axis' name");
      GWAGEO_TRY(read_axis(members[i], axes->name(i), target));
    }
    const auto weighs = [](const AxisPolicy& policy) { return policy.weight.has_value(); };
    const auto is_none = [](const AxisPolicy& policy) {
      return !policy.weight || *policy.weight == Fraction{0, 1};
    };
    if (std::any_of(target.axes.begin(), target.axes.end(), weighs) &&
        std::all_of(target.axes.begin(), target.axes.end(), is_none)) {
      return axes->refuse("no axis has a weight above 0, so there is no total");
    }
  }
  if (!correction) return {};
  GWAGEO_ASSIGN(text, correction->text());
  if (text != "holm" && text != "none") {
    return correction->refuse("expected 'holm' or 'none', got '" + text + "'");
  }
  if (!target.decide_by_confidence) {
    return correction->refuse("under 'decide: point' nothing is tested, so this changes nothing");
  }
  if (!decides_by_axes(target)) {
    return correction->refuse("no axis has a share of its own, so there is nothing to correct for");
  }
  target.correction = text == "holm" ? Correction::holm : Correction::none;
  return {};
}

bool decides_by_axes(const Target& target) {
  return std::any_of(target.axes.begin(), target.axes.end(),
                     [](const AxisPolicy& policy) { return policy.share.has_value(); });
}

}  // namespace gwageo
