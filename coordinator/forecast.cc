#include "coordinator/forecast.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>

#include "coordinator/full_loads.h"
#include "coordinator/overdue_leases.h"
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

Duration bounded(Wide time) {
  return {static_cast<std::int64_t>(std::clamp<Wide>(time, 0, work_max))};
}

// So long take `work` microseconds of GPU time on so many thousandths of a GPU.
Duration over(Wide work, std::int64_t thousandths) {
  return bounded((work * 1000 + thousandths - 1) / thousandths);
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

std::int64_t doubt(ExpectedLoad::Basis basis) {
  switch (basis) {
    case ExpectedLoad::Basis::learned: return 1;
    case ExpectedLoad::Basis::others: return 2;
    case ExpectedLoad::Basis::prior: return 4;
  }
  return 4;
}

}  // namespace

Forecast::Forecast(const Scheduler& scheduler) : scheduler_(scheduler), underway_(scheduler) {
  const Ledger& ledger = state().ledger();
  claims_.resize(ledger.size());
  for (const auto& [id, session] : scheduler.sessions()) {
    if (!scheduler.serves(id)) continue;
    gpus_ += scheduler.pool().sound_blocks(id, 1);
    credit_ = credit_ == 0 ? session.credit_items : std::min(credit_, session.credit_items);
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
  // What a team holds whose GPU-hours are spent, it holds until its runs end, and is due nothing.
  for (const auto& [name, number] : ledger.names()) {
    if (state().spent(name)) claims_[number].usable = 0;
  }
  for (const SlotRun& run : underway_.runs()) {
    if (!run.is_loading) continue;
    Loading& loading = loading_[run.class_key];
    if (loading.slots++ == 0 || run.load < loading.left.expected) {
      loading.left = {run.load, run.load_least, run.load};
    }
  }
  work_ = underway_.work();
  for (const auto& [priority, id] : state().queue()) {
    const Job& job = *state().job(id);
    if (state().held(job) || !could_run(job)) continue;
    queues_[job.team].push_back(queued_of(job));
    const std::uint32_t gpus = job.accepted.gpus;
    claims_[job.team].usable += static_cast<std::int64_t>(job.pending.size() * gpus);
    const Duration item = underway_.expect(job.accepted.class_key, job.accepted.suite).item.item;
    const std::int64_t work = times(item * gpus, job.pending.size());
    work_ = sum(work_, work);
    for (const std::string& name : state().team_tree().chain(job.accepted.team)) {
      Duration& demands = teams_[name].demands;
      demands.microseconds = sum(demands.microseconds, work);
    }
  }
  for (auto& [team, queue] : queues_) {
    std::sort(queue.begin(), queue.end());
    std::int64_t until = 0;
    std::map<Digest, std::int64_t> of_class;
    for (Queued& queued : queue) {
      std::int64_t& same = of_class[state().job(queued.job)->accepted.class_key];
      queued.until = until = sum(until, queued.work);
      queued.of_class = same = sum(same, queued.work);
    }
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
  const bool undated = accepted.within <= Duration{};
  queued.rank = {order_of(urgent.tier), -urgent.priority, undated};
  queued.deadline = undated ? JobDemand::undated : job.accepted_at + accepted.within;
  queued.job = accepted.job;
  const Duration item = underway_.expect(accepted.class_key, accepted.suite).item.item;
  queued.work =
      sum(times(item * accepted.gpus, job.pending.size()), underway_.left(accepted.job).work);
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

std::int64_t Forecast::slots_for(const Job& job) const {
  std::int64_t slots = 0;
  for (const auto& [id, session] : scheduler_.sessions()) {
    const Pool& pool = scheduler_.pool();
    if (!scheduler_.serves(id) || !pool.could_run(id, state(), job)) continue;
    slots += pool.sound_blocks(id, job.accepted.gpus);
  }
  return slots;
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

std::vector<WorkerId> Forecast::workers_for(const Job& job) const {
  std::vector<WorkerId> workers;
  for (const auto& [id, session] : scheduler_.sessions()) {
    const bool could = scheduler_.serves(id) && scheduler_.pool().could_run(id, state(), job);
    if (could) workers.push_back(id);
  }
  return workers;
}

Forecast::Span Forecast::load_of(const Digest& class_key, const ModelAdded& model) const {
  const Pool& pool = scheduler_.pool();
  const ExpectedLoad known = pool.expect_load(model);
  const Duration load = known.load;
  // As long as nobody has loaded it, it is a guess.
  const std::int64_t factor = doubt(known.basis);
  const auto loading = loading_.find(class_key);
  const std::optional<ClassNumber> number = pool.class_number(class_key);
  const std::int64_t has = number ? pool.dispatcher().waiting().slots(*number) : 0;
  if (has > (loading == loading_.end() ? 0 : loading->second.slots)) return {};
  Span left{load, load, load};
  if (loading != loading_.end()) left = loading->second.left;
  left = {left.expected, {left.least.microseconds / factor}, left.most * factor};
  if (loading != loading_.end()) return left;
  std::vector<WorkerId> workers;
  for (const auto& [id, session] : scheduler_.sessions()) {
    const bool could = scheduler_.serves(id) && meets(session, requirement_of(model)) &&
                       pool.sound_blocks(id, model.gpus) > 0;
    if (could) workers.push_back(id);
  }
  std::size_t others = 0;
  for (const auto& [since, unserved] : pool.dispatcher().waiting().unserved()) {
    others += unserved == number ? 0 : 1;
  }
  const LoadWait wait = load_wait(underway_, workers, others);
  return {left.expected + wait.expected, left.least, left.most + wait.most};
}

// A further slot gets it while what waits pays for one more load beside those that it has
// (waiting_work.h). What each is given at once waits no longer when the next is asked for.
std::int64_t Forecast::worth_loading(const Digest& class_key, std::int64_t more,
                                     const Effort& effort) const {
  const Pool& pool = scheduler_.pool();
  const WaitingWork& waiting = pool.dispatcher().waiting();
  const PolicyKnobs& knobs = pool.dispatcher().knobs();
  const std::optional<ClassNumber> number = pool.class_number(class_key);
  const std::int64_t has = number ? waiting.slots(*number) : 0;
  std::int64_t work = sum(number ? waiting.work(*number) : 0, more / effort.width);
  const Wide price = static_cast<Wide>(knobs.theta) * effort.load_of_one.microseconds;
  if (price == 0) return work_max;
  const std::int64_t item = std::max<std::int64_t>(1, effort.item.item.item.microseconds);
  const std::int64_t most = effort.gpus / effort.width;
  std::int64_t slots = has;
  while (slots < most && work > 0 && static_cast<Wide>(work) * 1000 >= price * slots) {
    const std::int64_t each = work / std::max<std::int64_t>(1, slots);
    const std::int64_t run = std::clamp<std::int64_t>(
        each / 1000 * knobs.run_share, knobs.run_min.microseconds, knobs.run_max.microseconds);
    work -= std::clamp<std::int64_t>(run / item, 1, std::max(1U, credit_)) * item;
    ++slots;
  }
  return std::min(std::max<std::int64_t>(1, slots) * effort.width, work_max);
}

bool Forecast::is_out_alone(const SlotRun& run) const {
  return std::all_of(run.parts.begin(), run.parts.end(), [&](const SlotRun::Part& part) {
    const Job& job = *state().job(part.job);
    return job.pending.empty() || state().held(job);
  });
}

// What is late says nothing of when it ends, and is taken in time.
Duration Forecast::until_free(const SlotRun& run) const {
  const Duration until = run.load + run.rest;
  const std::optional<Duration> left = taken_in(run);
  if (!left) return until;
  const bool is_late = run.load_least + run.rest_least == Duration{};
  return is_late ? *left : std::min(until, *left);
}

std::optional<Duration> Forecast::taken_in(const SlotRun& run) const {
  if (!state().spent(state().job(run.parts.front().job)->accepted.team)) return std::nullopt;
  return std::max(Duration{}, run.lent + overdue_leases_after - scheduler_.now());
}

const std::vector<Duration>& Forecast::taken(const ModelAdded& model, TeamNumber team,
                                             bool own) const {
  const Requirement requirement = requirement_of(model);
  const auto [known, is_new] = taken_.try_emplace({requirement, model.gpus, team, own});
  if (!is_new) return known->second;
  // By block: when what others have out on some of it is expected to have ended.
  std::map<std::pair<WorkerId, std::uint32_t>, Duration> blocks;
  for (const SlotRun& run : underway_.runs()) {
    if (!run.is_here || !scheduler_.serves(run.worker)) continue;
    if (run.team == team && !(own && is_out_alone(run))) continue;
    const Session& session = scheduler_.sessions().at(run.worker);
    if (!meets(session, requirement)) continue;
    for (std::uint32_t slot = run.slot; slot < run.slot + run.gpus; ++slot) {
      const std::uint32_t block = slot / model.gpus;
      if ((block + 1) * model.gpus > session.slots.size()) break;  // A narrow rest.
      Duration& until = blocks[{run.worker, block}];
      until = std::max(until, until_free(run));
    }
  }
  for (const auto& [block, until] : blocks) known->second.push_back(until);
  std::sort(known->second.begin(), known->second.end());
  // Of a block that is out of order something may be left.
  const auto most = static_cast<std::size_t>(slots(model));
  if (known->second.size() > most) known->second.resize(most);
  return known->second;
}

// By how much later than on free GPUs the work is over, as some are taken: free ones first, then
// one after another as they fall free, as long as that helps.
Duration Forecast::delay(const Effort& effort, std::int64_t work, std::int64_t thousandths) {
  const std::int64_t each = effort.width * 1000;
  const auto taken = static_cast<std::int64_t>(effort.taken->size()) * each;
  std::int64_t used = std::min(thousandths, effort.gpus * 1000 - taken);
  std::optional<Duration> ends;
  if (used > 0) ends = over(work, used);
  Wide waited = 0;
  for (const Duration until : *effort.taken) {
    if (used >= thousandths || (ends && *ends <= until)) break;
    const std::int64_t more = std::min(each, thousandths - used);
    used += more;
    waited += static_cast<Wide>(until.microseconds) * more;
    ends = bounded((static_cast<Wide>(work) * 1000 + waited + used - 1) / used);
  }
  return ends ? std::max(Duration{}, *ends - over(work, thousandths)) : Duration{};
}

Outlook Forecast::outlook_of(const Effort& effort) {
  // No more GPUs than can run it, nor than its items can use; and at least a little.
  const auto items = static_cast<std::int64_t>(std::min<std::uint64_t>(effort.items, 1u << 30));
  const std::int64_t useful = std::min(effort.gpus, items * effort.width);
  const std::int64_t used = std::min(useful, effort.loaded);
  const auto within = [&](std::int64_t thousandths) {
    return std::max<std::int64_t>(1, std::min(thousandths, used * 1000));
  };
  const std::int64_t due = std::max<std::int64_t>(1, std::min(effort.entitled, effort.gpus * 1000));
  const std::int64_t held = std::min(effort.holds, effort.gpus) * 1000;
  // Of the team: what is before shares slots with others, the job itself has one for each item.
  const auto works = [&](std::int64_t before, std::int64_t thousandths) {
    return over(before, thousandths) +
           std::max(effort.last, over(effort.own, within(thousandths))) +
           delay(effort, sum(before, effort.own), thousandths);
  };
  Duration expected = works(effort.before, due);
  const std::int64_t least = held > 0 ? std::min(due, held) : due;
  Duration high = works(sum(effort.before, effort.beside), least);
  // No GPU idles while one of them could be of use: at the latest all else is over before.
  const std::int64_t every = effort.gpus * 1000;
  Wide others = Wide{effort.all} - effort.own;
  for (const Duration until : *effort.taken) others -= Wide{until.microseconds} * effort.width;
  const Duration at_last = over(std::max<Wide>(0, others), every) + works(0, every);
  expected = std::min(expected, at_last);
  high = std::max(expected, std::min(high, at_last + at_last));
  Duration low = std::max(effort.last_least, over(effort.own_least, useful * 1000));

  const std::int64_t factor = doubt(effort.item.item.basis);
  if (effort.item.late == 0) low = {low.microseconds / factor};
  high = {std::min(work_max, high.microseconds) * factor};
  Outlook outlook{effort.load.expected + expected,
                  effort.load.least + low,
                  effort.load.most + high,
                  effort.item.item,
                  effort.item.late,
                  effort.item.longest};
  if (effort.course) {
    outlook.expected = std::max(*effort.course, effort.load.expected + effort.last);
    outlook.high = std::max(outlook.high, outlook.expected);
  }
  outlook.low = std::min(outlook.low, outlook.expected);
  return outlook;
}

std::optional<Outlook> Forecast::outlook_alone(const Job& job) const {
  const JobAccepted& accepted = job.accepted;
  const ModelAdded& model = model_of(state(), accepted);
  Effort effort;
  effort.item = underway_.expect(accepted.class_key, accepted.suite);
  effort.items = job.pending.size() + state().leased(accepted.job).size();
  if (effort.items == 0) return Outlook{{}, {}, {}, effort.item.item, 0, {}};
  effort.width = accepted.gpus;
  effort.gpus = slots(model) * effort.width;
  const bool is_held = state().held(job) && !job.pending.empty();
  if (is_held || effort.gpus == 0 || !could_run(job) || is_away(job)) return std::nullopt;
  const TeamNow& team = teams_.at(accepted.team);
  effort.entitled = team.entitled;
  effort.holds = team.holds;
  const Underway::Left out = underway_.left(accepted.job);
  effort.load = load_of(accepted.class_key, model);
  effort.load_of_one = scheduler_.pool().expect_load(model).load;
  effort.loaded = worth_loading(accepted.class_key, 0, effort);
  effort.taken = &taken(model, job.team, !job.pending.empty());
  effort.own = sum(times(effort.item.item.item * effort.width, job.pending.size()), out.work);
  effort.own_least = sum(times(effort.item.least * effort.width, job.pending.size()), out.least);
  effort.last = job.pending.empty() ? out.longest : effort.item.item.item;
  effort.last_least = job.pending.empty() ? out.longest_least : effort.item.least;
  effort.all = work_;
  const Queued mine = queued_of(job);
  const auto queue = queues_.find(job.team);
  if (queue == queues_.end()) return outlook_of(effort);
  // Those before it, then it, then the others of its rank.
  const std::vector<Queued>& jobs = queue->second;
  const auto here = std::lower_bound(jobs.begin(), jobs.end(), mine);
  const auto behind = here != jobs.end() && here->job == mine.job ? here + 1 : here;
  if (behind != here) effort.course = course_of(job, *here);
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

// Where the team is due slots, its items can use them, and none has the model yet.
std::int64_t Forecast::loads_of(const Effort& effort, const Digest& class_key) const {
  const Pool& pool = scheduler_.pool();
  const std::optional<ClassNumber> number = pool.class_number(class_key);
  const std::int64_t has = number ? pool.dispatcher().waiting().slots(*number) : 0;
  const std::int64_t due = (effort.entitled / 1000 + effort.width - 1) / effort.width;
  const auto items = static_cast<std::int64_t>(std::min<std::uint64_t>(effort.items, 1u << 30));
  const std::int64_t wants = std::min(items, effort.loaded / effort.width);
  return std::max<std::int64_t>(0, std::min(wants, std::max<std::int64_t>(1, due)) - has);
}

Forecast::Plan Forecast::plan(const std::string& team, const ModelAdded& model,
                              const std::string& suite, std::uint64_t items,
                              const std::set<JobId>& sources) const {
  Effort effort;
  effort.item = underway_.expect(model.class_key, suite);
  effort.items = items;
  effort.width = model.gpus;
  effort.own = times(effort.item.item.item * effort.width, items);
  effort.own_least = times(effort.item.least * effort.width, items);
  effort.last = effort.item.item.item;
  effort.last_least = effort.item.least;
  effort.gpus = slots(model) * effort.width;
  effort.load = load_of(model.class_key, model);
  effort.load_of_one = scheduler_.pool().expect_load(model).load;
  effort.loaded = worth_loading(model.class_key, effort.own, effort);
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
  effort.taken = &taken(model, number, true);
  const bool is_spent = state().spent(team);
  if (!is_spent) claims[number].usable += static_cast<std::int64_t>(items * model.gpus);
  effort.entitled = entitlements(claims, gpus_)[number];
  const auto queue = queues_.find(number);
  const Rank campaign{order_of(Tier::campaign), 0};
  if (queue != queues_.end()) {
    for (const Queued& other : queue->second) {
      if (other.rank <= campaign) effort.before = sum(effort.before, other.work);
    }
  }
  if (items > 0) effort.course = course_with(number, model, items, effort.own);
  Plan plan;
  plan.entitled = effort.entitled;
  plan.item = effort.item.item;
  plan.load = scheduler_.pool().expect_load(model);
  if (items > 0) plan.loads = loads_of(effort, model.class_key);
  plan.gpu_time = {sum(
      effort.own, times(plan.load.load * effort.width, static_cast<std::uint64_t>(plan.loads)))};
  if (items == 0) plan.outlook = Outlook{{}, {}, {}, plan.item, 0, {}};
  const bool could_run = !is_spent && effort.gpus > 0 && !scheduler_.limit_below(team, model.gpus);
  if (items > 0 && could_run) plan.outlook = outlook_of(effort);
  plan.outlook = latest(std::move(plan.outlook), sources);
  return plan;
}

}  // namespace gwageo
