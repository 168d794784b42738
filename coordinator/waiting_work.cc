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
  return {Rank{order_of(demand.tier), -demand.priority}, demand.deadline, job};
}

std::optional<std::size_t> WaitingWork::find(const Class& of, TeamNumber team) {
  const auto it = std::find_if(of.teams.begin(), of.teams.end(),
                               [&](const OfTeam& waits) { return waits.team == team; });
  if (it == of.teams.end()) return std::nullopt;
  return static_cast<std::size_t>(it - of.teams.begin());
}

bool WaitingWork::waits(ClassNumber number, TeamNumber team) const {
  return find(classes_[number], team).has_value();
}

const Rank& WaitingWork::rank(ClassNumber number, TeamNumber team) const {
  const Class& of = classes_[number];
  const std::optional<std::size_t> at = find(of, team);
  GWAGEO_CHECK(at.has_value());
  return of.teams[*at].rank;
}

void WaitingWork::count_rank(ClassNumber number, const OfTeam& waits, bool add) {
  Team& team = teams_[waits.team];
  const bool was_idle = team.ranks.empty();
  team.classes[waits.rank.tier].put(number, add);
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
  const Key key = key_of(job, demand);
  const Rank rank = std::get<Rank>(key);
  std::optional<std::size_t> at = find(of, demand.team);
  if (!at) {
    at = of.teams.size();
    of.teams.push_back({demand.team, rank, 0});
    of.jobs.emplace_back();
    count_rank(demand.class_number, of.teams[*at], true);
  } else if (rank < of.teams[*at].rank) {
    change_rank(demand.class_number, of.teams[*at], rank);
  }
  of.jobs[*at].insert(key);
}

void WaitingWork::leave(JobId job, const JobDemand& demand) {
  Class& of = classes_[demand.class_number];
  const std::size_t at = *find(of, demand.team);
  std::set<Key>& jobs = of.jobs[at];
  jobs.erase(key_of(job, demand));
  OfTeam& waits = of.teams[at];
  if (!jobs.empty()) {
    const Rank rank = std::get<Rank>(*jobs.begin());
    if (rank != waits.rank) change_rank(demand.class_number, waits, rank);
    return;
  }
  count_rank(demand.class_number, waits, false);
  std::swap(waits, of.teams.back());
  std::swap(jobs, of.jobs.back());
  of.teams.pop_back();
  of.jobs.pop_back();
}

void WaitingWork::change_rank(ClassNumber number, OfTeam& waits, const Rank& rank) {
  count_rank(number, waits, false);
  waits.rank = rank;
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
  of.teams[*find(of, team)].work += work;
}

std::int64_t WaitingWork::pressure(ClassNumber number, TeamNumber team) const {
  const Class& of = classes_[number];
  const std::int64_t work = of.teams[*find(of, team)].work;
  return of.slots > 0 ? work / of.slots : without_a_slot + std::min(work, without_a_slot);
}

void WaitingWork::refresh(Instant now, ClassNumber number) {
  Class& of = classes_[number];
  const bool is_unserved = of.work > 0 && of.slots == 0;
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
    for (const OfTeam& waits : of.teams) {
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
  const OfTeam& own = of.teams[*find(of, team)];
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
  const OfTeam* head = nullptr;
  for (const OfTeam& waits : of.teams) {
    if (head != nullptr) {
      if (waits.rank.tier > head->rank.tier) continue;
      const bool same_tier = waits.rank.tier == head->rank.tier;
      if (same_tier && !ledger.before(waits.team, head->team)) continue;
    }
    const std::uint32_t more = waits.team == holder ? 0 : of.spec.gpus;
    if (ledger.may_hold(waits.team, more)) head = &waits;
  }
  if (head == nullptr) return std::nullopt;
  return head->team;
}

JobId WaitingWork::head_job(ClassNumber number, TeamNumber team) const {
  const Class& of = classes_[number];
  const std::optional<std::size_t> at = find(of, team);
  GWAGEO_CHECK(at.has_value());
  return std::get<JobId>(*of.jobs[*at].begin());
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
  for (ClassNumber i = 0; i < classes_.size(); ++i) {
    const Class& of = classes_[i];
    GWAGEO_CHECK(of.work == work[i]);
    std::uint64_t listed = 0;
    GWAGEO_CHECK(of.jobs.size() == of.teams.size());
    for (std::size_t at = 0; at < of.teams.size(); ++at) {
      const OfTeam& waits = of.teams[at];
      listed += of.jobs[at].size();
      GWAGEO_CHECK(!of.jobs[at].empty() && std::get<Rank>(*of.jobs[at].begin()) == waits.rank);
      GWAGEO_CHECK(teams_[waits.team].classes[waits.rank.tier].contains(i));
      GWAGEO_CHECK(best_rank(waits.team) <= waits.rank);
      work[i] -= waits.work;
    }
    GWAGEO_CHECK(listed == entries[i] && work[i] == 0);
    GWAGEO_CHECK(of.unserved.has_value() == (of.work > 0 && of.slots == 0));
    if (of.unserved) GWAGEO_CHECK(unserved_.contains({*of.unserved, i}));
  }
}

}  // namespace gwageo
