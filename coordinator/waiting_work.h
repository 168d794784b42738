// WaitingWork: what waits for a slot, by class and team, and which classes are worth a further one.
// Queued shards are counts of a job's items, so a million of them cost what their jobs cost.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "coordinator/class_set.h"
#include "coordinator/job_demand.h"
#include "coordinator/ledger.h"
#include "protocol/check.h"
#include "protocol/ids.h"
#include "protocol/time.h"
#include "protocol/wide.h"

namespace gwageo {

/// A value; one thread.
class WaitingWork {
 public:
  /// `theta` in thousandths: how many times over waiting work must pay for a load.
  explicit WaitingWork(std::int64_t theta) : theta_(theta) {}

  ClassNumber add_class(const ClassSpec& spec);
  void set_load(ClassNumber number, Duration load);
  /// What waits of the job now. REQUIRES: class and team of a job never change.
  void set(Instant now, JobId job, const JobDemand& demand);
  /// The class has so many more slots, or less.
  void add_slots(Instant now, ClassNumber number, std::int64_t slots);

  std::size_t class_count() const { return classes_.size(); }
  const ClassSpec& spec(ClassNumber number) const { return classes_[number].spec; }
  /// Expected slot time of all that waits for the class.
  std::int64_t work(ClassNumber number) const { return classes_[number].work; }
  std::int64_t slots(ClassNumber number) const { return classes_[number].slots; }
  /// Slot time that waits for each slot; for a class without a slot more than any other's.
  std::int64_t pressure(ClassNumber number) const { return pressure_[number]; }
  /// The same of what the team alone waits for. REQUIRES: it waits for the class.
  std::int64_t pressure(ClassNumber number, TeamNumber team) const;
  /// Whether what waits pays for one more slot.
  bool pays(ClassNumber number) const { return paying_.contains(number); }
  const ClassSet& paying() const { return paying_; }
  /// Whether it pays for the team, too: what counts is what is served until the team's own is over,
  /// each team by its own weight, whatever its group. REQUIRES: it waits for the class.
  bool pays_for(const Ledger& ledger, ClassNumber number, TeamNumber team) const;
  /// Weights in the ledger, which is one, are others now.
  void shares_changed();
  /// The classes that a node can serve which meets these requirements.
  const ClassSet& fitting(std::uint64_t groups) const;
  /// The classes with this requirement that need `gpus` or more.
  ClassSet as_wide_as(std::uint32_t gpus, std::uint32_t group) const;
  /// All that need as many GPUs with the same requirement, itself among them.
  const ClassSet& shaped_like(ClassNumber number) const {
    return shapes_.at({classes_[number].spec.group, classes_[number].spec.gpus});
  }
  /// The classes that need GPUs which nobody has together: `could_fit(gpus, group)` is false.
  template <class CouldFit>
  ClassSet without_room(const CouldFit& could_fit) const {
    ClassSet none;
    for (const auto& [shape, classes] : shapes_) {
      if (!could_fit(shape.second, shape.first)) none.put_all(classes);
    }
    return none;
  }
  /// The classes for which the team's first job has this Rank::tier.
  const ClassSet& classes_of(TeamNumber team, std::size_t tier) const {
    static const ClassSet none;
    return team < teams_.size() ? teams_[team].classes[tier] : none;
  }
  /// The highest rank of what the team waits for. REQUIRES: it waits for something.
  const Rank& best_rank(TeamNumber team) const { return teams_[team].ranks.begin()->first; }
  /// Of the team's first job for the class. REQUIRES: it waits for the class.
  const Rank& rank(ClassNumber number, TeamNumber team) const;
  bool waits(ClassNumber number, TeamNumber team) const;
  /// Whether some of the team's first jobs go before others, by their rank or by a deadline.
  bool has_priorities(TeamNumber team) const {
    return teams_[team].ranks.size() > 1 || !best_rank(team).undated;
  }
  /// Whether any team's first job for a class is of the tier.
  bool any_in(std::size_t tier) const { return in_tier_[tier] > 0; }
  /// Teams that wait for anything, in no order.
  const std::vector<TeamNumber>& teams() const { return active_; }
  /// GPU time that it takes to load every class with work once.
  std::int64_t load_work() const { return load_work_; }
  /// Classes that have work and no slot, longest first.
  const std::set<std::pair<Instant, ClassNumber>>& unserved() const { return unserved_; }

