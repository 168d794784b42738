// Whether anything starves: how long a class whose work waits has nothing that runs. Policies that
// are fair to teams can still let a model wait that few ask for.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/simulate/workload.h"

namespace gwageo::simulate {

/// A value; time comes with each call and never goes back.
class Standstill {
 public:
  explicit Standstill(std::size_t classes) : notes_(classes) {}

  /// The class has so many batches more that wait, or less.
  void queues(ClassIndex number, std::int64_t batches, Instant now);
  /// So many runs of the class more go on, or less.
  void runs(ClassIndex number, std::int64_t runs, Instant now);

  /// The longest time for which work of one class waited while none of its runs went on, and the
  /// class. What stood still to the end, and never ran, is no part of it.
  Duration longest() const { return longest_; }
  ClassIndex longest_of() const { return longest_of_; }

 private:
  struct Note {
    std::int64_t queued = 0;
    std::int64_t running = 0;
    Instant since;  // It stands still, where it does.
    bool stands() const { return queued > 0 && running == 0; }
  };
  void look(ClassIndex number, bool stood, Instant now);

  std::vector<Note> notes_;
  Duration longest_;
  ClassIndex longest_of_ = none;
};

}  // namespace gwageo::simulate
