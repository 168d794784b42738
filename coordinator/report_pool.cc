// What is said of the pool as it is now: who holds what, what is where, and what waits for what.
#include <set>

#include "benchmarks/audit_sample.h"
#include "coordinator/report.h"
#include "coordinator/team_rules.h"
#include "coordinator/waiting_reasons.h"
#include "protocol/limits.h"

namespace gwageo::report {
namespace {

std::string number_text(std::uint64_t value) { return std::to_string(value); }

std::int64_t seconds_up(Duration time) {
  return (time.microseconds + seconds(1).microseconds - 1) / seconds(1).microseconds;
}

std::string_view to_string(Estimates::Basis basis) {
  switch (basis) {
    case Estimates::Basis::class_and_suite: return "model_and_suite";
    case Estimates::Basis::model_class: return "model";
    case Estimates::Basis::suite: return "suite";
    case Estimates::Basis::prior: return "prior";
  }
  return "prior";
}

void add_basis(Json& json, const Estimates::Expected& item) {
  json["basis"] = to_string(item.basis);
  json["basis_items"] = item.items;
  json["item_microseconds"] = item.item.microseconds;
}

std::string_view to_string(ExpectedLoad::Basis basis) {
  switch (basis) {
    case ExpectedLoad::Basis::learned: return "model";
    case ExpectedLoad::Basis::others: return "engine";
    case ExpectedLoad::Basis::prior: return "prior";
  }
  return "prior";
}

void add_load(Json& json, const ExpectedLoad& load, const ModelAdded& model) {
  const LoadPrior prior = load_prior(model);
  json["load_microseconds"] = load.load.microseconds;
  json["load_basis"] = to_string(load.basis);
  json["load_basis_loads"] = load.seen;
  const bool is_known = prior.size != LoadPrior::Size::unknown;
  json["load_bytes"] = is_known ? Json(static_cast<std::int64_t>(prior.bytes)) : Json(nullptr);
  const bool by_files = prior.size == LoadPrior::Size::files;
  json["load_bytes_of"] = is_known ? Json(by_files ? "files" : "gpu_memory") : Json(nullptr);
}

// Whoever is on the slot: its team, and the items that it has there.
struct OnSlot {
  const Job* job = nullptr;
  std::uint64_t items = 0;
  std::uint32_t first = 0;  // Where the block begins.
};

std::vector<OnSlot> on_slots(const State& state, WorkerId worker, std::size_t slots) {
  std::vector<OnSlot> on(slots);
  for (const LeaseId id : state.leases_of(worker)) {
    const Lease& lease = *state.lease(id);
    if (lease.granted.slot >= slots) continue;  // The worker came back with fewer.
    const Job* const job = state.job(lease.granted.job);
    on[lease.granted.slot].items += lease.rest.size();
    for (std::uint32_t i = 0; i < job->accepted.gpus; ++i) {
      if (lease.granted.slot + i >= slots) break;
      on[lease.granted.slot + i].job = job;
      on[lease.granted.slot + i].first = lease.granted.slot;
    }
  }
  return on;
}

/// The newest model of this class; references are everybody's to see.
const ModelAdded* model_shown(const State& state, const Digest& class_key, const Viewer& viewer) {
  const ModelAdded* found = nullptr;
  for (const auto& [name, versions] : state.models()) {
    const ModelAdded& model = versions.back();
    const bool is_open = model.role == ModelRole::reference || sees(viewer, model.team);
    if (model.class_key == class_key && is_open) found = &model;
  }
  return found;
}

Json slots(const State& state, WorkerId worker, const Session& session, const Viewer& viewer) {
  const std::vector<OnSlot> on = on_slots(state, worker, session.slots.size());
  Json list = Json::array();
  for (std::size_t i = 0; i < session.slots.size(); ++i) {
    const SlotReport& slot = session.slots[i];
    const ModelAdded* const model = model_shown(state, slot.class_key, viewer);
    const bool is_seen = on[i].job != nullptr && sees(viewer, on[i].job->accepted.team);
    Json entry;
    entry["loading"] = slot.loading;
    // A rival could compute the class of a model that it knows by its digest.
    const bool is_named = slot.class_key != Digest{} && (!viewer || model != nullptr);
    entry["class"] = is_named ? Json(to_hex(slot.class_key)) : Json(nullptr);
    entry["model"] = model == nullptr ? Json(nullptr) : Json(model->name);
    entry["busy"] = on[i].job != nullptr;
    entry["team"] = is_seen ? Json(on[i].job->accepted.team) : Json(nullptr);
    entry["items"] = on[i].items;
    entry["fault"] = slot.fault.empty() ? Json(nullptr) : Json(slot.fault);
    if (on[i].job != nullptr && on[i].first != i) entry["part_of"] = on[i].first;
    list.push_back(std::move(entry));
  }
  return list;
}

/// What the worker could not load the last time and work waits for, each with why, and when it
/// looks again where that is only for now. A team is told of its own models: why names servers.
Json not_loaded(const Scheduler& scheduler, WorkerId worker, const Viewer& viewer) {
  Json list = Json::array();
  for (const auto& [class_key, failures] : scheduler.pool().load_failures()) {
    const auto failure = failures.find(worker);
    if (failure == failures.end() || !failure->second.has_failed()) continue;
    const ModelAdded* const model = model_shown(scheduler.state(), class_key, viewer);
    const auto number = scheduler.pool().class_number(class_key);
    const bool is_awaited = number && scheduler.pool().dispatcher().waiting().work(*number) > 0;
    const bool is_told = !viewer || (model != nullptr && sees(viewer, model->team));
    if (!is_awaited || !is_told) continue;
    const Duration left = std::max(Duration{}, failure->second.until - scheduler.now());
    Json entry;
    entry["model"] = model == nullptr ? Json(nullptr) : Json(model->name);
    entry["error"] = failure->second.why;
    entry["again_in_seconds"] = failure->second.is_away ? Json(whole_seconds(left)) : Json(nullptr);
    list.push_back(std::move(entry));
  }
  return list;
}

Json gpus(const Session& session) {
  if (!session.gpus.any()) return nullptr;
  Json json;
  json["count"] = session.slots.size();
  json["kind"] = session.gpus.kind;
  json["memory_mib"] = session.gpus.memory_mib;
  json["node"] = session.gpus.node;
  json["domain"] = session.gpus.domain;
  json["nodes"] = session.gpus.nodes;
  return json;
}

/// How many points there are against a worker of this name, and what the newest is for.
Json suspicion(const std::vector<std::string>& points) {
  Json json;
  json["points"] = points.size();
  json["last"] = points.empty() ? Json(nullptr) : Json(points.back());
  return json;
}

Json counted(const CheckCounts& counts) {
  Json json = Json::Object{{"checked", counts.checked},
                           {"differed", counts.differed},
                           {"open", counts.open},
                           {"wrong", counts.wrong}};
  const auto [low, high] = share_interval(counts.checked - counts.open, counts.wrong);
  json["wrong_interval"] = Json::Array{low, high};
  return json;
}

/// What comparing the answers of workers of this name with others' has come to. It says how much
/// was run of whose models, so teams are not shown it.
Json checks(const State& state, const std::string& name, const Viewer& viewer) {
  if (viewer) return nullptr;
  const auto found = state.checks().find(name);
  static const WorkerChecks none;
  const WorkerChecks& checks = found == state.checks().end() ? none : found->second;
  Json json = counted(checks.all());
  json["evidence"] = static_cast<double>(checks.evidence.value()) / 1e6;
  json["bound"] = static_cast<double>(CheckEvidence::bound) / 1e6;
  Json models = Json::array();
  for (const auto& [model, counts] : checks.of) {
    Json row = counted(counts);
    row["model"] = model;
    models.push_back(std::move(row));
  }
  json["models"] = std::move(models);
  return json;
}

// What is counted of a team: all below it, or all in the pool.
struct Count {
  std::int64_t teams = 0;
  std::int64_t jobs = 0;
  std::int64_t holds = 0;
  std::int64_t demands = 0;  // Microseconds.
};

// Results that are on record and that the worker has not signed, where that is worth a look.
Json unsigned_results(const Scheduler& scheduler, WorkerId worker) {
  const Duration since = scheduler.unsigned_for(worker);
  if (since < limits::unsigned_shown_after) return nullptr;
  const auto chunks = scheduler.state().workers().at(worker).unsigned_chunks.size();
  return Json::Object{{"records", chunks},
                      {"seconds", since.microseconds / seconds(1).microseconds},
                      {"gets_leases", since < limits::unsigned_borne}};
}

}  // namespace

Json workers(const Scheduler& scheduler, const Viewer& viewer) {
  const State& state = scheduler.state();
  Json list = Json::array();
  for (const auto& [id, session] : scheduler.sessions()) {
    Json engines = Json::array();
    for (const std::string& engine : session.engines) engines.push_back(engine);
    Json worker;
    worker["worker"] = session.name;
    worker["life"] = number_text(id.value);
    worker["state"] = state_of(scheduler, id);
    worker["leases"] = state.leases_of(id).size();
    worker["items"] = scheduler.items_held(id);
    worker["credit_items"] = session.credit_items;
    worker["engines"] = std::move(engines);
    worker["gpus"] = gpus(session);
    worker["slots"] = slots(state, id, session, viewer);
    worker["not_loaded"] = not_loaded(scheduler, id, viewer);
    worker["unsigned"] = unsigned_results(scheduler, id);
    worker["suspicion"] = suspicion(scheduler.suspicion().points(session.name));
    worker["checks"] = checks(state, session.name, viewer);
    list.push_back(std::move(worker));
  }
  return list;
}

Json pool(const Forecast& forecast, const Viewer& viewer, std::uint64_t journal_size,
          const std::string& version, bool open_only) {
  const State& state = forecast.state();
  Json jobs = Json::array();
  for (const auto& [id, entry] : state.jobs()) {
    if (!sees(viewer, entry.accepted.team) || (open_only && !entry.open())) continue;
    jobs.push_back(job_now(forecast, entry));
  }
  Json json;
  json["version"] = version;
  json["day"] = state.day();
  json["journal"] = journal_size;
  json["leases"] = state.leases().size();
  json["teams"] = teams_now(forecast, viewer);
  if (viewer) json["others"] = others_now(forecast, viewer);
  json["jobs"] = std::move(jobs);
  json["workers"] = workers(forecast.scheduler(), viewer);
  json["quarantined"] = quarantine(forecast.scheduler());
  return json;
}

std::uint64_t items_pending(const State& state) {
  std::uint64_t items = 0;
  for (const auto& [priority, id] : state.queue()) {
    const Job& job = *state.job(id);
    if (!state.held(job)) items += job.pending.size();
  }
  return items;
}

namespace {

// What a slot has to be so that it can serve the job, and how long it is at an item.
Json needs(const Forecast& forecast, const Job& job) {
  const ModelAdded& model = gwageo::model_of(forecast.state(), job.accepted);
  const Duration item =
      forecast.scheduler().pool().expect(job.accepted.class_key, job.accepted.suite).item;
  return Json::Object{{"engine", model.engine},
                      {"gpus", model.gpus},
                      {"nodes", model.nodes},
                      {"gpu_kind", model.gpu_kind},
                      {"gpu_memory_mib", model.gpu_memory_mib},
                      {"item_microseconds", item.microseconds}};
}

}  // namespace

Json job_now(const Forecast& forecast, const Job& of) {
  Json json = job(forecast.state(), of);
  if (!of.open()) return json;
  if (of.accepted.within > Duration{}) {
    const Duration left = of.accepted_at + of.accepted.within - forecast.scheduler().now();
    json["due_in_seconds"] = left.microseconds / seconds(1).microseconds;
  }
  json["estimate"] = outlook(forecast.outlook(of));
  json["needs"] = needs(forecast, of);
  return json;
}

Json job_of_others(const Forecast& forecast, const Job& job) {
  const auto position = forecast.position(job);
  Json json;
  json["job"] = number_text(job.accepted.job.value);
  json["model"] = job.accepted.model;
  json["suite"] = job.accepted.suite + "@" + number_text(job.accepted.suite_version);
  json["team"] = job.accepted.team;
  json["state"] = gwageo::to_string(job.phase());
  json["paused"] = job.paused && job.open();
  json["scored"] = job.scored.has_value();
  json["position"] = position ? Json(position->place) : Json(nullptr);
  json["queued"] = position ? Json(position->of) : Json(nullptr);
  return json;
}

Json teams_now(const Forecast& forecast, const Viewer& viewer) {
  const State& state = forecast.state();
  Json list = Json::array();
  for (const auto& [name, team] : forecast.teams()) {
    if (!sees(viewer, name)) continue;
    Json entry;
    entry["team"] = name;
    entry["holds"] = team.holds;
    entry["entitled_thousandths"] = team.entitled;
    entry["demands_seconds"] = seconds_up(team.demands);
    entry["gpu_microseconds"] = state.gpu_time(name).microseconds;
    entry["jobs"] = team.jobs;
    list.push_back(std::move(entry));
  }
  return list;
}

Json others_now(const Forecast& forecast, const Viewer& viewer) {
  const State& state = forecast.state();
  Count others;
  for (const auto& [name, team] : forecast.teams()) {
    if (!state.ledger().share(team.number).parent) {  // All of it together.
      others.jobs += team.jobs;
      others.holds += team.holds;
      others.demands += team.demands.microseconds;
    }
    if (viewer && *viewer == name) continue;
    if (state.team_tree().own(name).jobs > 0) ++others.teams;
  }
  const auto own = viewer ? forecast.teams().find(*viewer) : forecast.teams().end();
  if (own != forecast.teams().end()) {
    others.jobs -= own->second.jobs;
    others.holds -= own->second.holds;
    others.demands -= own->second.demands.microseconds;
  }
  Json json;
  json["teams"] = others.teams;
  json["jobs"] = others.jobs;
  json["holds"] = others.holds;
  json["demands_seconds"] = seconds_up({others.demands});
  return json;
}

Json outlook(const std::optional<Outlook>& outlook) {
  if (!outlook) return nullptr;
  Json json;
  json["expected_seconds"] = seconds_up(outlook->expected);
  json["low_seconds"] = outlook->low.microseconds / seconds(1).microseconds;
  json["high_seconds"] = seconds_up(outlook->high);
  add_basis(json, outlook->item);
  if (outlook->late > 0) {
    json["late_items"] = outlook->late;
    json["late_seconds"] = outlook->longest.microseconds / seconds(1).microseconds;
  }
  return json;
}

Json waits(const Forecast& forecast, const Job& job, const Viewer& viewer) {
  Json list = Json::array();
  for (WaitReason& one : waiting_reasons(forecast, job, viewer)) {
    Json entry;
    entry["reason"] = gwageo::to_string(one.reason);
    entry["text"] = std::move(one.text);
    for (auto& [key, value] : one.data.as_object()) entry[key] = std::move(value);
    list.push_back(std::move(entry));
  }
  const auto position = forecast.position(job);
  Json json;
  json["waits"] = std::move(list);
  json["position"] = position ? Json(position->place) : Json(nullptr);
  json["queued"] = position ? Json(position->of) : Json(nullptr);
  json["estimate"] = outlook(forecast.outlook(job));
  return json;
}

namespace {

/// Of the items that come from other jobs: those that workers have now.
std::uint64_t coming_out(const State& state, const std::vector<Adoption>& adoptions) {
  std::uint64_t out = 0;
  for (const Adoption& adoption : adoptions) {
    if (!adoption.source || adoption.stored) continue;
    const std::uint64_t end = adoption.source_begin + (adoption.end - adoption.begin);
    out += state.leased(adoption.source).intersection({adoption.source_begin, end}).size();
  }
  return out;
}

/// Why as things are nobody can say when it would be over: nobody could run it, or what it takes
/// over from other jobs does not come.
std::optional<std::string> plan_warning(const Forecast& forecast, const JobAccepted& submission,
                                        std::uint64_t to_run, std::uint64_t coming,
                                        const Forecast::Plan& plan) {
  if (to_run == 0 && (coming == 0 || plan.outlook)) return std::nullopt;
  const ModelAdded& model = *forecast.state().model(submission.model);
  auto warning = forecast.scheduler().cannot_run(model, submission.team);
  if (warning || plan.outlook || coming == 0) return warning;
  return std::to_string(coming) +
         " of its items wait for other jobs that ask the same, and as things are nobody can say "
         "when these are over: they are held back, or nobody can run them (gwageo status)";
}

}  // namespace

Json plan(const Forecast& forecast, const JobAccepted& submission,
          const std::vector<Adoption>& adoptions) {
  std::uint64_t known = 0;
  std::uint64_t coming = 0;
  std::uint64_t equal = 0;
  std::set<JobId> sources;
  for (const Adoption& adoption : adoptions) {
    if (adoption.source && !adoption.stored) sources.insert(adoption.source);
    std::uint64_t& count = !adoption.source ? equal : adoption.stored ? known : coming;
    count += adoption.end - adoption.begin;
  }
  const ModelAdded& model = *forecast.state().model(submission.model);
  const std::uint64_t to_run = submission.items - known - coming - equal;
  const Forecast::Plan plan =
      forecast.plan(submission.team, model, submission.suite, to_run, sources);
  Json json;
  json["model"] = submission.model;
  json["suite"] = submission.suite + "@" + number_text(submission.suite_version);
  json["team"] = submission.team;
  Json items;
  items["total"] = submission.items;
  items["known"] = known;
  items["coming"] = coming;
  items["coming_out"] = coming_out(forecast.state(), adoptions);
  items["equal"] = equal;
  items["to_run"] = to_run;
  json["items"] = std::move(items);
  json["slot_seconds"] = seconds_up({plan.gpu_time.microseconds / model.gpus});
  json["gpu_microseconds"] = plan.gpu_time.microseconds;
  json["loads"] = plan.loads;
  add_load(json, plan.load, model);
  json["entitled_thousandths"] = plan.entitled;
  add_basis(json, plan.item);
  json["estimate"] = outlook(plan.outlook);
  const std::uint64_t unsettled = unsettled_items(submission, adoptions);
  const TeamTree& teams = forecast.state().team_tree();
  json["quotas"] = quotas(teams, submission.team, unsettled, plan.gpu_time);
  if (const Status fits = check_quotas(teams, submission.team, unsettled); !fits) {
    json["refused"] = fits.error().message;
    json["estimate"] = nullptr;  // Of nothing.
  }
  if (const auto warning = plan_warning(forecast, submission, to_run, coming, plan)) {
    json["warning"] = *warning;
  }
  return json;
}

}  // namespace gwageo::report
