// CallQueue: calls that wait for room at a server, in an order that its prefix cache likes. Only
// when a call is sent depends on it, never what is sent.
//
// Prompts that begin alike are neighbours: the order is that of their bytes, which is the order of
// a walk through the tree of their beginnings, depth first. A cache that holds the longest prompt
// then computes every beginning once (Zheng et al., "SGLang: Efficient Execution of Structured
// Language Model Programs", 2024, theorem 3.1). What comes while a walk is under way waits for the
// next one, so no call is passed by twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "worker/engine.h"

namespace gwageo {

/// One thread.
class CallQueue {
 public:
  bool empty() const { return walk_.empty() && next_.empty(); }
  std::size_t size() const { return walk_.size() + next_.size(); }

  void push(Call call);
  /// REQUIRES: not empty.
  Call pop();
  /// Those that wait and ask for a likelihood after the same context for the same item as `first`,
  /// which was popped last: the other choices of a question. In the order of their choices.
  std::vector<Call> pop_siblings(const Call& first);
  /// All, in the order in which they came.
  std::vector<Call> take_all();

 private:
  struct Waiting {
    Call call;
    std::uint64_t number = 0;  ///< In the order in which they came.
  };
  struct ByPrompt {
    bool operator()(const Waiting& a, const Waiting& b) const;
  };
  using Walk = std::set<Waiting, ByPrompt>;

  Walk walk_;  ///< Under way: its first is the next.
  Walk next_;
  std::uint64_t pushed_ = 0;
};

}  // namespace gwageo
