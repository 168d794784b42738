#include "coordinator/forecast.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>

#include "protocol/wide.h"

namespace gwageo {
namespace {

// A year of a large pool's slots; what is more is as good as never, and sums must not overflow.
constexpr std::int64_t work_max = std::int64_t{1} << 60;

std::int64_t times(Duration each, std::uint64_t count) {
  const Wide product = static_cast<Wide>(each.microseconds) * count;
  return static_cast<std::int64_t>(std::min<Wide>(product, work_max));
}

std::int64_t sum(std::int64_t a, std::int64_t b) { return std::min(work_max, a + b); }

// So long take `work` microseconds of GPU time on so many thousandths of a GPU.
Duration over(std::int64_t work, std::int64_t thousandths) {
  const Wide time = (static_cast<Wide>(work) * 1000 + thousandths - 1) / thousandths;
  return {static_cast<std::int64_t>(std::min<Wide>(time, work_max))};
}

// How far out an expectation may be by itself.
std::int64_t doubt(Estimates::Basis basis) {
  switch (basis) {
    case Estimates::Basis::class_and_suite: return 1;
    case Estimates::Basis::model_class:
    case Estimates::Basis::suite: return 2;
    case Estimates::Basis::prior: return 4;
  }
  return 4;
}

}  // namespace

Forecast::Forecast(const Scheduler& scheduler) : scheduler_(scheduler) {
  const Ledger& ledger = state().ledger();
  claims_.resize(ledger.size());
  for (const auto& [id, session] : scheduler.sessions()) {
    if (!scheduler.serves(id)) continue;
    gpus_ += scheduler.pool().sound_blocks(id, 1);
  }
  for (const auto& [name, number] : ledger.names()) {
    TeamNow& team = teams_[name];
    team.number = number;
    team.holds = ledger.held(number);
    team.jobs = state().team_tree().use(name).jobs;
    claims_[number].share = ledger.share(number);
    claims_[number].usable += team.holds;
    // What its members hold is not its own.
    if (const auto& parent = ledger.share(number).parent) claims_[*parent].usable -= team.holds;
  }
  for (const auto& [priority, id] : state().queue()) {
    const Job& job = *state().job(id);
    if (state().held(job) || !could_run(job)) continue;
    queues_[job.team].push_back(queued_of(job));
    const std::uint32_t gpus = job.accepted.gpus;
    claims_[job.team].usable += static_cast<std::int64_t>(job.pending.size() * gpus);
    const Estimates::Expected item =
        scheduler.pool().expect(job.accepted.class_key, job.accepted.suite);
    for (const std::string& name : state().team_tree().chain(job.accepted.team)) {
      Duration& demands = teams_[name].demands;
      const std::int64_t work = times(item.item * gpus, job.pending.size());
      demands.microseconds = sum(demands.microseconds, work);
    }
  }
  for (auto& [team, queue] : queues_) {
    std::sort(queue.begin(), queue.end());
    std::int64_t until = 0;
    for (Queued& queued : queue) queued.until = until = sum(until, queued.work);
    work_ = sum(work_, until);
  }
  const std::vector<std::int64_t> shares = entitlements(claims_, gpus_);
  for (auto& [name, team] : teams_) team.entitled = shares[team.number];
}

// While no worker is here, one may come for anything.
bool Forecast::could_run(const Job& job) const {
  const bool is_too_wide = scheduler_.limit_below(job.accepted.team, job.accepted.gpus).has_value();
  return !is_too_wide && (gpus_ == 0 || slots(model_of(state(), job.accepted)) > 0);
}

Forecast::Queued Forecast::queued_of(const Job& job) const {
  const JobAccepted& accepted = job.accepted;
  Queued queued;
  const Pool::Urgency urgent = scheduler_.pool().urgency(job);
  queued.rank = {order_of(urgent.tier), -urgent.priority};
  queued.deadline = accepted.within > Duration{}
                        ? job.accepted_at + accepted.within
                        : Instant{std::numeric_limits<std::int64_t>::max()};
  queued.job = accepted.job;
  const Duration item = scheduler_.pool().expect(accepted.class_key, accepted.suite).item;
  queued.work =
      times(item * accepted.gpus, job.pending.size() + state().leased(accepted.job).size());
  return queued;
}

std::optional<Forecast::Position> Forecast::position(const Job& job) const {
  const auto queue = queues_.find(job.team);
  if (queue == queues_.end()) return std::nullopt;
  Position position;
  position.of = queue->second.size();
  position.place = 0;
  for (const Queued& other : queue->second) {
    ++position.place;
    if (other.job == job.accepted.job) return position;
    if (position.first != nullptr) continue;
    const Job& ahead = *state().job(other.job);
    const bool is_higher = other.rank < queued_of(job).rank;
    if (is_higher || ahead.accepted.class_key == job.accepted.class_key) position.first = &ahead;
  }
  return std::nullopt;
}

std::int64_t Forecast::slots(const ModelAdded& model) const {
  const Requirement requirement = requirement_of(model);
  const auto [known, is_new] = slots_.try_emplace({requirement, model.gpus}, 0);
  if (!is_new) return known->second;
  for (const auto& [id, session] : scheduler_.sessions()) {
    if (!scheduler_.serves(id) || !meets(session, requirement)) continue;
    known->second += scheduler_.pool().sound_blocks(id, model.gpus);
  }
  return known->second;
}

std::int64_t Forecast::busy_slots(const ModelAdded& model) const {
  const Requirement requirement = requirement_of(model);
  std::int64_t slots = 0;
  for (const auto& [id, session] : scheduler_.sessions()) {
    if (!scheduler_.serves(id) || !meets(session, requirement)) continue;
    std::set<std::uint32_t> busy;
    for (const LeaseId id_of_lease : state().leases_of(id)) {
      const LeaseGranted& lease = state().lease(id_of_lease)->granted;
      const std::uint32_t end = lease.slot + state().job(lease.job)->accepted.gpus;
      for (std::uint32_t slot = lease.slot; slot < end; ++slot) busy.insert(slot / model.gpus);
    }
    // A narrow rest of a worker is no block.
    const auto blocks = static_cast<std::uint32_t>(session.slots.size() / model.gpus);
    slots += std::distance(busy.begin(), busy.lower_bound(blocks));
  }
  return slots;
}

Duration Forecast::load_of(const Digest& class_key) const {
  const Pool& pool = scheduler_.pool();
  const std::optional<ClassNumber> number = pool.class_number(class_key);
  if (!number) return LoadCosts::prior;
  const WaitingWork& waiting = pool.dispatcher().waiting();
  return waiting.slots(*number) > 0 ? Duration{} : waiting.spec(*number).load;
}

Outlook Forecast::outlook_of(const Effort& effort) {
  // No more GPUs than can run it, nor than its items can use; and at least a little.
  const auto within = [&](std::int64_t thousandths) {
    const auto items = static_cast<std::int64_t>(std::min<std::uint64_t>(effort.items, 1u << 30));
    const std::int64_t used = std::min(effort.gpus, items * effort.width);
    return std::max<std::int64_t>(1, std::min(thousandths, used * 1000));
  };
  const std::int64_t due = std::max<std::int64_t>(1, std::min(effort.entitled, effort.gpus * 1000));
  const std::int64_t held = std::min(effort.holds, effort.gpus) * 1000;
  const auto lasts = [&](std::int64_t work, std::int64_t thousandths) {
    return effort.load + std::max(effort.item.item, over(work, thousandths));
  };
  Outlook outlook;
  outlook.item = effort.item;
  // What is before shares slots with others of the team, the job itself has one for each item.
  const Duration queue = over(effort.before, due);
  outlook.expected = queue + lasts(effort.own, within(due));
  outlook.low = lasts(effort.own, within(std::max(due, held)));
  const std::int64_t least = held > 0 ? std::min(due, held) : due;
  outlook.high = over(sum(effort.before, effort.beside), least) + lasts(effort.own, within(least));
  // No GPU idles while one of them could be of use: at the latest all else is over before.
  const std::int64_t every = effort.gpus * 1000;
  const Duration at_last = over(std::max<std::int64_t>(0, effort.all - effort.own), every) +
                           lasts(effort.own, within(every));
  outlook.expected = std::min(outlook.expected, at_last);
  outlook.low = std::min(outlook.low, at_last);
  outlook.high = std::min(outlook.high, at_last + at_last);
  const std::int64_t factor = doubt(effort.item.basis);
  outlook.low = {outlook.low.microseconds / factor};
  outlook.high = {std::min(work_max, outlook.high.microseconds) * factor};
  return outlook;
}

std::optional<Outlook> Forecast::outlook_alone(const Job& job) const {
  Effort effort;
  effort.item = scheduler_.pool().expect(job.accepted.class_key, job.accepted.suite);
  effort.items = job.pending.size() + state().leased(job.accepted.job).size();
  if (effort.items == 0) return Outlook{{}, {}, {}, effort.item};
  effort.width = job.accepted.gpus;
  effort.gpus = slots(model_of(state(), job.accepted)) * effort.width;
  const bool is_held = state().held(job) && !job.pending.empty();
  if (is_held || effort.gpus == 0 || !could_run(job)) return std::nullopt;
  const TeamNow& team = teams_.at(job.accepted.team);
  effort.entitled = team.entitled;
  effort.holds = team.holds;
  effort.load = load_of(job.accepted.class_key);
  effort.own = times(effort.item.item * effort.width, effort.items);
  effort.all = work_;
  const Queued mine = queued_of(job);
  const auto queue = queues_.find(job.team);
  if (queue == queues_.end()) return outlook_of(effort);
  // Those before it, then it, then the others of its rank.
  const std::vector<Queued>& jobs = queue->second;
  const auto here = std::lower_bound(jobs.begin(), jobs.end(), mine);
  const auto behind = here != jobs.end() && here->job == mine.job ? here + 1 : here;
  const auto end = std::partition_point(
      behind, jobs.end(), [&](const Queued& other) { return other.rank <= mine.rank; });
  const auto until = [&](auto it) { return it == jobs.begin() ? 0 : std::prev(it)->until; };
  effort.before = until(here);
  effort.beside = until(end) - until(behind);
  return outlook_of(effort);
}

std::optional<Outlook> Forecast::latest(std::optional<Outlook> own,
                                        const std::set<JobId>& jobs) const {
  for (const JobId job : jobs) {
    if (!own) return std::nullopt;
    const std::optional<Outlook> other = outlook_alone(*state().job(job));
    if (!other) return std::nullopt;
    own->expected = std::max(own->expected, other->expected);
    own->low = std::max(own->low, other->low);
    own->high = std::max(own->high, other->high);
  }
  return own;
}

// Items that wait for another job's are done when those are.
std::optional<Outlook> Forecast::outlook(const Job& job) const {
  if (!job.open()) return std::nullopt;
  std::set<JobId> sources;
  for (const Adoption& adoption : job.adoptions) {
    if (adoption.stored || adoption.source == job.accepted.job) continue;
    if (job.waiting.intersects(RangeSet({adoption.begin, adoption.end}))) {
      sources.insert(adoption.source);
    }
  }
  return latest(outlook_alone(job), sources);
}

Forecast::Plan Forecast::plan(const std::string& team, const ModelAdded& model,
                              const std::string& suite, std::uint64_t items,
                              const std::set<JobId>& sources) const {
  Effort effort;
  effort.item = scheduler_.pool().expect(model.class_key, suite);
  effort.items = items;
  effort.width = model.gpus;
  effort.own = times(effort.item.item * effort.width, items);
  effort.gpus = slots(model) * effort.width;
  effort.load = load_of(model.class_key);
  effort.all = sum(work_, effort.own);

  const auto known = teams_.find(team);
  std::vector<Claim> claims = claims_;
  TeamNumber number = static_cast<TeamNumber>(claims.size());
  if (known == teams_.end()) {
    claims.emplace_back();
  } else {
    number = known->second.number;
    effort.holds = known->second.holds;
  }
  claims[number].usable += static_cast<std::int64_t>(items * model.gpus);
  effort.entitled = entitlements(claims, gpus_)[number];
  const auto queue = queues_.find(number);
  const Rank campaign{order_of(Tier::campaign), 0};
  if (queue != queues_.end()) {
    for (const Queued& other : queue->second) {
      if (other.rank <= campaign) effort.before = sum(effort.before, other.work);
    }
  }
  Plan plan{{effort.own}, effort.entitled, effort.item, std::nullopt};
  if (items == 0) plan.outlook = Outlook{{}, {}, {}, effort.item};
  const bool could_run = effort.gpus > 0 && !scheduler_.limit_below(team, model.gpus);
  if (items > 0 && could_run) plan.outlook = outlook_of(effort);
  plan.outlook = latest(std::move(plan.outlook), sources);
  return plan;
}

}  // namespace gwageo
