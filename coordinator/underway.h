// Underway: what every slot is at, for how long already, and for how much longer.
//
// An item that does not end says as much of its like as one that has ended. A slot is expected to
// need W for as many items as it may have at once, and has handed nothing in, nor been given
// anything, for e:
//
//   e <= W   it needs what its items are expected to take
//   e > W    it is late, and needs as much again as it is late, e - W: of times that spread widely,
//            those that are late are the long ones
//
// and the items of a late slot count beside those that ended, with 2e - W for all of them. Where
// none of this model on this suite has ended, they alone count: 12 items out for an hour leave
// nothing of a guess of a second. For people: no decision reads it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/scheduler.h"

namespace gwageo {

/// The leases of one slot.
struct SlotRun {
  struct Part {
    JobId job;
    std::uint64_t items = 0;
    bool counts = true;  ///< No probe, and no copy of what another slot has.
  };
  WorkerId worker;
  std::uint32_t slot = 0;
  std::uint32_t gpus = 1;
  TeamNumber team = 0;  ///< Of the oldest lease,
  Digest class_key;     ///< and its model's.
  std::vector<Part> parts;
  bool is_here = false;     ///< The worker is.
  bool is_loading = false;  ///< Its model: `out` counts from the grant then.
  Instant first;            ///< When its oldest lease was granted.
  Instant lent;             ///< When its newest one was.
  Instant last;             ///< When it was last lent something or handed something in.
  Duration out;             ///< Since then, or since the load ended.
  Duration load;            ///< That is left.
  Duration load_least;
  Duration rest;  ///< Slot time until all of it is in, without the load.
  Duration rest_least;
};

/// One thread. Looks at a scheduler, which must not change meanwhile. Costs a look at every lease.
class Underway {
 public:
  explicit Underway(const Scheduler& scheduler);

  const Scheduler& scheduler() const { return scheduler_; }
  /// By worker and slot.
  const std::vector<SlotRun>& runs() const { return runs_; }
  /// Null where the slot has no lease.
  const SlotRun* run(WorkerId worker, std::uint32_t slot) const;

  struct Expected {
    Estimates::Expected item;  ///< With what is late.
    Duration least;            ///< An item, if what is late came in now.
    std::uint64_t late = 0;    ///< Items that are.
    Duration longest;          ///< One of them is out for so long.
  };
  Expected expect(const Digest& class_key, const std::string& suite) const;

  /// What slots have out of a job, in GPU microseconds.
  struct Left {
    std::int64_t work = 0;
    std::int64_t least = 0;
    Duration longest;  ///< Slot time until the last of it is in.
    Duration longest_least;
  };
  Left left(JobId job) const;
  /// Of all jobs.
  std::int64_t work() const { return work_; }

 private:
  struct Late {
    std::uint64_t items = 0;
    std::int64_t took = 0;  // Expected, all of them.
    std::int64_t out = 0;   // So far.
    Duration longest;
  };
  void collect();
  void look_at(SlotRun& run) const;
  void learn(const SlotRun& run);
  void foresee(SlotRun& run);
  const Late* late_of(const Digest& class_key, const std::string& suite,
                      Estimates::Basis basis) const;
  /// What its items need on a slot, as far as those that ended say.
  std::int64_t usual(const SlotRun& run) const;
  /// After so long it is late.
  std::int64_t bears(const SlotRun& run) const;
  Duration load_of(const SlotRun& run) const;
  const JobAccepted& accepted(const SlotRun::Part& part) const;

  const Scheduler& scheduler_;
  std::vector<SlotRun> runs_;
  std::map<std::pair<Digest, std::string>, Late> late_;
  std::map<Digest, Late> late_classes_;
  std::map<JobId, Left> left_;
  std::int64_t work_ = 0;
};

}  // namespace gwageo
