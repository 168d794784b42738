// Course: how the pool is expected to go on from now where loads are scarce: which class is loaded
// when, and how much of it is served by then. For people: no decision reads it.
//
// A list schedule on GPUs and on loads at once (lanes). Whenever a GPU and a lane are free, the
// team that had least of the loads since now for its weight begins one, as load_turns.cc has it: of
// a class that has no slot before others, of such that with most work, else where what is left pays
// for it (dispatcher.h). A class is served by its slots until it is over, and they fall free then.
//
//   one lane, teams a and b, loads of 60 s: a1 0-60, b1 60-120, a2 120-180, ...
//
// What it leaves out: slots that change teams before they are over, and which node is which. Costs
// a look at each team for each load; it ends after `loads_most` loads, and says nothing beyond.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "coordinator/waiting_work.h"
#include "protocol/time.h"

namespace gwageo {

/// A value.
class Course {
 public:
  static constexpr int loads_most = 2048;

  struct Class {
    TeamNumber team = 0;         ///< That it is loaded for.
    std::int64_t weight = 1;     ///< Of the team.
    std::int64_t team_gpus = 0;  ///< That it may hold at once; 0: all.
    Rank rank;
    std::uint32_t gpus = 1;  ///< Of a slot.
    Duration load;
    std::int64_t work = 0;          ///< Slot microseconds, of all that waits or is out.
    std::int64_t slots_most = 1;    ///< Of use to it.
    std::int64_t slots = 0;         ///< That serve it now.
    std::vector<Duration> loading;  ///< What is left of its loads.
  };
  struct Bounds {
    std::int64_t gpus = 0;
    std::int64_t lanes = 0;       ///< Loads at the same time.
    std::vector<Duration> taken;  ///< In how long those that are taken fall free.
    Duration load_counts;         ///< A load takes a lane no longer.
    std::int64_t theta = 1000;    ///< As PolicyKnobs.
  };
  Course(std::vector<Class> classes, const Bounds& bounds);

  /// In how long so much slot time of the class will have been served. None: nobody can say.
  std::optional<Duration> served(std::size_t number, std::int64_t work) const;

 private:
  friend class CourseRun;
  // From then on, so many slots.
  using Part = std::pair<std::int64_t, std::int64_t>;
  std::vector<std::vector<Part>> parts_;
};

}  // namespace gwageo
