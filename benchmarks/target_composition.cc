// The composition of a target file.
#include "benchmarks/target_keys.h"

namespace gwageo {
namespace {

using Source = CompositionPart::Source;

constexpr int composition_depth_max = 4;

Result<std::vector<CompositionPart>> read_parts(const YamlValue& value, const Fraction& points,
                                                const std::string& whole, int depth);

Status read_source(const YamlValue& value, int depth, CompositionPart& part) {
  std::vector<std::string_view> sources;
  for (const std::string_view key : {"parts", "axis", "total", "recorded"}) {
    if (value.find(key)) sources.push_back(key);
  }
  if (sources.size() != 1) {
    return value.refuse(
        "expected one of 'parts', 'axis: NAME', 'total: true' and 'recorded: true'");
  }
  const YamlValue source = *value.find(sources[0]);
  if (sources[0] == "parts") {
    GWAGEO_ASSIGN(parts, read_parts(source, part.points, "'" + part.name + "'", depth + 1));
    part.parts = std::move(parts);
    return {};
  }
  if (sources[0] == "axis") {
    GWAGEO_ASSIGN(axis, source.text());
    part.source = Source::axis;
    part.axis = std::move(axis);
    part.axis_place = place_of(source);
    return {};
  }
  GWAGEO_ASSIGN(is_so, source.boolean());
  if (!is_so) return source.refuse("expected true: without it say where the points come from");
  part.source = sources[0] == "total" ? Source::total : Source::recorded;
  return {};
}

Result<std::vector<CompositionPart>> read_parts(const YamlValue& value, const Fraction& points,
                                                const std::string& whole, int depth) {
  if (depth > composition_depth_max) {
    return value.refuse("parts of parts go " + std::to_string(composition_depth_max) + " deep");
  }
  GWAGEO_ASSIGN(members, value.members());
  std::vector<CompositionPart> out;
  Rational sum;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!is_name(value.name(i))) return members[i].refuse("not a part's name");
    GWAGEO_TRY(members[i].only({"points", "parts", "axis", "total", "recorded"}));
    CompositionPart part;
    part.name = value.name(i);
    GWAGEO_ASSIGN(given, members[i].need("points"));
    GWAGEO_ASSIGN(most, read_decimal(given, Rational(100, 1), "100"));
    part.points = most;
    GWAGEO_TRY(read_source(members[i], depth, part));
    sum = sum + Rational(most);
    out.push_back(std::move(part));
  }
  if (sum != Rational(points)) {
    const std::optional<Fraction> found = sum.to_fraction();
    return value.refuse("the parts sum to " + (found ? decimal_text(*found) : "something else") +
                        ", and " + whole + " has " + decimal_text(points) + " points");
  }
  return out;
}

}  // namespace

Status read_composition(const YamlValue& file, Target& target) {
  const std::optional<YamlValue> composition = file.find("composition");
  const std::optional<YamlValue> stay = file.find("stay");
  for (const std::optional<YamlValue>& value : {composition, stay}) {
    if (value && target.is_claimed) {
      return value->refuse("claims rank nobody for a stage: leave it out");
    }
  }
  if (composition) {
    GWAGEO_ASSIGN(parts, read_parts(*composition, Fraction{100, 1}, "the whole", 1));
    target.composition = std::move(parts);
  }
  if (stay) {
    GWAGEO_ASSIGN(count, stay->integer(1, 1000));
    target.stay = static_cast<std::uint32_t>(count);
  }
  return {};
}

}  // namespace gwageo
