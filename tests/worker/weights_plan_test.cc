#include "worker/weights_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "worker/piece_set.h"

namespace gwageo {
namespace {

using Line = std::vector<WeightsStanding>;

TEST(WeightsPlan, EachFollowsTheOneBefore) {
  const Line line = {{"a", 1, false}, {"b", 2, false}, {"c", 3, false}};
  EXPECT_EQ(whom_to_follow(line, "a", {}), std::nullopt);
  EXPECT_EQ(whom_to_follow(line, "b", {}), "a");
  EXPECT_EQ(whom_to_follow(line, "c", {}), "b");
  EXPECT_EQ(whom_to_follow(line, "c", {"b"}), "a");
  EXPECT_EQ(whom_to_follow(line, "c", {"a", "b"}), std::nullopt);
}

TEST(WeightsPlan, WhoHasAllStandsBeforeThose) {
  const Line line = {{"a", 1, false}, {"b", 2, false}, {"full", 3, true}, {"full2", 4, true}};
  EXPECT_EQ(whom_to_follow(line, "a", {}), "full2");
  EXPECT_EQ(whom_to_follow(line, "b", {}), "a");
  EXPECT_EQ(whom_to_follow(line, "new", {}), "b");
}

TEST(WeightsPlan, TheHeadAsksTheOthers) {
  const Line line = {{"a", 1, false}, {"b", 2, false}, {"c", 3, false}};
  EXPECT_EQ(whom_to_ask(line, "b", {"a"}), std::vector<std::string>{"c"});
}

// Nodes that fetch by the plan, step by step in any order, and die as the seed says.
class Nodes {
 public:
  Nodes(std::size_t count, std::uint32_t pieces, std::uint32_t seed)
      : random_(seed), nodes_(count), pieces_(pieces) {
    for (std::size_t i = 0; i < count; ++i) nodes_[i].have = PieceSet(pieces);
  }

  void run(std::size_t deaths) {
    std::size_t steps = 0;
    while (!done()) {
      ASSERT_LT(++steps, 1'000'000u) << "it does not end";
      const std::size_t i = pick(nodes_.size());
      if (deaths > 0 && pick(pieces_ * 2) == 0 && alive() > 1) {
        nodes_[i].alive = false;
        --deaths;
      } else if (!nodes_[i].alive && pick(pieces_) == 0) {
        nodes_[i].alive = true;  // Started again, with what it had.
        nodes_[i].given_up.clear();
        nodes_[i].joined = 0;
        ++nodes_[i].life;
      }
      if (nodes_[i].alive && !nodes_[i].have.full()) step(i);
    }
  }
  std::uint32_t storage_reads() const { return storage_reads_; }

 private:
  struct Node {
    bool alive = true;
    std::uint64_t joined = 0;
    std::size_t life = 0;
    PieceSet have;
    std::set<std::string> given_up;
  };

  std::size_t pick(std::size_t below) { return random_() % below; }
  std::size_t alive() const {
    return static_cast<std::size_t>(std::ranges::count_if(nodes_, &Node::alive));
  }
  bool done() const {
    return std::ranges::all_of(nodes_,
                               [](const Node& node) { return !node.alive || node.have.full(); });
  }

  // A node that starts again is another one to those who gave it up.
  std::string name_of(std::size_t i) const {
    return std::to_string(i) + "." + std::to_string(nodes_[i].life);
  }

  Line line() const {
    Line all;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].joined > 0) {
        all.push_back({name_of(i), nodes_[i].joined, nodes_[i].have.full()});
      }
    }
    return all;
  }

  // Takes the first piece that the other has; false when there is none or it is dead.
  bool take(Node& node, const std::string& name, std::uint32_t pieces_max) {
    const Node& other = nodes_[std::stoul(name)];
    if (!other.alive) {
      node.given_up.insert(name);
      return false;
    }
    bool took = false;
    for (std::uint32_t i = 0; i < pieces_ && pieces_max > 0; ++i) {
      if (!other.have.has(i) || node.have.has(i)) continue;
      node.have.add(i);
      took = true;
      --pieces_max;
    }
    return took;
  }

  void step(std::size_t i) {
    Node& node = nodes_[i];
    if (node.joined == 0) node.joined = ++joined_;
    const std::string self = name_of(i);
    if (const auto followed = whom_to_follow(line(), self, node.given_up)) {
      take(node, *followed, 1);
      return;
    }
    for (const std::string& other : whom_to_ask(line(), self, node.given_up)) {
      if (take(node, other, pieces_)) return;
    }
    const std::uint32_t piece = *node.have.missing().next(0);
    for (const Node& other : nodes_) {
      EXPECT_FALSE(other.alive && other.joined > 0 && other.have.has(piece))
          << "read although a node has it";
    }
    node.have.add(piece);
    ++storage_reads_;
  }

  std::mt19937 random_;
  std::vector<Node> nodes_;
  std::uint32_t pieces_;
  std::uint64_t joined_ = 0;
  std::uint32_t storage_reads_ = 0;
};

TEST(WeightsPlan, StorageIsReadOnceWhereNobodyDies) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    Nodes nodes(2 + seed % 7, 40, seed);
    nodes.run(0);
    EXPECT_EQ(nodes.storage_reads(), 40u) << "seed " << seed;
  }
}

TEST(WeightsPlan, WhoeverDiesItEndsAndReadsOnlyWhatNobodyHas) {
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Nodes nodes(3 + seed % 6, 30, seed);
    nodes.run(1 + seed % 4);
  }
}

}  // namespace
}  // namespace gwageo
