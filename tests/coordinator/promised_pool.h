// A pool at work on simulated time: real scheduler, workers that load and answer for as long as was
// said, and a note of what every open job was promised at some moments. How far off were they?
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/scheduler.h"

namespace gwageo::testing {

/// What a pool has to do. A value.
struct PromisedWork {
  struct Model {
    std::string team;
    Duration load;
    Duration item;
    std::uint64_t bytes = 0;
    Duration arrives;  ///< Its one job, of all items of the suite.
  };
  std::vector<Model> models;
  std::uint32_t workers = 1;
  std::uint32_t slots = 1;  ///< Of each worker.
  std::uint32_t loads = 1;  ///< That it bears at once.
  std::uint64_t items = 100;
};

/// One thread.
class PromisedPool {
 public:
  explicit PromisedPool(PromisedWork work);

  /// Runs until every job is over, or `most` has passed, and asks for promises every so often.
  void run(Duration promise_every, Duration most);

  /// A job at a moment.
  struct Promise {
    JobId job;
    Duration at;
    Duration low;
    Duration expected;
    Duration high;
    Duration real;        ///< From then on.
    bool waited = false;  ///< For its first slot.
  };
  /// Of jobs that ended, from `from` on.
  std::vector<Promise> promises(Duration from) const;
  bool is_done() const { return done_ == work_.models.size(); }
  Duration now() const { return now_ - began_; }

 private:
  struct Slot {
    Digest loaded;
    bool loading = false;
    Instant until;  // Of the load, or of the item.
    Instant since;  // Of the load.
    std::deque<LeaseId> leases;
    bool asking = false;
  };
  Actions step(const Event& event);
  void work(WorkerId worker, std::uint32_t number, Slot& slot);
  void begin(Slot& slot);
  void beat(WorkerId worker);
  void sign(WorkerId worker);
  void note_promises();
  void submit(std::size_t model);

  PromisedWork work_;
  std::optional<Scheduler> scheduler_;
  std::map<WorkerId, std::vector<Slot>> slots_;
  std::map<Digest, std::size_t> model_of_;
  std::map<JobId, Duration> ended_;
  std::vector<Promise> promises_;
  std::size_t done_ = 0;
  Instant began_{1000};
  Instant now_{1000};
};

/// How good promises were.
struct PromiseScore {
  std::size_t count = 0;
  std::int64_t within_thousandths = 0;  ///< Of them, that the real time lay from low to high.
  std::int64_t off_thousandths = 0;     ///< Median of how many times over or under: 1000 is exact.
  std::int64_t early_thousandths = 0;   ///< Of them, that were over later than promised.
};
PromiseScore score(std::vector<PromisedPool::Promise> promises);

}  // namespace gwageo::testing
