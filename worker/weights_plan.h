// Who gets what from whom, so that storage is read once. Pure: each node decides for itself, from
// what all of them see, and no one has to be asked.
//
// The nodes that want a model stand in a line: those that have all of it first, then the others as
// they came. Each follows the next one before it that is alive, and takes every piece as soon as
// that one has it:
//
//     storage --> A --> B --> C --> D          B dies:   storage --> A --> C --> D
//                                              A dies:   storage --> B --> C --> D
//
// Every link carries the model once, so all end within a few pieces of the first, whatever their
// number. A node that nobody alive stands before is the head: it takes what others behind it have
// (one that started again after them, or that overtook it), and reads only what is left from
// storage. The head never waits for anybody and all others wait towards it, so there is no circle.
// Where nodes differ over who is alive, a piece is read twice, and nothing worse.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gwageo {

/// A node that has a model or fetches it.
struct WeightsStanding {
  std::string node;
  std::uint64_t joined = 0;  ///< Its place in the order of coming; no two have the same.
  bool whole = false;        ///< It has all of the model, verified.
  friend bool operator==(const WeightsStanding&, const WeightsStanding&) = default;
};

/// Whom `self`, which lacks pieces, follows; nobody when it is the head. `given_up`: nodes that do
/// not answer or gave something wrong. A node that is not in the line stands at its end.
std::optional<std::string> whom_to_follow(const std::vector<WeightsStanding>& line,
                                          const std::string& self,
                                          const std::set<std::string>& given_up);

/// Whom the head asks for what they have before it reads storage: everybody else, the nearest
/// first.
std::vector<std::string> whom_to_ask(const std::vector<WeightsStanding>& line,
                                     const std::string& self,
                                     const std::set<std::string>& given_up);

}  // namespace gwageo
