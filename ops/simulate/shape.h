// Shapes: which GPUs of a fleet a class's slots can be made of, how many and of what kind. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/simulate/policy.h"

namespace gwageo::simulate {

/// Nodes `first` .. `first + nodes - 1`, which a slot may span: equal ones of one domain, with
/// 1, 2, 4, ... GPUs each and at most slot_gpus_max together; or one node of any size.
struct Span {
  NodeIndex first = 0;
  std::uint32_t nodes = 1;
  friend bool operator==(const Span&, const Span&) = default;
};

/// All nodes of the fleet, in order. Those that have room for slots of `widest` GPUs stay alone:
/// nothing is gained there from keeping others whole.
std::vector<Span> spans_of(const Fleet& fleet, std::uint32_t widest);

/// Different sets of kinds that the classes of one workload may ask for.
inline constexpr std::size_t requirements_max = 64;

/// What classes need alike.
struct Shape {
  std::uint32_t gpus = 1;
  std::uint64_t kinds = 0;  ///< A bit for each of Fleet::kinds that will do.
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// The shapes of a workload's classes on a fleet.
class Shapes {
 public:
  Shapes(const Fleet& fleet, const Workload& workload);

  const std::vector<Shape>& all() const { return all_; }
  const Shape& of(ClassIndex model_class) const { return all_[number(model_class)]; }
  /// Position in `all`.
  std::uint32_t number(ClassIndex model_class) const { return of_class_[model_class]; }
  /// The most GPUs that a class needs.
  std::uint32_t widest() const { return widest_; }
  const std::vector<Span>& spans() const { return spans_; }
  /// Slots of the shape that the fleet has room for.
  std::uint64_t room(const Shape& shape) const;

 private:
  const Fleet& fleet_;
  std::vector<Shape> all_;
  std::vector<std::uint32_t> of_class_;
  std::uint32_t widest_ = 1;
  std::vector<Span> spans_;
};

/// Whether there is such a place: its GPUs lie together, are aligned, and of one domain.
bool lies(const Fleet& fleet, const Place& place);

/// Nodes that the place lies on, from its first on.
std::uint32_t nodes_of(const Fleet& fleet, const Place& place);

}  // namespace gwageo::simulate
