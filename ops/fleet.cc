#include "ops/fleet.h"

#include <algorithm>
#include <charconv>

#include "coordinator/words.h"

namespace gwageo {
namespace {

constexpr std::string_view job_prefix = "gwageo-";
/// A queued job that nothing needs any more is cancelled after this, or `idle` if that is less.
constexpr Duration surplus_at_most = seconds(30);
constexpr Duration minute = seconds(60);
constexpr std::uint32_t number_max = 999999999;

/// "4,812".
std::string with_commas(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string counted_jobs(std::uint64_t count) {
  return counted(static_cast<std::int64_t>(count), "worker");
}

/// The number at the end of `name` after `prefix`; of digits only, without zeros before.
std::optional<std::uint32_t> number_after(const std::string& prefix, const std::string& name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  std::uint32_t number = 0;
  const char* const begin = name.data() + prefix.size();
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (error != std::errc{} || stop != end || number == 0 || number > number_max) {
    return std::nullopt;
  }
  return std::to_string(number).size() == static_cast<std::size_t>(end - begin)
             ? std::optional(number)
             : std::nullopt;
}

}  // namespace

std::string_view to_string(FleetStanding::State state) {
  switch (state) {
    case FleetStanding::State::working: return "working";
    case FleetStanding::State::paused: return "paused";
    case FleetStanding::State::blind: return "blind";
  }
  return "blind";
}

std::string job_name(const std::string& fleet, std::uint32_t number) {
  return std::string(job_prefix) + worker_name(fleet, number);
}

std::string worker_name(const std::string& fleet, std::uint32_t number) {
  return fleet + "-w" + std::to_string(number);
}

std::optional<std::uint32_t> number_of_job(const std::string& fleet, const std::string& name) {
  return number_after(std::string(job_prefix) + fleet + "-w", name);
}

// ---- a step ----

FleetActions Fleet::step(Instant now, const Result<PoolView>& pool,
                         const Result<std::vector<BatchJob>>& jobs) {
  now_ = now;
  FleetActions actions;
  const bool sees_pool =
      look_at("the coordinator", pool_trouble_, pool ? "" : pool.error().message, actions);
  const bool sees_jobs =
      look_at("the cluster's scheduler", batch_trouble_, jobs ? "" : jobs.error().message, actions);
  if (!sees_pool || !sees_jobs) {
    go_blind();
    return actions;
  }
  std::erase_if(recent_, [&](Instant at) { return at + minute <= now_; });
  follow(*pool, *jobs, actions);
  if (paused_until_ && now_ >= *paused_until_) {
    paused_until_.reset();
    actions.notes.push_back({LogLevel::info, "the pause is over: one worker is tried"});
  }
  sum_up(*pool);
  hand_back(actions);
  cancel_surplus(actions);
  if (!paused_until_) submit(*pool, actions);
  sum_up(*pool);
  for (auto& [id, track] : tracks_) track.worker = nullptr;
  return actions;
}

bool Fleet::look_at(const char* what, Trouble& trouble, const std::string& why,
                    FleetActions& actions) {
  if (why.empty()) {
    if (trouble.since) {
      actions.notes.push_back({LogLevel::info, std::string(what) + " answers again, after " +
                                                   in_words(now_ - *trouble.since)});
    }
    trouble.since.reset();
    return true;
  }
  if (!trouble.since) {
    trouble.since = now_;
    actions.notes.push_back(
        {LogLevel::warning, std::string(what) + " does not answer, jobs stay as they are: " + why});
  }
  trouble.why = std::string(what) + " has not answered for " + in_words(now_ - *trouble.since) +
                ", jobs stay as they are: " + why;
  return false;
}

// Nobody knows who was idle meanwhile.
void Fleet::go_blind() {
  for (auto& [id, track] : tracks_) track.idle_since.reset();
  surplus_since_.reset();
  standing_.state = FleetStanding::State::blind;
  standing_.reason = pool_trouble_.since ? pool_trouble_.why : batch_trouble_.why;
}

// ---- what became of the jobs ----

void Fleet::follow(const PoolView& pool, const std::vector<BatchJob>& jobs, FleetActions& actions) {
  std::set<std::string> listed;
  for (const BatchJob& job : jobs) {
    listed.insert(job.id);
    const bool is_over = job.state == BatchState::done || job.state == BatchState::failed ||
                         job.state == BatchState::cancelled;
    last_number_ = std::max(last_number_, job.number);
    // What ended before the first look was somebody else's to judge.
    if (!has_looked_ && is_over) continue;
    const auto [track, is_new] = tracks_.try_emplace(job.id);
    track->second.number = job.number;
    if (is_new && has_looked_ && is_over) track->second.over = true;
    const auto worker = pool.workers.find(worker_name(policy_.name, job.number));
    track->second.worker = worker == pool.workers.end() ? nullptr : &worker->second;
    follow_one(job, actions);
  }
  std::vector<std::string> gone;
  for (const auto& [id, track] : tracks_) {
    if (!listed.contains(id)) gone.push_back(id);
  }
  for (const std::string& id : gone) {
    BatchJob forgotten{id, tracks_[id].number, BatchState::failed, "forgotten", "", "", "", ""};
    if (!tracks_[id].over) end(tracks_[id], forgotten, actions);
    tracks_.erase(id);
  }
  has_looked_ = true;
}

void Fleet::follow_one(const BatchJob& job, FleetActions& actions) {
  Track& track = tracks_[job.id];
  track.state = job.state;
  if (track.over) return;
  // What could not be cancelled, or was needed after all, is decided about once more.
  if (job.state == BatchState::waiting || job.state == BatchState::running) {
    track.cancelled = false;
  }
  tell_why_it_waits(track, job, actions);
  if (track.worker != nullptr && track.worker->state == "working" && !track.worker->is_empty) {
    track.draining = false;
  }
  if (!track.joined && track.worker != nullptr && job.state == BatchState::running) {
    track.joined = true;
    actions.notes.push_back({LogLevel::info, "worker " + track.worker->name + " of job " + job.id +
                                                 " has joined the pool" +
                                                 (job.node.empty() ? "" : " on " + job.node)});
    if (track.worker->shape.slots < policy_.shape.slots && !policy_.shape.gpu_kind.empty()) {
      actions.notes.push_back({LogLevel::warning, "worker " + track.worker->name + " has " +
                                                      std::to_string(track.worker->shape.slots) +
                                                      " of " + std::to_string(policy_.shape.slots) +
                                                      " GPUs on " + job.node +
                                                      ": look at the node"});
    }
    succeed(actions);
  }
  if (job.state == BatchState::done || job.state == BatchState::failed ||
      job.state == BatchState::cancelled) {
    end(track, job, actions);
  }
}

// Of its turn nobody needs to hear. A job that somebody holds may wait for ever, and it is one of
// the workers that the fleet may become: whoever held it did not mean that another one starts.
void Fleet::tell_why_it_waits(Track& track, const BatchJob& job, FleetActions& actions) {
  const bool is_its_turn = job.reason.empty() || job.reason == "Priority" ||
                           job.reason == "Resources" || job.reason == "None";
  const std::string why = job.state != BatchState::waiting || is_its_turn ? "" : job.reason;
  if (why == track.waits_for) return;
  track.waits_for = why;
  if (why.empty()) return;
  const std::string what = "job " + job.id + " (" + worker_name(policy_.name, job.number) + ")";
  if (!why.starts_with("JobHeld")) {
    actions.notes.push_back({LogLevel::info, what + " waits: " + why});
    return;
  }
  actions.notes.push_back({LogLevel::warning, what + " is held (" + why +
                                                  ") and counts as one of the fleet's: scontrol "
                                                  "release " +
                                                  job.id + " or scancel " + job.id});
}

void Fleet::end(Track& track, const BatchJob& job, FleetActions& actions) {
  track.over = true;
  const std::string what = "job " + job.id + " (" + worker_name(policy_.name, job.number) + ")";
  std::string how = job.word + (job.reason.empty() ? "" : ", " + job.reason);
  if (!job.node.empty()) how += ", on " + job.node;
  if (!job.last_words.empty()) how += "; its log ends: " + job.last_words;
  const bool has_failed = job.state == BatchState::failed && !track.joined && !track.cancelled;
  if (!has_failed) {
    actions.notes.push_back({LogLevel::info, what + " is over: " + how});
    return;
  }
  fail_start(what + " ended before its worker had joined: " + how, actions);
}

void Fleet::fail_start(const std::string& why, FleetActions& actions) {
  ++failures_;
  actions.notes.push_back({LogLevel::error, why});
  // Of jobs that were under way when it paused, the first one says enough.
  if (failures_ < policy_.failures_max || paused_until_) return;
  Duration pause = policy_.pause_first;
  for (std::uint32_t i = 0; i < pauses_ && pause < policy_.pause_most; ++i) pause = pause * 2;
  pause = std::min(pause, policy_.pause_most);
  ++pauses_;
  paused_until_ = now_ + pause;
  paused_because_ = counted(failures_, "start") + " failed in a row; the last: " + why;
  actions.notes.push_back({LogLevel::error, "paused for " + in_words(pause) +
                                                ", no job is submitted: " + paused_because_});
}

void Fleet::succeed(FleetActions& actions) {
  if (pauses_ > 0) actions.notes.push_back({LogLevel::info, "a worker has joined: no more pauses"});
  failures_ = 0;
  pauses_ = 0;
  paused_until_.reset();
}

void Fleet::submitted(const std::string& job, std::uint32_t number) {
  tracks_[job].number = number;
  ++standing_.queued;
}

FleetActions Fleet::refused(Instant now, std::uint32_t number, const std::string& why) {
  now_ = now;
  FleetActions actions;
  fail_start("worker " + worker_name(policy_.name, number) + " could not be submitted: " + why,
             actions);
  if (paused_until_) {
    standing_.state = FleetStanding::State::paused;
    standing_.reason = paused_because_;
  }
  standing_.failures = failures_;
  return actions;
}

// ---- giving back ----

// Whether it is there for work, now or soon.
bool Fleet::is_useful(const Track& track) const {
  if (track.over || track.cancelled || track.draining) return false;
  if (track.state != BatchState::waiting && track.state != BatchState::running) return false;
  if (track.worker == nullptr) return true;
  const std::string& state = track.worker->state;
  return state == "working" || state == "silent";
}

// A drained worker gets nothing more, so between two looks nobody can give it a lease: first it is
// drained, and once it is known to be drained and empty its job is cancelled.
void Fleet::hand_back(FleetActions& actions) {
  std::uint32_t useful = 0;
  for (const auto& [id, track] : tracks_) useful += is_useful(track) ? 1 : 0;
  for (auto& [id, track] : tracks_) {
    if (track.over || track.cancelled || track.worker == nullptr) continue;
    if (track.state != BatchState::running) continue;
    if (!track.worker->is_empty || track.worker->state == "silent") {
      track.idle_since.reset();
      continue;
    }
    if (!track.idle_since) track.idle_since = now_;
    const bool is_needed = standing_.pending > 0 && useful <= standing_.wanted;
    const bool was_useful = is_useful(track);
    drain_or_cancel(id, track, is_needed, actions);
    if (was_useful && !is_useful(track)) --useful;
  }
}

void Fleet::drain_or_cancel(const std::string& id, Track& track, bool is_needed,
                            FleetActions& actions) {
  const FleetWorker& worker = *track.worker;
  const Duration idle = now_ - *track.idle_since;
  const bool is_closed = worker.state == "drained" || worker.state == "quarantined";
  if (is_closed && (track.draining || idle >= policy_.idle)) {
    cancel(id, track,
           worker.name + " is " + worker.state + " and holds nothing: its job is handed back",
           actions);
  } else if (!is_closed && idle >= policy_.idle && (track.draining || !is_needed)) {
    track.draining = true;
    actions.drains.push_back(
        {worker.name, worker.name + " has held nothing for " + in_words(idle) + ": it is drained"});
  }
}

void Fleet::cancel(const std::string& id, Track& track, std::string why, FleetActions& actions) {
  track.cancelled = true;
  actions.cancels.push_back({id, std::move(why)});
}

void Fleet::cancel_surplus(FleetActions& actions) {
  std::uint32_t useful = 0;
  std::vector<std::pair<std::uint32_t, std::string>> queued;  // By number.
  for (const auto& [id, track] : tracks_) {
    if (!is_useful(track)) continue;
    ++useful;
    if (track.state == BatchState::waiting) queued.emplace_back(track.number, id);
  }
  if (useful <= standing_.wanted || queued.empty()) {
    surplus_since_.reset();
    return;
  }
  if (!surplus_since_) surplus_since_ = now_;
  if (now_ - *surplus_since_ < std::min(policy_.idle, surplus_at_most)) return;
  std::sort(queued.rbegin(), queued.rend());  // The newest first: the oldest starts next.
  for (const auto& [number, id] : queued) {
    if (useful <= standing_.wanted) break;
    --useful;
    cancel(id, tracks_[id],
           worker_name(policy_.name, number) + " is not needed any more and has not started",
           actions);
  }
}

// ---- submitting ----

std::uint32_t Fleet::may_submit() const {
  std::uint32_t useful = 0;
  std::uint32_t all = 0;
  std::uint32_t unproven = 0;
  for (const auto& [id, track] : tracks_) {
    const bool is_there =
        !track.over && (track.state == BatchState::waiting || track.state == BatchState::running);
    all += is_there ? 1 : 0;
    unproven += is_there && !track.joined ? 1 : 0;
    useful += is_useful(track) ? 1 : 0;
  }
  if (standing_.wanted <= useful || all >= policy_.workers_max) return 0;
  const auto sent = static_cast<std::uint32_t>(recent_.size());
  std::uint32_t count = std::min(standing_.wanted - useful, policy_.workers_max - all);
  count = std::min(count, policy_.rate - std::min(policy_.rate, sent));
  // After a pause one is tried, and the next one when that has joined.
  if (pauses_ > 0) count = std::min(count, unproven > 0 ? 0U : 1U);
  return count;
}

// A name that is in the pool, or that is quarantined, is not used again.
std::uint32_t Fleet::next_number(const PoolView& pool) {
  const std::string prefix = policy_.name + "-w";
  for (const auto& [name, worker] : pool.workers) {
    last_number_ = std::max(last_number_, number_after(prefix, name).value_or(0));
  }
  for (const std::string& name : pool.quarantined) {
    last_number_ = std::max(last_number_, number_after(prefix, name).value_or(0));
  }
  if (last_number_ >= number_max) last_number_ = 0;
  return ++last_number_;
}

void Fleet::submit(const PoolView& pool, FleetActions& actions) {
  const std::uint32_t count = may_submit();
  const std::uint32_t there = standing_.queued + standing_.running;
  for (std::uint32_t i = 0; i < count; ++i) {
    recent_.push_back(now_);
    actions.submissions.push_back({next_number(pool), "backlog " + with_commas(standing_.pending) +
                                                          " items, " + counted_jobs(there + i) +
                                                          " of " +
                                                          std::to_string(policy_.workers_max)});
  }
}

void Fleet::sum_up(const PoolView& pool) {
  std::set<std::string> ours;
  FleetStanding now;
  for (const auto& [id, track] : tracks_) {
    if (track.worker != nullptr) ours.insert(track.worker->name);
    if (track.over || track.cancelled) continue;
    if (track.state == BatchState::waiting) ++now.queued;
    if (track.state == BatchState::running) ++now.running;
    if (track.state == BatchState::running && track.worker != nullptr) ++now.joined;
  }
  const FleetNeed need = need_of(pool, policy_.shape, policy_.work, ours);
  const std::uint64_t slots = std::max<std::uint32_t>(1, policy_.shape.slots);
  now.pending = need.pending;
  now.wanted = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(policy_.workers_max, (need.slots + slots - 1) / slots));
  now.failures = failures_;
  if (paused_until_) {
    now.state = FleetStanding::State::paused;
    now.reason = paused_because_ + "; tried again in " + in_words(*paused_until_ - now_);
  }
  standing_ = std::move(now);
}

}  // namespace gwageo
