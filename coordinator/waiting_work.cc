#include "coordinator/waiting_work.h"

#include <algorithm>

#include "protocol/check.h"
#include "protocol/wide.h"

namespace gwageo {
namespace {

// Above every pressure of a class that has a slot.
constexpr std::int64_t without_a_slot = std::int64_t{1} << 61;

}  // namespace

ClassNumber WaitingWork::add_class(const ClassSpec& spec) {
  GWAGEO_CHECK(spec.group < 64 && spec.gpus >= 1);
  const auto number = static_cast<ClassNumber>(classes_.size());
  classes_.emplace_back().spec = spec;
  pressure_.push_back(0);
  shapes_[{spec.group, spec.gpus}].put(number, true);
  for (auto& [groups, set] : fitting_) {
    if ((groups >> spec.group & 1) != 0) set.put(number, true);
  }
  return number;
}

void WaitingWork::set_load(ClassNumber number, Duration load) {
  classes_[number].spec.load = load;
  const Class& changed = classes_[number];
  refresh(changed.unserved.value_or(Instant{}), number);
}

const ClassSet& WaitingWork::fitting(std::uint64_t groups) const {
  const auto [it, is_new] = fitting_.try_emplace(groups);
  if (is_new) {
    for (ClassNumber i = 0; i < classes_.size(); ++i) {
      if ((groups >> classes_[i].spec.group & 1) != 0) it->second.put(i, true);
    }
  }
  return it->second;
}

ClassSet WaitingWork::as_wide_as(std::uint32_t gpus, std::uint32_t group) const {
  ClassSet wide;
  for (auto it = shapes_.lower_bound({group, gpus}); it != shapes_.end(); ++it) {
    if (it->first.first != group) break;
    wide.put_all(it->second);
  }
  return wide;
}

WaitingWork::Key WaitingWork::key_of(JobId job, const JobDemand& demand) {
  const bool undated = demand.deadline == JobDemand::undated;
  return {Rank{order_of(demand.tier), -demand.priority, undated}, demand.deadline, job};
}

bool WaitingWork::waits(ClassNumber number, TeamNumber team) const {
  return place_of(classes_[number], team) != no_place;
}

const Rank& WaitingWork::rank(ClassNumber number, TeamNumber team) const {
  return find(classes_[number], team).rank;
}

void WaitingWork::count_rank(ClassNumber number, const OfTeam& waits, bool add) {
  Team& team = teams_[waits.team];
  const bool was_idle = team.ranks.empty();
  team.classes[waits.rank.tier].put(number, add);
  for (auto* const in_tier : {&classes_[number].in_tier, &in_tier_}) {
    add ? ++(*in_tier)[waits.rank.tier] : --(*in_tier)[waits.rank.tier];
  }
  if (add) {
    ++team.ranks[waits.rank];
    if (was_idle) active_.push_back(waits.team);
    return;
  }
  const auto counted = team.ranks.find(waits.rank);
  if (--counted->second == 0) team.ranks.erase(counted);
  if (!team.ranks.empty()) return;
  std::swap(*std::find(active_.begin(), active_.end(), waits.team), active_.back());
  active_.pop_back();
}

void WaitingWork::enter(JobId job, const JobDemand& demand) {
  Class& of = classes_[demand.class_number];
  if (teams_.size() <= demand.team) teams_.resize(demand.team + std::size_t{1});
  if (of.place.size() <= demand.team) of.place.resize(demand.team + std::size_t{1}, no_place);
  const Key key = key_of(job, demand);
  std::uint32_t& place = of.place[demand.team];
  if (place == no_place) {
    place = static_cast<std::uint32_t>(of.teams.size());
    of.teams.push_back(demand.team);
    of.waits.push_back({demand.team, std::get<Rank>(key), job, 0});
    of.jobs.emplace_back();
    count_rank(demand.class_number, of.waits[place], true);
  }
  of.jobs[place].insert(key);
  set_first(demand.class_number, of.waits[place], *of.jobs[place].begin());
}

void WaitingWork::leave(JobId job, const JobDemand& demand) {
  Class& of = classes_[demand.class_number];
  const std::uint32_t place = of.place[demand.team];
  std::set<Key>& jobs = of.jobs[place];
  jobs.erase(key_of(job, demand));
  if (!jobs.empty()) return set_first(demand.class_number, of.waits[place], *jobs.begin());
  count_rank(demand.class_number, of.waits[place], false);
  of.place[of.teams.back()] = place;
  of.place[demand.team] = no_place;
  of.teams[place] = of.teams.back();
  of.waits[place] = of.waits.back();
  std::swap(jobs, of.jobs.back());
  of.teams.pop_back();
  of.waits.pop_back();
  of.jobs.pop_back();
}

void WaitingWork::set_first(ClassNumber number, OfTeam& waits, const Key& first) {
  waits.first = std::get<JobId>(first);
  if (std::get<Rank>(first) == waits.rank) return;
  count_rank(number, waits, false);
  waits.rank = std::get<Rank>(first);
  count_rank(number, waits, true);
}

void WaitingWork::set(Instant now, JobId job, const JobDemand& demand) {
  GWAGEO_CHECK(demand.item_time.microseconds >= 1);
  if (place_of_job_.size() <= job.value) {
    if (demand.items == 0) return;
    place_of_job_.resize(job.value + 1, no_place);
  }
  std::uint32_t& place = place_of_job_[job.value];
  Class& of = classes_[demand.class_number];
  if (place == no_place) {
    if (demand.items == 0) return;
    enter(job, demand);
    if (free_places_.empty()) {
      place = static_cast<std::uint32_t>(demands_.size());
      demands_.push_back(demand);
    } else {
      place = free_places_.back();
      free_places_.pop_back();
      demands_[place] = demand;
    }
    add_work(of, demand.team, work_of(demand));
    if (demand.untried) ++untried_;
  } else {
    JobDemand& before = demands_[place];
    GWAGEO_CHECK(before.class_number == demand.class_number && before.team == demand.team);
    add_work(of, demand.team, (demand.items > 0 ? work_of(demand) : 0) - work_of(before));
    const bool stays = demand.items > 0;
    const bool moves = before.tier != demand.tier || before.priority != demand.priority ||
                       before.deadline != demand.deadline;
    if (stays && moves) enter(job, demand);  // First, so that the team is never without.
    if (!stays || moves) leave(job, before);
    if (before.untried) --untried_;
    if (demand.untried && stays) ++untried_;
    before = demand;
    if (!stays) {
      free_places_.push_back(place);
      place = no_place;
    }
  }
  refresh(now, demand.class_number);
}

void WaitingWork::add_slots(Instant now, ClassNumber number, std::int64_t slots) {
  classes_[number].slots += slots;
  GWAGEO_CHECK(classes_[number].slots >= 0);
  refresh(now, number);
}

void WaitingWork::add_work(Class& of, TeamNumber team, std::int64_t work) {
  of.work += work;
  find(of, team).work += work;
}

std::int64_t WaitingWork::pressure(ClassNumber number, TeamNumber team) const {
  const Class& of = classes_[number];
  const std::int64_t work = find(of, team).work;
  return of.slots > 0 ? work / of.slots : without_a_slot + std::min(work, without_a_slot);
}

void WaitingWork::refresh(Instant now, ClassNumber number) {
  Class& of = classes_[number];
  const bool is_unserved = of.work > 0 && of.slots == 0;
  load_work_ -= of.load_work;
  of.load_work = of.work > 0 ? of.spec.load.microseconds * of.spec.gpus : 0;
  load_work_ += of.load_work;
  if (of.slots > 0) {
    pressure_[number] = of.work / of.slots;
  } else {
    pressure_[number] = of.work == 0 ? 0 : without_a_slot + std::min(of.work, without_a_slot);
  }
  of.needed = static_cast<Wide>(theta_) * of.spec.load.microseconds * of.slots;
  of.least_own = {};
  paying_.put(number, of.work > 0 && static_cast<Wide>(of.work) * 1000 >= of.needed);
  if (is_unserved == of.unserved.has_value()) return;
  if (is_unserved) {
    of.unserved = now;
    unserved_.emplace(now, number);
  } else {
    unserved_.erase({*of.unserved, number});
    of.unserved.reset();
  }
}

// Teams with less than the level are over before all that pays is served, others are served up to
// it: it rises until what is left of the need goes evenly to those above it.
std::int64_t WaitingWork::least_own(const Ledger& ledger, const Class& of, std::uint8_t tier) {
  const Wide needed = (of.needed + 999) / 1000;
  Wide level = 0;
  while (true) {
    Wide left = needed;
    std::int64_t weights = 0;
    for (const OfTeam& waits : of.waits) {
      if (waits.rank.tier > tier) continue;
      const std::int64_t weight = ledger.share(waits.team).weight;
      const bool is_over = waits.rank.tier < tier || waits.work < level * weight;
      if (is_over) {
        left -= waits.work;
      } else {
        weights += weight;
      }
    }
    if (left <= level * weights) return static_cast<std::int64_t>(level);
    if (weights == 0) return INT64_MAX;
    level = (left + weights - 1) / weights;
  }
}

bool WaitingWork::pays_for(const Ledger& ledger, ClassNumber number, TeamNumber team) const {
  const Class& of = classes_[number];
  const OfTeam& own = find(of, team);
  std::optional<std::int64_t>& least = of.least_own[own.rank.tier];
  if (!least) least = least_own(ledger, of, own.rank.tier);
  return own.work >= static_cast<Wide>(*least) * ledger.share(team).weight;
}

void WaitingWork::shares_changed() {
  for (Class& of : classes_) of.least_own = {};
}

std::optional<TeamNumber> WaitingWork::head_team(const Ledger& ledger, ClassNumber number,
                                                 std::optional<TeamNumber> holder) const {
  const Class& of = classes_[number];
  for (std::uint8_t tier = 0; tier < Rank::tiers; ++tier) {
    if (of.in_tier[tier] == 0) continue;
    const std::optional<TeamNumber> head = ledger.first(of.teams, [&](TeamNumber team) {
      const std::uint32_t place = place_of(of, team);
      if (place == no_place || of.waits[place].rank.tier != tier) return false;
      return ledger.may_hold(team, team == holder ? 0 : of.spec.gpus);
    });
    if (head) return head;
  }
  return std::nullopt;
}

JobId WaitingWork::head_job(ClassNumber number, TeamNumber team) const {
  return find(classes_[number], team).first;
}

void WaitingWork::check() const {
  std::vector<std::int64_t> work(classes_.size(), 0);
  std::vector<std::uint64_t> entries(classes_.size(), 0);
  std::size_t waiting = 0;
  std::size_t untried = 0;
  for (std::size_t job = 0; job < place_of_job_.size(); ++job) {
    if (place_of_job_[job] == no_place) continue;
    ++waiting;
    const JobDemand& demand = demands_[place_of_job_[job]];
    if (demand.untried) ++untried;
    GWAGEO_CHECK(demand.items > 0);
    work[demand.class_number] += work_of(demand);
    ++entries[demand.class_number];
    GWAGEO_CHECK(waits(demand.class_number, demand.team));
  }
  GWAGEO_CHECK(waiting + free_places_.size() == demands_.size() && untried == untried_);
  std::array<std::uint32_t, Rank::tiers> in_all{};
  std::int64_t load_work = 0;
  for (ClassNumber i = 0; i < classes_.size(); ++i) {
    const Class& of = classes_[i];
    GWAGEO_CHECK(of.work == work[i]);
    std::uint64_t listed = 0;
    GWAGEO_CHECK(of.jobs.size() == of.teams.size() && of.waits.size() == of.teams.size());
    std::array<std::uint32_t, Rank::tiers> in_tier{};
    for (std::size_t at = 0; at < of.teams.size(); ++at) {
      const OfTeam& waits = of.waits[at];
      listed += of.jobs[at].size();
      GWAGEO_CHECK(waits.team == of.teams[at] && place_of(of, waits.team) == at);
      GWAGEO_CHECK(!of.jobs[at].empty() && std::get<Rank>(*of.jobs[at].begin()) == waits.rank);
      GWAGEO_CHECK(std::get<JobId>(*of.jobs[at].begin()) == waits.first);
      ++in_tier[waits.rank.tier];
      ++in_all[waits.rank.tier];
      GWAGEO_CHECK(teams_[waits.team].classes[waits.rank.tier].contains(i));
      GWAGEO_CHECK(best_rank(waits.team) <= waits.rank);
      work[i] -= waits.work;
    }
    GWAGEO_CHECK(listed == entries[i] && work[i] == 0 && in_tier == of.in_tier);
    GWAGEO_CHECK(of.unserved.has_value() == (of.work > 0 && of.slots == 0));
    if (of.unserved) GWAGEO_CHECK(unserved_.contains({*of.unserved, i}));
    load_work += of.work > 0 ? of.spec.load.microseconds * of.spec.gpus : 0;
  }
  GWAGEO_CHECK(in_all == in_tier_ && load_work == load_work_);
}

}  // namespace gwageo
