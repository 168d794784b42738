// LoadCosts: what loading a model is expected to take, learned by class and by node. A load is the
// weights' way to the node, then onto the GPU, and the engine's start. A worker says only what all
// of it took; a node's first load of a class has all three parts, a later one finds the weights
// there. Volatile, as estimates.h is.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "coordinator/placement.h"
#include "coordinator/waiting_work.h"
#include "protocol/time.h"

namespace gwageo {

/// One thread.
class LoadCosts {
 public:
  /// Of a class that nobody has loaded yet.
  static constexpr Duration prior = seconds(1);

  void loaded(NodeNumber node, ClassNumber number, Duration took);
  /// Whether the weights of the class lie in the node's cache, as its worker says.
  void lies_there(NodeNumber node, ClassNumber number, bool lies);
  /// The node is gone, and with it what it had fetched.
  void lose(NodeNumber node);

  /// Of the next load on the node: by its own earlier ones; else by others' later ones where the
  /// weights lie there, or half of what is usual until somebody loaded twice; else by others' first
  /// ones.
  Duration expect(NodeNumber node, ClassNumber number) const;
  /// Of a load somewhere: by all of them.
  Duration expect(ClassNumber number) const;

 private:
  // What counts of several is mostly the last ones.
  struct Recent {
    std::optional<Duration> mean;
    void add(Duration took);
  };
  struct Class {
    Recent all;
    Recent first;                        // With the weights' way to the node.
    Recent again;                        // Without.
    std::map<NodeNumber, Recent> there;  // Where it was loaded: `again` of that node.
  };
  std::map<ClassNumber, Class> classes_;
  std::set<std::pair<NodeNumber, ClassNumber>> cached_;
};

}  // namespace gwageo
