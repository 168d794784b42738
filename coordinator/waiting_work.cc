#include "coordinator/waiting_work.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo {
namespace {

// Above every pressure of a class that has a slot.
constexpr std::int64_t without_a_slot = std::int64_t{1} << 61;

std::uint8_t order_of(Tier tier) {
  switch (tier) {
    case Tier::audit: return 0;
    case Tier::interactive: return 1;
    case Tier::campaign: return 2;
    case Tier::refresh: return 3;
  }
  return 3;
}

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

const WaitingWork::OfTeam* WaitingWork::find(const Class& of, TeamNumber team) {
  const auto it = std::find_if(of.teams.begin(), of.teams.end(),
                               [&](const OfTeam& waits) { return waits.team == team; });
  return it == of.teams.end() ? nullptr : &*it;
}

bool WaitingWork::waits(ClassNumber number, TeamNumber team) const {
  return find(classes_[number], team) != nullptr;
}

const Rank& WaitingWork::rank(ClassNumber number, TeamNumber team) const {
  const OfTeam* const waits = find(classes_[number], team);
  GWAGEO_CHECK(waits != nullptr);
  return waits->rank;
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
  OfTeam* waits = find(of, demand.team);
  const Key key = key_of(job, demand);
  const Rank rank = std::get<Rank>(key);
  if (waits == nullptr) {
    waits = &of.teams.emplace_back(OfTeam{demand.team, rank, {}});
    count_rank(demand.class_number, *waits, true);
  } else if (rank < waits->rank) {
    count_rank(demand.class_number, *waits, false);
    waits->rank = rank;
    count_rank(demand.class_number, *waits, true);
  }
  waits->jobs.insert(key);
}

void WaitingWork::leave(JobId job, const JobDemand& demand) {
  Class& of = classes_[demand.class_number];
  OfTeam* const waits = find(of, demand.team);
  waits->jobs.erase(key_of(job, demand));
  const bool stays = !waits->jobs.empty();
  if (stays && std::get<Rank>(*waits->jobs.begin()) == waits->rank) return;
  count_rank(demand.class_number, *waits, false);
  if (stays) {
    waits->rank = std::get<Rank>(*waits->jobs.begin());
    count_rank(demand.class_number, *waits, true);
    return;
  }
  std::swap(*waits, of.teams.back());
  of.teams.pop_back();
}

void WaitingWork::set(Instant now, JobId job, const JobDemand& demand) {
  GWAGEO_CHECK(demand.item_time.microseconds >= 1);
  const auto found = jobs_.find(job);
  Class& of = classes_[demand.class_number];
  if (found == jobs_.end()) {
    if (demand.items == 0) return;
    enter(job, demand);
    jobs_.emplace(job, demand);
    of.work += work_of(demand);
  } else {
    JobDemand& before = found->second;
    GWAGEO_CHECK(before.class_number == demand.class_number && before.team == demand.team);
    of.work += work_of(demand) - work_of(before);
    const bool stays = demand.items > 0;
    if (!stays || key_of(job, before) != key_of(job, demand)) {
      if (stays) enter(job, demand);  // First, so that the team is never without.
      leave(job, before);
    }
    if (stays) {
      before = demand;
    } else {
      jobs_.erase(found);
    }
  }
  refresh(now, demand.class_number);
}

void WaitingWork::add_slots(Instant now, ClassNumber number, std::int64_t slots) {
  classes_[number].slots += slots;
  GWAGEO_CHECK(classes_[number].slots >= 0);
  refresh(now, number);
}

void WaitingWork::refresh(Instant now, ClassNumber number) {
  Class& of = classes_[number];
  const bool is_unserved = of.work > 0 && of.slots == 0;
  if (of.slots > 0) {
    pressure_[number] = of.work / of.slots;
  } else {
    pressure_[number] = of.work == 0 ? 0 : without_a_slot + std::min(of.work, without_a_slot);
  }
  const auto needed = static_cast<__int128>(theta_) * of.spec.load.microseconds * of.slots;
  paying_.put(number, of.work > 0 && static_cast<__int128>(of.work) * 1000 >= needed);
  if (is_unserved == of.unserved.has_value()) return;
  if (is_unserved) {
    of.unserved = now;
    unserved_.emplace(now, number);
  } else {
    unserved_.erase({*of.unserved, number});
    of.unserved.reset();
  }
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
    if (waits.team == holder || ledger.may_hold(waits.team, of.spec.gpus)) head = &waits;
  }
  if (head == nullptr) return std::nullopt;
  return head->team;
}

JobId WaitingWork::head_job(ClassNumber number, TeamNumber team) const {
  const OfTeam* const waits = find(classes_[number], team);
  GWAGEO_CHECK(waits != nullptr);
  return std::get<JobId>(*waits->jobs.begin());
}

void WaitingWork::check() const {
  std::vector<std::int64_t> work(classes_.size(), 0);
  std::vector<std::uint64_t> entries(classes_.size(), 0);
  for (const auto& [job, demand] : jobs_) {
    GWAGEO_CHECK(demand.items > 0);
    work[demand.class_number] += work_of(demand);
    ++entries[demand.class_number];
    GWAGEO_CHECK(waits(demand.class_number, demand.team));
  }
  for (ClassNumber i = 0; i < classes_.size(); ++i) {
    const Class& of = classes_[i];
    GWAGEO_CHECK(of.work == work[i]);
    std::uint64_t listed = 0;
    for (const OfTeam& waits : of.teams) {
      listed += waits.jobs.size();
      GWAGEO_CHECK(!waits.jobs.empty() && std::get<Rank>(*waits.jobs.begin()) == waits.rank);
      GWAGEO_CHECK(teams_[waits.team].classes[waits.rank.tier].contains(i));
      GWAGEO_CHECK(best_rank(waits.team) <= waits.rank);
    }
    GWAGEO_CHECK(listed == entries[i]);
    GWAGEO_CHECK(of.unserved.has_value() == (of.work > 0 && of.slots == 0));
    if (of.unserved) GWAGEO_CHECK(unserved_.contains({*of.unserved, i}));
  }
}

}  // namespace gwageo
