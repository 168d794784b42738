// A small pool for tests of the dispatcher: what runs, and who is told about it. Everything takes
// what is expected, and a run that is asked to yield ends with the item in progress, or where its
// load is broken off.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/dispatcher.h"

namespace gwageo {

struct DispatchedPool {
  explicit DispatchedPool(PolicyKnobs knobs = {});
  ~DispatchedPool();

  Dispatcher dispatcher;
  Ledger ledger;
  Instant now;
  std::map<JobId, JobDemand> jobs;
  struct Run {
    Start start;
    Instant started;
    Instant began;  // After its load.
    Instant ends;
    std::int64_t charged = 0;
    std::uint64_t rest = 0;  // Items that a yield leaves.
    std::optional<Yield> asked;
  };
  std::vector<Run> running;
  std::map<TeamNumber, std::int64_t> served;  // Slot time.
  std::uint64_t loads = 0;
  std::vector<Yield> yields;
  std::uint64_t given_back = 0;  // Blocks that yielded, and went on with their team's work.
  std::optional<Yield> just_yielded;

  TeamNumber team(const std::string& name) { return ledger.team(name); }
  TeamNumber team(const std::string& name, std::uint32_t guarantee);
  ClassNumber add_class(std::uint32_t gpus, std::int64_t load_seconds);
  JobId submit(ClassNumber of, TeamNumber team, std::uint64_t items,
               Duration item_time = seconds(1), std::int32_t priority = 0,
               Tier tier = Tier::campaign);
  void tell(JobId job);
  Duration length(const Start& start) const;
  /// Starts all that may start now, asks who is to yield, and returns what started.
  std::vector<Start> start_all();
  void ask(const Yield& yield);
  /// Breaks the team's loads off, and forgets the jobs that they were for.
  void cancel_loads(TeamNumber team);
  /// Lets the next run end; false when nothing runs.
  bool advance();
  /// The node is lost: what ran there, in part or whole, is to be done again elsewhere.
  void lose(NodeNumber node);
  void run_until(Instant end);
  void run_to_the_end();
};

}  // namespace gwageo
