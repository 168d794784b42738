#include "coordinator/waiting_work.h"

#include <algorithm>

#include "protocol/check.h"

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

WaitingWork::OfTeam* WaitingWork::find(Class& of, TeamNumber team) const {
  const auto it = std::find_if(of.teams.begin(), of.teams.end(),
                               [&](const OfTeam& waits) { return waits.team == team; });
  return it == of.teams.end() ? nullptr : &*it;
}

void WaitingWork::enter(JobId job, const JobDemand& demand) {
  Class& of = classes_[demand.class_number];
  if (teams_.size() <= demand.team) teams_.resize(demand.team + std::size_t{1});
  OfTeam* waits = find(of, demand.team);
  if (waits == nullptr) {
    waits = &of.teams.emplace_back(OfTeam{demand.team, demand.tier, {}});
    Team& team = teams_[demand.team];
    team.classes.put(demand.class_number, true);
    if (team.count++ == 0) active_.push_back(demand.team);
  }
  waits->jobs.insert(key_of(job, demand));
  waits->tier = std::get<Tier>(*waits->jobs.begin());
}

void WaitingWork::leave(JobId job, const JobDemand& demand) {
  Class& of = classes_[demand.class_number];
  OfTeam* const waits = find(of, demand.team);
  waits->jobs.erase(key_of(job, demand));
  if (!waits->jobs.empty()) {
    waits->tier = std::get<Tier>(*waits->jobs.begin());
    return;
  }
  std::swap(*waits, of.teams.back());
  of.teams.pop_back();
  Team& team = teams_[demand.team];
  team.classes.put(demand.class_number, false);
  if (--team.count > 0) return;
  std::swap(*std::find(active_.begin(), active_.end(), demand.team), active_.back());
  active_.pop_back();
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

std::optional<TeamNumber> WaitingWork::head_team(const Ledger& ledger, ClassNumber number) const {
  const Class& of = classes_[number];
  const OfTeam* head = nullptr;
  for (const OfTeam& waits : of.teams) {
    if (head != nullptr) {
      if (waits.tier > head->tier) continue;
      if (waits.tier == head->tier && !ledger.before(waits.team, head->team)) continue;
    }
    if (ledger.may_hold(waits.team, of.spec.gpus)) head = &waits;
  }
  if (head == nullptr) return std::nullopt;
  return head->team;
}

JobId WaitingWork::head_job(ClassNumber number, TeamNumber team) const {
  const Class& of = classes_[number];
  const auto it = std::find_if(of.teams.begin(), of.teams.end(),
                               [&](const OfTeam& waits) { return waits.team == team; });
  GWAGEO_CHECK(it != of.teams.end());
  return std::get<JobId>(*it->jobs.begin());
}

void WaitingWork::check() const {
  std::vector<std::int64_t> work(classes_.size(), 0);
  std::vector<std::uint64_t> entries(classes_.size(), 0);
  for (const auto& [job, demand] : jobs_) {
    GWAGEO_CHECK(demand.items > 0);
    work[demand.class_number] += work_of(demand);
    ++entries[demand.class_number];
    GWAGEO_CHECK(teams_[demand.team].classes.contains(demand.class_number));
  }
  for (ClassNumber i = 0; i < classes_.size(); ++i) {
    const Class& of = classes_[i];
    GWAGEO_CHECK(of.work == work[i]);
    std::uint64_t listed = 0;
    for (const OfTeam& waits : of.teams) listed += waits.jobs.size();
    GWAGEO_CHECK(listed == entries[i]);
    GWAGEO_CHECK(of.unserved.has_value() == (of.work > 0 && of.slots == 0));
    if (of.unserved) GWAGEO_CHECK(unserved_.contains({*of.unserved, i}));
  }
}

}  // namespace gwageo
