// PoolCourse: how all that waits in the pool is expected to be served (course.h), where workers
// bear fewer loads at once than they have slots. For people: no decision reads it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "coordinator/course.h"
#include "coordinator/underway.h"

namespace gwageo {

/// A value. Nothing is known of a pool where loads are not scarce.
class PoolCourse {
 public:
  /// A job of which something waits for a slot, one that somebody would submit, or what a slot has
  /// out of jobs of which nothing waits.
  struct Waiting {
    Digest class_key;
    const ModelAdded* model = nullptr;
    TeamNumber team = 0;
    Rank rank;
    std::int64_t work = 0;   ///< Slot microseconds, with what is out of it.
    std::int64_t items = 0;  ///< The same.
    std::int64_t slots = 0;  ///< That could serve it.
  };
  /// `gpus` of all workers that get leases. REQUIRES: what `underway` looks at outlives it.
  PoolCourse(const Underway& underway, std::int64_t gpus, const std::vector<Waiting>& waiting);

  /// In how long so much slot time of what the team waits for of the class will have been served,
  /// loads included. None: nobody can say.
  std::optional<Duration> over_in(const Digest& class_key, TeamNumber team,
                                  std::int64_t work) const;

 private:
  struct OfClass {
    Course::Class course;
    std::int64_t items = 0;
    std::map<TeamNumber, std::int64_t> works;  // Of what waits for it, by team.
  };
  OfClass& class_of(const Digest& class_key, const ModelAdded& model);
  void add_loads(const Underway& underway);
  std::int64_t weight(TeamNumber team) const;
  std::int64_t limit(TeamNumber team) const;

  const Scheduler* scheduler_;
  std::map<Digest, std::size_t> numbers_;
  std::vector<OfClass> classes_;
  std::optional<Course> course_;
};

}  // namespace gwageo
