#include "ops/fleet_keeper.h"

#include <utility>

#include "ops/output.h"

namespace gwageo {

// ---- the coordinator ----

Result<Json> CoordinatorPool::ask(const std::string& verb, Json body) {
  if (!client_) {
    GWAGEO_ASSIGN(place, find_place_());
    GWAGEO_ASSIGN(client, Client::open(std::move(place)));
    client_.emplace(std::move(client));
  }
  Result<VerbAnswer> answer = client_->call(verb, std::move(body));
  if (answer) return std::move(answer->body);
  if (answer.error().kind == ErrorKind::unavailable) client_.reset();
  return tl::unexpected(answer.error());
}

Result<PoolView> CoordinatorPool::look() {
  Json open;
  open["open"] = true;
  GWAGEO_ASSIGN(status, ask("status", std::move(open)));
  GWAGEO_ASSIGN(teams, ask("team.show", Json::object()));
  return pool_view(status, teams);
}

std::optional<std::uint64_t> CoordinatorPool::pending() {
  if (!client_) return std::nullopt;  // A look connects.
  const Result<Json> health = ask("health", Json::object());
  if (!health) return std::nullopt;
  return static_cast<std::uint64_t>(number(*health, "items_pending"));
}

Status CoordinatorPool::drain(const std::string& worker) {
  Json body;
  body["worker"] = worker;
  GWAGEO_TRY(ask("drain", std::move(body)));
  return {};
}

// ---- the fleet ----

bool FleetKeeper::step(Instant now) {
  did_ = Json::object();
  has_acted_ = false;
  // First the jobs: a worker that joins in between is then known to be of one.
  const Result<std::vector<BatchJob>> jobs = batch_.jobs();
  const Result<PoolView> pool = pool_.look();
  const FleetActions actions = fleet_.step(now, pool, jobs);
  say(actions.notes);
  const bool drained = drain(actions.drains);
  const bool cancelled = cancel(actions.cancels);
  const bool submitted = submit(now, actions.submissions);
  return pool && jobs && drained && cancelled && submitted;
}

void FleetKeeper::say(const std::vector<FleetNote>& notes) {
  for (const FleetNote& note : notes) {
    log_.write(note.level, note.text, {{"fleet", name_}});
    did_["notes"].push_back(note.text);
  }
}

bool FleetKeeper::submit(Instant now, const std::vector<FleetSubmission>& submissions) {
  for (const FleetSubmission& one : submissions) {
    const Result<std::string> job = batch_.submit({one.number, one.why});
    if (!job) {
      say(fleet_.refused(now, one.number, job.error().message).notes);
      return false;  // The next ones would hear the same.
    }
    has_acted_ = true;
    fleet_.submitted(*job, one.number);
    log_.write(LogLevel::info, "submitted " + job_name(name_, one.number) + ": " + one.why,
               {{"fleet", name_}, {"job", *job}});
    did_["submitted"].push_back(
        Json::Object{{"job", *job}, {"worker", worker_name(name_, one.number)}, {"why", one.why}});
  }
  return true;
}

bool FleetKeeper::drain(const std::vector<FleetDrain>& drains) {
  bool is_done = true;
  for (const FleetDrain& one : drains) {
    const Status drained = pool_.drain(one.worker);
    is_done = is_done && drained.has_value();
    has_acted_ = has_acted_ || drained.has_value();
    log_.write(drained ? LogLevel::info : LogLevel::warning,
               drained ? one.why : one.why + ", but: " + drained.error().message,
               {{"fleet", name_}});
    did_["drained"].push_back(Json::Object{{"worker", one.worker}, {"why", one.why}});
  }
  return is_done;
}

bool FleetKeeper::cancel(const std::vector<FleetCancel>& cancels) {
  std::vector<std::string> jobs;
  for (const FleetCancel& one : cancels) {
    jobs.push_back(one.job);
    log_.write(LogLevel::info, one.why, {{"fleet", name_}, {"job", one.job}});
    did_["cancelled"].push_back(Json::Object{{"job", one.job}, {"why", one.why}});
  }
  const Status cancelled = batch_.cancel(jobs);
  has_acted_ = has_acted_ || !jobs.empty();
  if (!cancelled) log_.write(LogLevel::error, cancelled.error().message, {{"fleet", name_}});
  return cancelled.has_value();
}

Json FleetKeeper::report() const {
  const FleetStanding& standing = fleet_.standing();
  Json json;
  json["fleet"] = name_;
  json["state"] = to_string(standing.state);
  json["reason"] = standing.reason.empty() ? Json(nullptr) : Json(standing.reason);
  json["items_pending"] = standing.pending;
  json["wanted"] = standing.wanted;
  json["queued"] = standing.queued;
  json["running"] = standing.running;
  json["joined"] = standing.joined;
  json["failures"] = standing.failures;
  for (const auto& [key, value] : members(did_)) json[key] = value;
  return json;
}

}  // namespace gwageo
