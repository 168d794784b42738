// How the keys of a target file are read. Private to the files of `load_target`. Pure.
#pragma once

#include <string>

#include "benchmarks/fraction.h"
#include "benchmarks/target.h"
#include "protocol/yaml.h"

namespace gwageo {

/// "FILE:3:8: key 'suite'", for a complaint about what a name stands for.
std::string place_of(const YamlValue& value);

/// A decimal as written, above 0 and up to `most`: 0.95 is 19/20, not the double nearest to it.
Result<Fraction> read_decimal(const YamlValue& value, const Rational& most,
                              const std::string& most_text);

/// A list of names, none twice; `what` they are, for complaints: "component".
Result<std::vector<std::string>> read_names(const YamlValue& value, const std::string& what);

/// `compare`, `window` and `share`.
Status read_comparison(const YamlValue& file, Target& target);

/// `axes: {AXIS: {weight: 2, floor: 0.6, share: 0.9}}` and `correction`; after gates, and after
/// what decides.
Status read_axes(const YamlValue& file, Target& target);

/// `composition: {PART: {points: 40, parts: {...}}, ...}` and `stay`
Status read_composition(const YamlValue& file, Target& target);

/// `gates: {NAME: {axis: AXIS, floor: 0.8}}` or
/// `gates: {NAME: {decision: {rule: VERSION, components: [...], by: [...]}}}`
Status read_gates(const YamlValue& file, Target& target);

}  // namespace gwageo