  /// The team to serve next of those that wait for the class and may hold its GPUs, beside what
  /// they hold: highest tier first, then as the ledger orders.
  /// `holder` has a slot of the class already, and may go on while it is within its limit.
  std::optional<TeamNumber> head_team(const Ledger& ledger, ClassNumber number,
                                      std::optional<TeamNumber> holder = {}) const;
  /// The team's job to run next of this class. REQUIRES: it waits for the class.
  JobId head_job(ClassNumber number, TeamNumber team) const;
  const JobDemand& demand(JobId job) const { return demands_[place_of_job_[job.value]]; }
  /// Whether anything that waits is untried.
  bool has_untried() const { return untried_ > 0; }

  void check() const;

 private:
  // Highest rank, earliest deadline, oldest.
  using Key = std::tuple<Rank, Instant, JobId>;
  static Key key_of(JobId job, const JobDemand& demand);
  static std::int64_t work_of(const JobDemand& demand) {
    if (demand.work) return demand.work->microseconds;
    return static_cast<std::int64_t>(demand.items) * demand.item_time.microseconds;
  }

  // What a team waits for: all of it that decisions read lies side by side in `Class::waits`.
  struct OfTeam {
    TeamNumber team = 0;
    Rank rank;              // Of its first job,
    JobId first;            // which is this.
    std::int64_t work = 0;  // Expected slot time of what it waits for.
  };
  static constexpr std::uint32_t no_place = ~std::uint32_t{0};
  struct Class {
    ClassSpec spec;
    std::int64_t work = 0;
    std::int64_t slots = 0;
    std::vector<TeamNumber> teams;                     // Those that wait.
    std::vector<OfTeam> waits;                         // In the same places.
    std::vector<std::set<Key>> jobs;                   // In the same places.
    std::vector<std::uint32_t> place;                  // Of a team in these, or `no_place`.
    std::array<std::uint32_t, Rank::tiers> in_tier{};  // Of them, by the tier of the first job.
    std::optional<Instant> unserved;                   // Since when it has work and no slot.
    std::int64_t load_work = 0;                        // Of its one load, while it has work.
    Wide needed = 0;  // Thousandths of work that pay for one more slot.
    // By tier, what a team of it must wait for, for a weight of 1. Computed when first asked for.
    mutable std::array<std::optional<std::int64_t>, Rank::tiers> least_own;
  };
  struct Team {
    std::array<ClassSet, Rank::tiers> classes;  // By the tier of the first job that waits for it.
    std::map<Rank, std::uint32_t> ranks;        // Of those jobs.
  };

  /// `no_place` where the team does not wait for the class.
  static std::uint32_t place_of(const Class& of, TeamNumber team) {
    return team < of.place.size() ? of.place[team] : no_place;
  }
  /// REQUIRES: the team waits for the class.
  template <class SomeClass>
  static auto& find(SomeClass& of, TeamNumber team) {
    GWAGEO_CHECK(place_of(of, team) != no_place);
    return of.waits[of.place[team]];
  }
  void count_rank(ClassNumber number, const OfTeam& waits, bool add);
  void set_first(ClassNumber number, OfTeam& waits, const Key& first);
  static void add_work(Class& of, TeamNumber team, std::int64_t work);
  void refresh(Instant now, ClassNumber number);
  static std::int64_t least_own(const Ledger& ledger, const Class& of, std::uint8_t tier);
  void enter(JobId job, const JobDemand& demand);
  void leave(JobId job, const JobDemand& demand);

  std::int64_t theta_;
  std::vector<Class> classes_;
  std::vector<std::int64_t> pressure_;
  ClassSet paying_;
  mutable std::map<std::uint64_t, ClassSet> fitting_;  // Computed when first asked for.
  std::map<std::pair<std::uint32_t, std::uint32_t>, ClassSet> shapes_;  // By group and GPUs.
  std::vector<Team> teams_;
  std::vector<TeamNumber> active_;
  std::array<std::uint32_t, Rank::tiers> in_tier_{};  // All of `Class::in_tier`.
  // Jobs with pending items, looked up for every decision: job numbers are dense.
  std::vector<std::uint32_t> place_of_job_;  // In `demands_`, by job number.
  std::vector<JobDemand> demands_;
  std::vector<std::uint32_t> free_places_;
  std::size_t untried_ = 0;  // Of `demands_`.
  std::int64_t load_work_ = 0;
  std::set<std::pair<Instant, ClassNumber>> unserved_;
};

}  // namespace gwageo
