// Forecast: what each team holds, is due and has waiting, in which order a team's jobs go, and when
// a job will be over, from what was learned so far. For people: no decision reads it.
//
// The estimate of a job is GPU time over GPUs (slots, where there are none):
//
//   expected   what the team has before the job, and the job, over the GPUs that the team is due,
//              of which those that other teams are at come free as what is out there ends; and what
//              is left of loading its model, where no slot has it
//   low        the job alone on the whole pool: no sooner, whoever gives slots back
//   high       also what is of equal rank behind the job, over what the team is due or what it
//              holds, whichever is less
//
// It works on no more slots than what waits pays for loading its model on. What is out for longer
// than expected counts as underway.h says; of a team whose GPU-hours are used up, by when it is
// taken at the latest. Where workers load as many models as they may, a load waits for one of those
// (full_loads.h); where they bear fewer loads at once than they have slots, loads go by turns, and
// expected is when the job is over on the course that the pool takes with them (course.h). An
// expectation that does not rest on items of this very model and suite may be wrong by itself: the
// work in low and high is twice as far out where it rests on one of them, four times where on
// nothing (of low only where nothing that is out says how long an item is at least); and so is a
// load, twice where it rests on other models', four times where on nothing.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "coordinator/entitlement.h"
#include "coordinator/pool_course.h"
#include "coordinator/scheduler.h"
#include "coordinator/underway.h"

namespace gwageo {

/// When a job is expected to be over, from now.
struct Outlook {
  Duration expected;
  Duration low;
  Duration high;
  Estimates::Expected item;  ///< What it rests on, with what is late.
  std::uint64_t late = 0;    ///< Items like its own that are out for longer than was expected,
  Duration longest;          ///< one of them for so long.
};

/// A team now. Of a group: with all below it.
struct TeamNow {
  TeamNumber number = 0;
  std::int64_t holds = 0;     ///< GPUs, or slots where there are none; so in all that follows.
  std::int64_t entitled = 0;  ///< Thousandths of a GPU; 0 where its GPU-hours are spent.
  Duration demands;           ///< GPU time of what waits and may be given out.
  std::int64_t jobs = 0;      ///< Open.
};

/// One thread. Looks at a scheduler, which must not change meanwhile. Making one costs a look at
/// every queued job, worker and team.
class Forecast {
 public:
  explicit Forecast(const Scheduler& scheduler);

  const Scheduler& scheduler() const { return scheduler_; }
  const State& state() const { return scheduler_.state(); }
  const Underway& underway() const { return underway_; }
  /// Every team that ever submitted or was set, by name.
  const std::map<std::string, TeamNow>& teams() const { return teams_; }

  /// Among the jobs of its team whose items wait for a slot.
  struct Position {
    std::uint64_t place = 1;  ///< 1 is next.
    std::uint64_t of = 1;
    /// The first that goes before it in any case: of higher rank, or of the same model and rank
    /// with an earlier deadline, or older.
    const Job* first = nullptr;
  };
  /// None when none of its items waits for a slot, or it is held back.
  std::optional<Position> position(const Job& job) const;
  /// Whether anything that the team waits for could run here.
  bool may_run(TeamNumber team) const { return queues_.contains(team); }
  /// None for a job that is over, is held back, or that no worker here can run.
  std::optional<Outlook> outlook(const Job& job) const;

  /// A job of `items` items to run that the team would submit now, as a campaign, whose other items
  /// come from `sources` as those get theirs.
  struct Plan {
    Duration gpu_time;          ///< Of its items and of its loads: what the team is charged.
    std::int64_t loads = 0;     ///< Slots that are expected to load its model for it,
    ExpectedLoad load;          ///< and what one of them takes.
    std::int64_t entitled = 0;  ///< Thousandths of a GPU that the team is due with it.
    Estimates::Expected item;
    std::optional<Outlook> outlook;  ///< None when no worker here can run it, or hours are spent.
  };
  Plan plan(const std::string& team, const ModelAdded& model, const std::string& suite,
            std::uint64_t items, const std::set<JobId>& sources) const;

  /// Blocks of workers that get leases and can run the model.
  std::int64_t slots(const ModelAdded& model) const;
  /// The same of a job: an audit's are others' than those of whom it audits.
  std::int64_t slots_for(const Job& job) const;
  /// The workers of these.
  std::vector<WorkerId> workers_for(const Job& job) const;
  /// In how long what is out there is taken at the latest (overdue_leases.h), as its team's
  /// GPU-hours are used up. None where they are not.
  std::optional<Duration> taken_in(const SlotRun& run) const;
  /// Those of a model's that have a lease somewhere.
  std::int64_t busy_slots(const ModelAdded& model) const;

