#include "benchmarks/points.h"

#include <algorithm>
#include <cstdio>

namespace gwageo {
namespace {

using Source = CompositionPart::Source;

Total sum_of(const Total& a, const Total& b) {
  if (!a.exact || !b.exact) return {a.value + b.value, std::nullopt};
  const Rational sum = *a.exact + *b.exact;
  return {sum.to_double(), sum};
}

/// Points x min(1, ratio).
Total share_of(const Fraction& points, double ratio, const std::optional<Fraction>& exact) {
  if (!exact) return {to_double(points) * std::min(1.0, ratio), std::nullopt};
  const Rational share = std::min(Rational(*exact), Rational(1, 1));
  const Rational out = share * Rational(points);
  return {out.to_double(), out};
}

class Composer {
 public:
  Composer(const Verdict& verdict, const RecordedPoints& recorded)
      : verdict_(verdict), recorded_(recorded) {}

  std::optional<Total> add(const std::vector<CompositionPart>& parts, const std::string& before) {
    std::optional<Total> sum = Total{0, Rational()};
    for (const CompositionPart& part : parts) {
      const std::optional<Total> points = add_part(part, before + part.name);
      sum = sum && points ? std::optional<Total>(sum_of(*sum, *points)) : std::nullopt;
    }
    return sum;
  }

  std::vector<PartPoints> take() { return std::move(out_); }

 private:
  std::optional<Total> add_part(const CompositionPart& part, const std::string& path) {
    const std::size_t at = out_.size();
    out_.push_back({path, part.points, std::nullopt, {}});
    PartPoints found = out_[at];
    switch (part.source) {
      case Source::parts:
        found.points = add(part.parts, path + "/");
        found.words = found.points ? "the sum of its parts" : "a part of it is open";
        break;
      case Source::axis: take_axis(part, found); break;
      case Source::total:
        take_ratio(verdict_.ratio, verdict_.ratio_exact, "the total", part, found);
        break;
      case Source::recorded: take_recorded(part, found); break;
    }
    out_[at] = found;
    return found.points;
  }

  void take_axis(const CompositionPart& part, PartPoints& found) const {
    const std::string words = "axis '" + part.axis + "'";
    for (const AxisComparison& axis : verdict_.axes) {
      if (axis.axis == part.axis) {
        return take_ratio(axis.ratio, axis.ratio_exact, words, part, found);
      }
    }
    found.words = words + " has no ratio yet";
  }

  static void take_ratio(const std::optional<double>& ratio, const std::optional<Fraction>& exact,
                         const std::string& of, const CompositionPart& part, PartPoints& found) {
    if (!ratio) {
      found.words = of + " has no ratio yet";
      return;
    }
    found.points = share_of(part.points, *ratio, exact);
    found.words = decimal_text(part.points) + " times the ratio of " + of + ", 1 at most";
  }

  void take_recorded(const CompositionPart&, PartPoints& found) const {
    const auto points = recorded_.find(found.path);
    if (points == recorded_.end()) {
      found.words = "not recorded yet";
      return;
    }
    found.points = Total{to_double(points->second), Rational(points->second)};
    found.words = "recorded";
  }

  const Verdict& verdict_;
  const RecordedPoints& recorded_;
  std::vector<PartPoints> out_;
};

struct NamedPart {
  std::string path;
  const CompositionPart* part;
};

void list_parts(const std::vector<CompositionPart>& parts, const std::string& before,
                std::vector<NamedPart>& out) {
  for (const CompositionPart& part : parts) {
    out.push_back({before + part.name, &part});
    list_parts(part.parts, before + part.name + "/", out);
  }
}

Json json_of(const std::optional<Total>& points) {
  if (!points) return {};
  Json out = Json::object();
  out["points"] = points->value;
  const std::optional<Fraction> exact = points->exact ? points->exact->to_fraction() : std::nullopt;
  out["exact"] = exact ? Json(to_string(*exact)) : Json();
  out["text"] = points_text(*points);
  return out;
}

}  // namespace

Points points_of(const Target& target, const Verdict& verdict, const RecordedPoints& recorded) {
  Points out;
  if (target.composition.empty()) return out;
  Composer composer(verdict, recorded);
  out.total = composer.add(target.composition, "");
  out.parts = composer.take();
  return out;
}

Result<Fraction> read_points(const Target& target, const std::string& path,
                             const std::string& text) {
  std::vector<NamedPart> parts;
  list_parts(target.composition, "", parts);
  std::string known;
  for (const NamedPart& named : parts) {
    if (named.part->source != Source::recorded) continue;
    known += (known.empty() ? "" : ", ") + named.path;
  }
  const std::string advice = known.empty() ? "; no part of it is" : "; those that are: " + known;
  for (const NamedPart& named : parts) {
    if (named.path != path) continue;
    if (named.part->source != Source::recorded) {
      return fail(ErrorKind::bad_input, "the points of part " + path + " of target " + target.name +
                                            " are computed, not recorded" + advice);
    }
    const std::optional<Rational> exact = Rational::from_decimal(text);
    const std::optional<Fraction> fraction = exact ? exact->to_fraction() : std::nullopt;
    if (!fraction || *exact > Rational(named.part->points)) {
      return fail(ErrorKind::bad_input,
                  "points of part " + path + ": expected a decimal from 0 to " +
                      decimal_text(named.part->points) + ", got '" + text + "'");
    }
    return *fraction;
  }
  return fail(ErrorKind::not_found, "target " + target.name + " has no part " + path +
                                        " whose points are recorded" + advice);
}

std::string points_text(const Total& points, int decimals) {
  const std::optional<Fraction> exact = points.exact ? points.exact->to_fraction() : std::nullopt;
  if (exact) {
    std::string text = decimal_text(*exact);
    const std::size_t dot = text.find('.');
    if (text.find('/') == std::string::npos) {
      if (dot == std::string::npos) return text + ".0";
      if (text.size() - dot - 1 <= static_cast<std::size_t>(decimals)) return text;
    }
  }
  char buffer[64];
  // Half up, for decimals that doubles are a little below of.
  const double nudge = 1e-9;
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, points.value + nudge);
  return buffer;
}

Json to_json(const Points& points) {
  Json parts = Json::object();
  for (const PartPoints& part : points.parts) {
    Json row = json_of(part.points);
    if (row.is_null()) row = Json::object();
    row["most"] = to_double(part.most);
    row["words"] = part.words;
    if (!part.points) row["points"] = Json();
    parts[part.path] = std::move(row);
  }
  Json out = Json::object();
  out["parts"] = std::move(parts);
  out["total"] = json_of(points.total);
  return out;
}

}  // namespace gwageo
