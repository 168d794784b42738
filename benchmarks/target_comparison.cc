// What a target file compares with: `compare`, and the window and share that depend on it.
#include "benchmarks/target_keys.h"

namespace gwageo {
namespace {

constexpr std::int64_t top_max = 100;

Status read_window(const YamlValue& file, Target& target) {
  const std::optional<YamlValue> window = file.find("window");
  if (!window) return {};
  GWAGEO_TRY(window->only({"months"}));
  GWAGEO_ASSIGN(months, window->need("months"));
  GWAGEO_ASSIGN(count, months.integer(1, 120));
  target.window_months = static_cast<std::int32_t>(count);
  return {};
}

Status read_share(const YamlValue& file, Target& target) {
  const std::optional<YamlValue> share = file.find("share");
  if (!share) {
    if (target.comparison == Comparison::bar) target.share = Fraction{1, 1};  // All of it.
    return {};
  }
  GWAGEO_ASSIGN(fraction, read_decimal(*share, Rational(3, 2), "1.5"));
  target.share = fraction;
  return {};
}

Status read_model(const YamlValue& value, Target& target) {
  GWAGEO_ASSIGN(name, value.text());
  if (!is_name(name)) return value.refuse("not a model's name");
  target.comparison = Comparison::model;
  target.compared_with = std::move(name);
  target.compared_place = place_of(value);
  return {};
}

Status read_top(const YamlValue& value, Target& target) {
  GWAGEO_ASSIGN(top, value.integer(1, top_max));
  target.comparison = Comparison::mean_top;
  target.top = static_cast<std::uint32_t>(top);
  return {};
}

Status read_bar(const YamlValue& value, Target& target) {
  GWAGEO_ASSIGN(bar, read_decimal(value, Rational(1, 1), "1"));
  target.comparison = Comparison::bar;
  target.bar = bar;
  return {};
}

/// `best`, `best_per_axis`, `{model: NAME}`, `{mean_top: K}` or `{bar: 0.7}`
Status read_compare(const YamlValue& value, Target& target) {
  if (value.is_mapping() && value.node().members.size() == 1) {
    GWAGEO_ASSIGN(members, value.members());
    if (value.name(0) == "model") return read_model(members[0], target);
    if (value.name(0) == "mean_top") return read_top(members[0], target);
    if (value.name(0) == "bar") return read_bar(members[0], target);
  }
  const std::string given = value.is_mapping() && !value.node().members.empty() ? value.name(0)
                            : value.is_scalar()                                 ? value.node().text
                                                : std::string("a list");
  if (value.is_scalar() && given == "best") return {};
  if (value.is_scalar() && given == "best_per_axis") {
    target.comparison = Comparison::best_per_axis;
    return {};
  }
  return value.refuse(
      "expected 'best', 'best_per_axis', '{model: NAME}', '{mean_top: K}' or '{bar: X}', got '" +
      given + "'");
}

}  // namespace

Status read_comparison(const YamlValue& file, Target& target) {
  if (const std::optional<YamlValue> value = file.find("compare")) {
    GWAGEO_TRY(read_compare(*value, target));
    if (target.is_claimed && target.comparison != Comparison::best) {
      return value->refuse("claims are compared with the best of their board");
    }
  }
  GWAGEO_TRY(read_share(file, target));
  const std::optional<YamlValue> window = file.find("window");
  if (window && target.comparison == Comparison::model) {
    return window->refuse("with one named reference no window counts: leave it out");
  }
  if (window && target.comparison == Comparison::bar) {
    return window->refuse("a bar needs no references, so no window counts: leave it out");
  }
  return read_window(file, target);
}

}  // namespace gwageo
