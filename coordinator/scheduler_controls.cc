// How people steer what is there: jobs are paused and prioritised, workers drained and quarantined.
// Saying the same twice changes nothing.
#include "coordinator/scheduler.h"

namespace gwageo {

const Job* Scheduler::open_job(ClientToken client, JobId id) {
  const Job* const job = state_.job(id);
  if (job != nullptr && job->open()) return job;
  Answer answer{client, ReplyCode::bad_input, {}, false, {}};
  answer.text = "there is no job " + std::to_string(id.value);
  if (job != nullptr) {
    answer = {client, ReplyCode::no, id, true,
              "the job is " + std::string(to_string(job->phase())) + " already"};
  }
  actions_.answers.push_back(std::move(answer));
  return nullptr;
}

void Scheduler::on(const PauseReceived& e) {
  const Job* const job = open_job(e.client, e.job);
  if (job == nullptr) return;
  const bool is_known = job->paused == e.paused;
  if (!is_known) record(JobPaused{e.job, e.paused, e.principal, {}});
  if (e.paused) break_off_loads(e.job);
  actions_.answers.push_back({e.client, ReplyCode::done, e.job, is_known, {}});
}

// Whoever has mended it resumes the job.
void Scheduler::on(const AskingFailed& e) {
  if (state_.lease(e.lease) == nullptr) return;
  const LeaseGranted granted = state_.lease(e.lease)->granted;
  end_lease(e.lease, LeaseEnd::given_back);
  send(granted.worker, Revoke{e.lease});
  suspicion_.forget(granted.job);
  checks_.forget(granted.job);
  const Job& job = *state_.job(granted.job);
  if (!job.open() || job.paused) return;
  record(JobPaused{granted.job, true, {}, e.reason.substr(0, limits::text_bytes_max)});
}

// A load is for nobody while its job is held back, and may take an hour that the team would pay.
void Scheduler::break_off_loads(JobId job) {
  const std::set<LeaseId> held = state_.leases_of(job);
  for (const LeaseId lease : held) {
    const LeaseGranted granted = state_.lease(lease)->granted;
    const bool is_here = sessions_.contains(granted.worker) && !granted.probe;
    if (!is_here || !pool_.is_loading(granted.worker, granted.slot)) continue;
    end_lease(lease, LeaseEnd::given_back);
    send(granted.worker, Revoke{lease});
  }
}

void Scheduler::on(const PrioritiseReceived& e) {
  const Job* const job = open_job(e.client, e.job);
  if (job == nullptr) return;
  const bool is_known = job->priority == e.priority;
  if (!is_known) record(JobPrioritised{e.job, e.priority, e.principal});
  actions_.answers.push_back({e.client, ReplyCode::done, e.job, is_known, {}});
}

namespace {

Answer no_worker(ClientToken client, const std::string& name) {
  return {client, ReplyCode::bad_input, {}, false, "no worker is named \"" + name + "\""};
}

}  // namespace

void Scheduler::on(const DrainReceived& e) {
  const WorkerId worker = state_.worker_named(e.worker);
  if (!worker) return actions_.answers.push_back(no_worker(e.client, e.worker));
  if (state_.workers().at(worker).draining != e.draining) {
    record(WorkerDrained{worker, e.draining});
    hungry_.insert(worker);
  }
  if (!e.draining && state_.quarantine().contains(e.worker)) {
    record(WorkerQuarantined{e.worker, false, {}, e.principal});
  }
  if (!e.draining) suspicion_.clear(e.worker);
  actions_.answers.push_back({e.client, ReplyCode::done, {}, false, {}});
}

void Scheduler::on(const QuarantineReceived& e) {
  if (!state_.worker_named(e.worker)) {
    return actions_.answers.push_back(no_worker(e.client, e.worker));
  }
  const auto known = state_.quarantine().find(e.worker);
  const bool is_known = known != state_.quarantine().end() && known->second.reason == e.reason;
  if (!is_known) record(WorkerQuarantined{e.worker, true, e.reason, e.principal});
  actions_.answers.push_back({e.client, ReplyCode::done, {}, is_known, {}});
}

// What is on its way from the worker would come too late to be disowned, and a job that is open can
// come to nothing any more.
void Scheduler::end_what_is_disowned(const AnswersDisowned& disowned) {
  std::vector<WorkerId> lives;
  for (const auto& [worker, life] : state_.workers()) {
    if (life.joined.name == disowned.worker) lives.push_back(worker);
  }
  for (const WorkerId worker : lives) {
    const std::set<LeaseId> held = state_.leases_of(worker);
    for (const LeaseId lease : held) {
      end_lease(lease, LeaseEnd::given_back);
      send(worker, Revoke{lease});
    }
  }
  std::vector<JobId> spoiled;
  for (const auto& [id, job] : state_.jobs()) {
    if (job.open() && !job.disowned.empty() && job.accepted.audit == 0) spoiled.push_back(id);
  }
  for (const JobId job : spoiled) {
    record(JobCancelled{job, "", state_.job(job)->disowned_because});
    end_leases_of(job);
  }
}

}  // namespace gwageo
