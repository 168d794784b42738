// Bars: which classes are to go where not, though the node meets what they require; and which go
// nowhere, as no node is wide enough for them.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "coordinator/placement.h"
#include "coordinator/waiting_work.h"

namespace gwageo {

/// A value; one thread.
class Bars {
 public:
  /// Returns whether that is new.
  bool put(NodeNumber node, ClassNumber number, bool barred) {
    ClassSet& set = by_node_[node];
    if (set.contains(number) == barred) return false;
    set.put(number, barred);
    nodes_[number] += barred ? 1 : -1;
    return true;
  }

  bool has(NodeNumber node, ClassNumber number) const {
    const auto it = by_node_.find(node);
    return it != by_node_.end() && it->second.contains(number);
  }
  bool has_anywhere(ClassNumber number) const {
    const auto it = nodes_.find(number);
    return it != nodes_.end() && it->second > 0;
  }
  /// All that are barred on the node, or go nowhere.
  ClassSet on(NodeNumber node) const {
    const auto it = by_node_.find(node);
    if (it == by_node_.end()) return nowhere_;
    ClassSet all = it->second;
    all.put_all(nowhere_);
    return all;
  }

  /// These and no others go nowhere.
  void set_nowhere(ClassSet classes) { nowhere_ = std::move(classes); }
  const ClassSet& nowhere() const { return nowhere_; }

 private:
  std::map<NodeNumber, ClassSet> by_node_;
  std::map<ClassNumber, std::int64_t> nodes_;  // How many, for each class.
  ClassSet nowhere_;
};

}  // namespace gwageo
