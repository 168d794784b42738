// A candidate's points: what a target's composition makes of a verdict and of what people recorded.
// Points rank the candidates that are admitted; they never move a verdict. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/target.h"
#include "benchmarks/total.h"
#include "benchmarks/verdict.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// By a part's path: "expert", "benchmark/individual".
using RecordedPoints = std::map<std::string, Fraction>;

struct PartPoints {
  std::string path;
  Fraction most;
  std::optional<Total> points;  ///< Nothing while it is open.
  std::string words;            ///< Where they come from, or what is missing.
};

struct Points {
  std::vector<PartPoints> parts;  ///< In the file's order, a part before the parts of it.
  std::optional<Total> total;     ///< Nothing while a part is open.
};

/// Exact where the verdict's ratios are. REQUIRES: the verdict is one of the target's; what is
/// recorded is as `read_points` takes it.
Points points_of(const Target& target, const Verdict& verdict, const RecordedPoints& recorded);

/// What somebody wants to record for a part: a decimal from 0 to the part's points, exact.
/// not_found: no such part; bad_input: one whose points are not recorded, or no such number.
Result<Fraction> read_points(const Target& target, const std::string& path,
                             const std::string& text);

/// "33.6", "30.0", "79.72": rounded half up to `decimals` at most, exact where all are shown.
std::string points_text(const Total& points, int decimals = 4);

/// {"parts":{"expert":{"most":35.0,"points":31.6,"exact":"158/5","text":"31.6","words":"..."}},
/// "total":{...}|null}; null for what is open.
Json to_json(const Points& points);

}  // namespace gwageo
