// LoadCosts: what loading a model is expected to take, learned by class and by node. A load is the
// weights' way to the node, then onto the GPU, and the engine's start. A worker says only what all
// of it took; a node's first load of a class has all three parts, a later one finds the weights
// there. Until somebody has loaded it, a class takes what is usual of its size and engine
// (load_prior.h), times what others of its engine took of theirs: a pool that has loaded a model or
// two knows its storage. Of each class its first load counts for that, once, and no more than 16
// times more or less than was expected. Volatile, as estimates.h is.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/load_prior.h"
#include "coordinator/placement.h"
#include "coordinator/waiting_work.h"
#include "protocol/time.h"

namespace gwageo {

/// What a load is expected to take, and by what.
struct ExpectedLoad {
  enum class Basis { learned, others, prior };  ///< Its own loads; others' of its engine; neither.
  Duration load;
  Basis basis = Basis::prior;
  std::uint64_t seen = 0;  ///< Loads of its own, or other models of its engine.
};

/// One thread.
class LoadCosts {
 public:
  /// Of a class of which nothing is known.
  static constexpr Duration unknown = seconds(1);

  /// A class that somebody asks for. REQUIRES: it is new.
  void add(ClassNumber number, LoadPrior prior);
  /// Returns the classes of which a load is now expected to take something else, ascending.
  std::vector<ClassNumber> loaded(NodeNumber node, ClassNumber number, Duration took);
  /// Whether the weights of the class lie in the node's cache, as its worker says.
  void lies_there(NodeNumber node, ClassNumber number, bool lies);
  /// What lies there, if it does, was brought by the load that is under way.
  void fetched(NodeNumber node, ClassNumber number) { fetched_.emplace(node, number); }
  /// Of these classes (ascending), and where this was ever said.
  std::vector<std::pair<NodeNumber, ClassNumber>> said_of(
      const std::vector<ClassNumber>& numbers) const;
  /// The node is gone, and with it what it had fetched.
  void lose(NodeNumber node);

  /// Of the next load on the node: by its own earlier ones; else by others' later ones where the
  /// weights lie there, or half of what is usual until somebody loaded twice; else by others' first
  /// ones; else by the prior. REQUIRES: the class was added; and so below.
  Duration expect(NodeNumber node, ClassNumber number) const;
  /// Of a load somewhere: by all of them.
  ExpectedLoad expect(ClassNumber number) const;
  /// Of a class that nobody ever asked for.
  ExpectedLoad expect(const LoadPrior& prior) const;

 private:
  // What counts of several is mostly the last ones.
  struct Recent {
    std::optional<Duration> mean;
    std::uint64_t count = 0;
    void add(Duration took);
  };
  struct Class {
    LoadPrior prior;
    Recent all;
    Recent first;                        // With the weights' way to the node.
    Recent again;                        // Without.
    std::map<NodeNumber, Recent> there;  // Where it was loaded: `again` of that node.
  };
  struct Kind {
    std::int64_t thousandths = 1000;  // Of their priors that loads take.
    std::uint64_t classes = 0;        // By so many.
    std::set<ClassNumber> unseen;     // Those that nobody has loaded.
  };
  Duration corrected(const LoadPrior& prior, Duration usual) const;
  bool lies(NodeNumber node, ClassNumber number) const;

  std::map<ClassNumber, Class> classes_;
  std::map<std::string, Kind> kinds_;
  std::map<std::pair<NodeNumber, ClassNumber>, bool> lies_;
  std::set<std::pair<NodeNumber, ClassNumber>> fetched_;
};

}  // namespace gwageo
