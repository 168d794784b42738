// What a candidate's points are made of: benchmark, expert and user parts as data. Pure.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/fraction.h"

namespace gwageo {

/// A part with so many points at most, and where they come from. The parts of a part add up to its
/// points, those of the whole to 100.
struct CompositionPart {
  enum class Source {
    parts,     ///< What its own parts add up to.
    axis,      ///< Points x min(1, candidate / what the target compares with), on an axis;
    total,     ///< the same of the total.
    recorded,  ///< What somebody entitled records, from 0 to all points.
  };
  std::string name;
  Fraction points;
  Source source = Source::parts;
  std::string axis;                    ///< Source::axis only.
  std::string axis_place;              ///< Where the file names it, for complaints.
  std::vector<CompositionPart> parts;  ///< Source::parts only; in the file's order.
};

}  // namespace gwageo