 private:
  // A job with items that wait for a slot, where it stands among its team's.
  struct Queued {
    Rank rank;
    Instant deadline;
    JobId job;
    std::int64_t work = 0;      // GPU microseconds, of what waits and of what is out.
    std::int64_t until = 0;     // The sum of it and all before,
    std::int64_t of_class = 0;  // and of those that have its class.
    friend auto operator<=>(const Queued&, const Queued&) = default;
  };
  // A span of time by itself, and the least that it may be.
  struct Span {
    Duration expected;
    Duration least;
    Duration most;
  };
  // What decides when something is over: work is GPU time, and what works on it is GPUs.
  struct Effort {
    std::int64_t before = 0;
    std::int64_t own = 0;
    std::int64_t own_least = 0;
    std::int64_t beside = 0;
    std::int64_t all = 0;  // Of the whole pool, its own with it.
    std::uint64_t items = 0;
    Duration last;  // Its last item needs so long, however many slots there are.
    Duration last_least;
    std::int64_t entitled = 0;
    std::int64_t holds = 0;
    std::int64_t gpus = 0;    // That can run it.
    std::int64_t loaded = 0;  // GPUs that it is worth having its model on.
    std::int64_t width = 1;   // Of them for each item.
    Span load;
    Duration load_of_one;  // On any slot.
    // Ascending: when blocks that could run it fall free of what others have out there. The others
    // are free.
    const std::vector<Duration>* taken = nullptr;
    Underway::Expected item;
    std::optional<Duration> course;  // When it is over where loads are scarce, its own included.
  };
  static Outlook outlook_of(const Effort& effort);
  static Duration delay(const Effort& effort, std::int64_t work, std::int64_t thousandths);
  std::optional<Outlook> outlook_alone(const Job& job) const;
  /// Whatever is later: `own`, or the end of one of these jobs. None where one of them has none.
  std::optional<Outlook> latest(std::optional<Outlook> own, const std::set<JobId>& jobs) const;
  /// Until a slot has the class: nothing where one has it, what is left of a load, or all of one
  /// and what it waits for others'.
  Span load_of(const Digest& class_key, const ModelAdded& model) const;
  /// GPUs that it is worth having the class on, with `more` GPU time than what waits for it.
  std::int64_t worth_loading(const Digest& class_key, std::int64_t more,
                             const Effort& effort) const;
  std::int64_t loads_of(const Effort& effort, const Digest& class_key) const;
  /// For Effort::taken. Of the team itself what is out of jobs that `queues_` does not have, where
  /// `own` says so: of the others it is part of what is before.
  const std::vector<Duration>& taken(const ModelAdded& model, TeamNumber team, bool own) const;
  bool is_out_alone(const SlotRun& run) const;
  /// Until what others have out there is over, or is taken from them.
  Duration until_free(const SlotRun& run) const;
  Queued queued_of(const Job& job) const;
  std::vector<PoolCourse::Waiting> waiting() const;
  /// When what waits of the job is over where loads are scarce; none where they are not.
  std::optional<Duration> course_of(const Job& job, const Queued& here) const;
  /// The same of `work` GPU microseconds that the team would submit.
  std::optional<Duration> course_with(TeamNumber team, const ModelAdded& model, std::uint64_t items,
                                      std::int64_t work) const;
  /// Whether it would be over if nothing changed but work being done.
  bool could_run(const Job& job) const;
  bool is_away(const Job& job) const;

  const Scheduler& scheduler_;
  Underway underway_;
  // Slots that load a class, by class: how many, and the least that is left of one's load.
  struct Loading {
    std::int64_t slots = 0;
    Span left;
  };
  std::map<Digest, Loading> loading_;
  std::vector<Claim> claims_;  // By team.
  std::int64_t gpus_ = 0;      // Of all workers that get leases,
  std::uint32_t credit_ = 0;   // and the fewest items that a slot of theirs wants at once.
  std::int64_t work_ = 0;      // Of all that waits or is out.
  // Computed when first asked for.
  mutable std::map<std::pair<Requirement, std::uint32_t>, std::int64_t> slots_;
  mutable std::map<std::tuple<Requirement, std::uint32_t, TeamNumber, bool>, std::vector<Duration>>
      taken_;
  mutable std::optional<PoolCourse> course_;
  std::map<std::string, TeamNow> teams_;
  std::map<TeamNumber, std::vector<Queued>> queues_;  // Ascending.
};

}  // namespace gwageo
