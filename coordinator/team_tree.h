// TeamTree: what is set of the teams, and what each of them uses of what may be bounded. A team is
// in the group that it names as its parent, and a group uses what all below it use:
//
//   lab   10 GPU-hours at most      own 0 h, in all 9 h
//   |- haneul                       own 6 h
//   `- baram                        own 3 h
//
// What is used in all is kept up to date in each group, so that asking whether a team has used up
// its own or a group's hours is quick enough to be asked for every lease.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "coordinator/fact_pool.h"
#include "protocol/time.h"

namespace gwageo {

struct TeamUse {
  std::int64_t jobs = 0;   ///< Open.
  std::int64_t items = 0;  ///< Of open jobs, neither done nor given up.
  Duration gpu_time;       ///< Busy time of slots, ever.
  friend bool operator==(const TeamUse&, const TeamUse&) = default;
};

/// A value; one thread. Names that nobody set are teams of their own, without bounds.
class TeamTree {
 public:
  /// Replaces what is set of the team. What its old and new groups use follows. Costs O(teams) when
  /// the parent is another one. REQUIRES: no team is its own ancestor thereby.
  void set(const TeamSet& setting);
  /// Adds to what the team uses, and its groups. Returns whether one of them has used up its
  /// GPU-hours by this. Costs O(log teams) for each level.
  bool add(const std::string& team, const TeamUse& change);

  const std::map<std::string, TeamSet>& settings() const { return settings_; }
  /// nullptr where nobody set it.
  const TeamSet* setting(const std::string& team) const;
  /// The team, then the group that it is in, and so on to the top.
  std::vector<std::string> chain(const std::string& team) const;
  /// Of the team and everything below it.
  TeamUse use(const std::string& team) const;
  /// Of the team alone.
  TeamUse own(const std::string& team) const;
  /// The same, for each that ever used something.
  std::map<std::string, TeamUse> own_uses() const;
  /// The first of the chain that has used up its GPU-hours, or nullptr.
  const TeamSet* spent(const std::string& team) const;

  /// Adds up again what is kept for groups; a difference is a bug.
  void check() const;
  friend bool operator==(const TeamTree&, const TeamTree&) = default;

 private:
  struct Account {
    TeamUse own;
    TeamUse all;  ///< Of the team and everything below it.
    friend bool operator==(const Account&, const Account&) = default;
  };
  std::map<std::string, Account> added_up() const;

  std::map<std::string, TeamSet> settings_;
  std::map<std::string, Account> accounts_;
};

/// So much is an hour of one GPU.
inline constexpr Duration gpu_hour = seconds(3600);

}  // namespace gwageo
