// What is noted while a simulation runs: who holds how many GPUs when, and how far apart teams are.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/simulate/workload.h"

namespace gwageo::simulate {

/// GPU time over the run, in bins whose width doubles when the run outgrows them. A value.
class Timeline {
 public:
  explicit Timeline(std::size_t series) : bins_(series, std::vector<std::int64_t>(bins_max)) {}
  static constexpr std::size_t bins_max = 512;

  /// `gpus` were used from `from` to `to`.
  void add(std::size_t series, Instant from, Instant to, std::int64_t gpus);
  Duration width() const { return width_; }
  std::size_t series() const { return bins_.size(); }
  /// GPU-microseconds in a bin.
  std::int64_t at(std::size_t series, std::size_t bin) const { return bins_[series][bin]; }

 private:
  void grow(Instant until);
  Duration width_ = seconds(1);
  std::vector<std::vector<std::int64_t>> bins_;
};

/// Service of teams while they demand it. A team demands while at least as many GPUs as its share
/// of the fleet have work queued for them; it has enough to do while what is queued also pays for
/// loading its models on so many (backlog.h). One owner, one thread.
class Recorder {
 public:
  Recorder(const Fleet& fleet, const Workload& workload);

  /// Everything below happens at this instant or later.
  void advance(Instant now);
  /// A team's GPUs begin (or, negative, end) to load or to serve.
  void loads(TeamIndex team, std::int64_t gpus);
  void serves(TeamIndex team, std::int64_t gpus);
  /// What the team has queued becomes more or less; in GPUs that it would keep busy, times
  /// `queue_unit`.
  void queues(TeamIndex team, std::int64_t amount);
  static constexpr std::int64_t queue_unit = 1 << 20;
  /// So many GPUs are worth loading for what the team has queued now.
  void is_worth(TeamIndex team, std::int64_t gpus);
  void finish();

  /// GPU time of a team, loads included.
  Duration service(TeamIndex team) const { return {teams_[team].service}; }
  /// The largest gap of service per weight between two teams that both demanded all the while, over
  /// all such stretches; sampled, see `sample`. In GPU time of a team of weight 1.
  Duration lag() const { return {lag_}; }
  /// The same between any two teams over each stretch when all teams have enough to do.
  Duration backlogged_lag() const { return {backlogged_lag_}; }
  /// Service per weight of each team over the time when all teams have enough to do.
  const std::vector<std::int64_t>& backlogged_service() const { return backlogged_; }
  Duration backlogged_time() const { return {backlogged_time_}; }
  /// A series per team (serving), and last what was loading.
  const Timeline& timeline() const { return timeline_; }

 private:
  struct TeamNote {
    std::int64_t weight = 1;
    std::int64_t entitled = 1;  // GPUs
    std::int64_t queued = 0;    // GPUs times queue_unit
    std::int64_t loading = 0;
    std::int64_t serving = 0;
    std::int64_t service = 0;  // up to `since`
    Instant since;
    bool demands = false;
    bool has_enough = false;
  };
  /// Service of one team less another's while both demand, since they last began to.
  struct Pair {
    std::int64_t low = 0;
    std::int64_t high = 0;
    bool open = false;
    std::int64_t all_low = 0;  // Since all have enough to do.
    std::int64_t all_high = 0;
  };

  void settle(TeamIndex team);
  void sample();
  Pair& pair(TeamIndex i, TeamIndex j);
  void compare(TeamIndex i, TeamIndex j);
  void compare_with_others(TeamIndex team);
  void compare_all();
  void all_have_enough(bool now_all);
  std::int64_t per_weight(TeamIndex team) const {
    return teams_[team].service / teams_[team].weight;
  }

  Instant now_;
  std::vector<TeamNote> teams_;
  std::vector<std::int64_t> began_;  // per team: service per weight when all had enough to do
  std::vector<std::int64_t> backlogged_;
  std::size_t with_enough_ = 0;
  Instant all_since_;
  std::int64_t backlogged_time_ = 0;
  std::vector<Pair> pairs_;  // of teams i < j, row by row
  std::int64_t lag_ = 0;
  std::int64_t backlogged_lag_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t samples_max_;
  Duration step_ = seconds(1);
  Instant next_sample_;
  Timeline timeline_;
};

}  // namespace gwageo::simulate
