#include "coordinator/pool_course.h"

#include <algorithm>
#include <utility>

#include "coordinator/requirement.h"
#include "protocol/wide.h"

namespace gwageo {
namespace {

// Sums of times of a large pool must not overflow.
constexpr std::int64_t work_most = std::int64_t{1} << 60;

// None where every worker may load on all its slots at once.
std::optional<Course::Bounds> scarce_loads(const Underway& underway, std::int64_t gpus) {
  const Scheduler& scheduler = underway.scheduler();
  const Pool& pool = scheduler.pool();
  const NodeLoads& loads = pool.dispatcher().loads();
  Course::Bounds bounds;
  bounds.gpus = gpus;
  bounds.theta = pool.dispatcher().knobs().theta;
  bounds.load_counts = pool.dispatcher().knobs().load_counts;
  bool is_scarce = false;
  for (const auto& [id, session] : scheduler.sessions()) {
    if (!scheduler.serves(id)) continue;
    const NodeNumber node = pool.node_of(id);
    const std::uint32_t slots = pool.sound_blocks(id, 1);
    is_scarce = is_scarce || loads.most(node) < slots;
    bounds.lanes += std::min(loads.most(node), slots);
    for (const NodeLoads::Counted& load : loads.counted(node)) {
      const SlotRun* const run = underway.run(id, load.first);
      const bool is_on_time = run != nullptr && run->is_loading && run->load_least > Duration{};
      const Duration counts =
          std::max(Duration{}, load.since + bounds.load_counts - scheduler.now());
      bounds.taken.push_back(is_on_time ? std::min(run->load, counts) : counts);
    }
  }
  if (!is_scarce) return std::nullopt;
  return bounds;
}

}  // namespace

PoolCourse::PoolCourse(const Underway& underway, std::int64_t gpus,
                       const std::vector<Waiting>& waiting)
    : scheduler_(&underway.scheduler()) {
  const std::optional<Course::Bounds> bounds = scarce_loads(underway, gpus);
  if (!bounds) return;
  for (const Waiting& one : waiting) {
    OfClass& of = class_of(one.class_key, *one.model);
    of.course.rank = of.works.empty() ? one.rank : std::min(of.course.rank, one.rank);
    of.items += one.items;
    of.course.slots_most = std::min(of.items, one.slots);
    std::int64_t& work = of.works[one.team];
    work = std::min(work_most, work + one.work);
  }
  add_loads(underway);
  std::vector<Course::Class> classes;
  for (OfClass& of : classes_) {
    std::int64_t most = 0;
    for (const auto& [team, work] : of.works) {
      of.course.work = std::min(work_most, of.course.work + work);
      if (work < most) continue;
      most = work;
      of.course.team = team;
    }
    of.course.weight = weight(of.course.team);
    of.course.team_gpus = limit(of.course.team);
    classes.push_back(of.course);
  }
  course_.emplace(std::move(classes), *bounds);
}

PoolCourse::OfClass& PoolCourse::class_of(const Digest& class_key, const ModelAdded& model) {
  const auto [known, is_new] = numbers_.try_emplace(class_key, classes_.size());
  if (!is_new) return classes_[known->second];
  const Pool& pool = scheduler_->pool();
  OfClass& of = classes_.emplace_back();
  of.course.gpus = model.gpus;
  of.course.load = pool.expect_load(model).load;
  of.course.slots_most = 0;
  if (const std::optional<ClassNumber> number = pool.class_number(class_key)) {
    of.course.slots = pool.dispatcher().waiting().slots(*number);
  }
  return of;
}

void PoolCourse::add_loads(const Underway& underway) {
  const State& state = scheduler_->state();
  for (const SlotRun& run : underway.runs()) {
    if (!run.is_here || !run.is_loading) continue;
    const Job& job = *state.job(run.parts.front().job);
    Course::Class& of = class_of(run.class_key, model_of(state, job.accepted)).course;
    of.loading.push_back(run.load);
    of.slots = std::max<std::int64_t>(0, of.slots - 1);
  }
}

std::int64_t PoolCourse::weight(TeamNumber team) const {
  const Ledger& ledger = scheduler_->state().ledger();
  return team < ledger.size() ? std::max<std::int64_t>(1, ledger.share(team).weight) : 1;
}

// Of the team and of all the groups that it is in.
std::int64_t PoolCourse::limit(TeamNumber team) const {
  const Ledger& ledger = scheduler_->state().ledger();
  std::int64_t least = 0;
  std::optional<TeamNumber> up;
  if (team < ledger.size()) up = team;
  for (; up; up = ledger.share(*up).parent) {
    const std::int64_t limit = ledger.share(*up).limit;
    if (limit > 0) least = least == 0 ? limit : std::min(least, limit);
  }
  return least;
}

// A class's teams are served in step, by their weights.
std::optional<Duration> PoolCourse::over_in(const Digest& class_key, TeamNumber team,
                                            std::int64_t work) const {
  const auto number = numbers_.find(class_key);
  if (!course_ || number == numbers_.end()) return std::nullopt;
  Wide all = work;
  for (const auto& [other, theirs] : classes_[number->second].works) {
    if (other != team) all += std::min<Wide>(theirs, Wide{work} * weight(other) / weight(team));
  }
  const Wide most = classes_[number->second].course.work;
  return course_->served(number->second, static_cast<std::int64_t>(std::min(all, most)));
}

}  // namespace gwageo
