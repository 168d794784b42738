// numpy's sum, to the last bit. Pure.
#pragma once

#include <span>

namespace gwageo {

/// `numpy.sum` of a row of doubles: halves of it, down to 128 numbers, which eight sums share;
/// fewer than 8 numbers are added from the left. 0 for none.
double numpy_sum(std::span<const double> values);

}  // namespace gwageo
