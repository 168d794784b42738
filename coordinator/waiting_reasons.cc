#include "coordinator/waiting_reasons.h"

#include <algorithm>
#include <map>

#include "coordinator/faulty_slots.h"
#include "coordinator/full_loads.h"
#include "coordinator/making_room.h"
#include "coordinator/model_slots.h"
#include "coordinator/slot_holders.h"
#include "coordinator/team_rules.h"
#include "coordinator/whose_turn.h"
#include "coordinator/words.h"

namespace gwageo {
namespace {

std::string number_of_job(JobId job) { return std::to_string(job.value); }

class WaitingSearch {
 public:
  WaitingSearch(const Forecast& forecast, const Job& job, const std::optional<std::string>& viewer)
      : forecast_(forecast),
        scheduler_(forecast.scheduler()),
        state_(forecast.state()),
        job_(job),
        accepted_(job.accepted),
        model_(model_of(state_, accepted_)),
        engine_(model_.engine),
        viewer_(viewer) {}

  std::vector<WaitReason> all() {
    if (!job_.open()) return {};
    if (!job_.pending.empty() || !job_.waiting.empty()) waits();
    if (job_.pending.empty()) loads();
    add(room_that_it_makes(scheduler_, job_, viewer_));
    return std::move(found_);
  }

 private:
  void waits() {
    if (job_.paused) paused();
    if (const TeamSet* const spent = state_.team_tree().spent(accepted_.team)) quota(*spent);
    if (job_.pending.empty()) return other_jobs_items();
    const bool is_reachable = workers();
    const bool loads = is_reachable && loads_somewhere();
    if (is_reachable && !loads) does_not_load();
    if (!state_.held(job_) && is_reachable) {
      limit();
      add(room_that_it_gets(scheduler_, job_, viewer_));
      reservation();
      for (WaitReason& one : whose_turn(forecast_, job_, viewer_)) add(std::move(one));
      add(slot_holders(forecast_, job_, viewer_));
      slots();
      add(faulty_slots(scheduler_, job_));
    }
    if (loads) does_not_load();
    other_jobs_items();
  }

  // What is out waits, too, while its model is being loaded.
  void loads() {
    if (state_.leased(accepted_.job).empty()) return;
    for (WaitReason& reason : model_slots(forecast_, job_).reasons) {
      if (reason.reason == Wait::loading) add(std::move(reason));
    }
  }

  void add(Wait reason, std::string text, Json data = Json::object()) {
    found_.push_back({reason, std::move(text), std::move(data)});
  }
  void add(std::optional<WaitReason> reason) {
    if (reason) found_.push_back(*std::move(reason));
  }
  bool sees(const std::string& team) const { return !viewer_ || *viewer_ == team; }

  void paused() {
    Json data;
    const std::string by = by_whom(job_.paused_by);
    data["by"] = by;
    if (!job_.paused_because.empty()) data["because"] = job_.paused_because;
    const std::string because =
        job_.paused_because.empty() ? "" : ", because " + job_.paused_because;
    add(Wait::paused,
        "It is paused by " + by + because +
            ": it gets no slot until somebody resumes it (gwageo resume " +
            number_of_job(accepted_.job) + ").",
        std::move(data));
  }

  /// "Team red", or "Group lab, which team red is in,".
  std::string whose(const std::string& team) const {
    if (team == accepted_.team) return "Team " + team;
    return "Group " + team + ", which team " + accepted_.team + " is in,";
  }

  void quota(const TeamSet& spent) {
    Json data;
    data["team"] = spent.name;
    add(Wait::quota_used_up,
        whose(spent.name) +
            " has used up its GPU-hours: it gets no slot until an operator raises its quota "
            "(gwageo team set " +
            spent.name + " --gpu-hours N).",
        std::move(data));
  }

  void other_jobs_items() {
    std::map<JobId, std::uint64_t> items;
    for (const Adoption& adoption : job_.adoptions) {
      if (adoption.stored || adoption.source == accepted_.job) continue;
      const std::uint64_t waiting =
          job_.waiting.intersection({adoption.begin, adoption.end}).size();
      if (waiting > 0) items[adoption.source] += waiting;
    }
    if (items.empty()) return;
    Json jobs = Json::array();
    std::vector<std::string> names;
    std::uint64_t sum = 0;
    for (const auto& [id, count] : items) {
      const bool is_seen = sees(state_.job(id)->accepted.team);
      Json entry;
      entry["job"] = is_seen ? Json(number_of_job(id)) : Json(nullptr);
      entry["items"] = count;
      jobs.push_back(std::move(entry));
      names.push_back(
          (is_seen ? "job " + number_of_job(id) : std::string("a job of another team")) + " (" +
          std::to_string(count) + ")");
      sum += count;
    }
    Json data;
    data["jobs"] = std::move(jobs);
    add(Wait::other_jobs_items,
        counted(static_cast<std::int64_t>(sum), "item") + (sum == 1 ? " waits" : " wait") +
            " for the same questions of other jobs, which are being asked already: " +
            listed(names) + ".",
        std::move(data));
  }

  /// Of a worker that is here, not quarantined, and gets no lease.
  const char* why_closed(WorkerId id) const {
    if (state_.workers().at(id).draining) return " is drained.";
    const bool is_leaving = scheduler_.sessions().at(id).leaving;
    return is_leaving ? " was told to stop." : " has been silent for a while.";
  }

  /// One that could serve the job and gets no lease, as data and, at the end of `text`, in words.
  Json closed_worker(WorkerId id, const std::string& name, std::string& text) const {
    Json entry;
    entry["worker"] = name;
    entry["state"] = state_of(scheduler_, id);
    const auto known = state_.quarantine().find(name);
    const bool is_quarantined = known != state_.quarantine().end();
    entry["by"] = is_quarantined ? Json(by_whom(known->second.principal)) : Json(nullptr);
    entry["why"] = is_quarantined ? Json(known->second.reason) : Json(nullptr);
    text += " Worker " + name;
    if (is_quarantined) {
      text += " is quarantined by " + by_whom(known->second.principal) + ": " +
              known->second.reason + ".";
    } else {
      text += why_closed(id);
    }
    return entry;
  }

  /// Whether some worker could serve the job; says why not.
  bool workers() {
    if (scheduler_.sessions().empty()) {
      add(Wait::no_worker, "No worker is here: start one (gwageo worker).");
      return false;
    }
    Json data;
    data["engine"] = engine_;
    Json closed = Json::array();
    std::string text;
    bool is_known = false;
    bool is_large_enough = false;
    for (const auto& [id, session] : scheduler_.sessions()) {
      is_known = is_known || has_engine(session.engines, engine_);
      if (!could_run(id)) continue;
      is_large_enough = true;
      if (scheduler_.serves(id)) return true;
      closed.push_back(closed_worker(id, session.name, text));
    }
    if (!is_known) {
      add(Wait::no_engine,
          "No worker that is here has the engine " + engine_ + ": start one (gwageo worker).",
          std::move(data));
      return false;
    }
    if (!is_large_enough && job_.accepted.audit != 0) {
      add(Wait::no_worker,
          "No worker may run it: it audits what the workers here have run, and whoever answered is "
          "not asked again" +
              std::string(is_by_key() ? ", nor is anybody who comes with his key" : "") +
              ". Start another one (gwageo worker" + (is_by_key() ? " --key FILE" : "") + ").");
      return false;
    }
    if (auto faulty = faulty_slots(scheduler_, job_); !is_large_enough && faulty) {
      add(std::move(faulty));
      return false;
    }
    if (!is_large_enough) {
      data["gpus"] = model_.gpus;
      data["nodes"] = model_.nodes;
      data["gpu_kind"] = model_.gpu_kind;
      data["gpu_memory_mib"] = model_.gpu_memory_mib;
      add(Wait::no_gpus, "No worker can run it: " + *scheduler_.cannot_run(model_) + ".",
          std::move(data));
      return false;
    }
    data["workers"] = std::move(closed);
    add(Wait::workers_closed,
        "No working worker has the engine " + engine_ +
            ": start one (gwageo worker), or give one work again (gwageo undrain NAME)." + text,
        std::move(data));
    return false;
  }

  /// Of an audit's part: whether keys tell who may not run it.
  bool is_by_key() const { return !requirement_of(state_, accepted_).not_by.empty(); }

  bool could_run(WorkerId worker) const {
    return scheduler_.pool().could_run(worker, state_, job_);
  }

  std::map<std::string, std::string> load_errors() const {
    return scheduler_.load_errors(accepted_.class_key);
  }

  bool loads_somewhere() const {
    const std::map<std::string, std::string> errors = load_errors();
    return std::any_of(scheduler_.sessions().begin(), scheduler_.sessions().end(),
                       [&](const auto& entry) {
                         return scheduler_.serves(entry.first) && could_run(entry.first) &&
                                !errors.contains(entry.second.name);
                       });
  }

  void does_not_load() {
    std::string text;
    Json workers = Json::array();
    const PoolLoadFailures& failures = scheduler_.pool().load_failures();
    const auto of_class = failures.find(accepted_.class_key);
    if (of_class == failures.end()) return;
    std::map<std::string, PoolLoadFailure> by_worker;
    for (const auto& [id, failure] : of_class->second) {
      if (failure.has_failed()) by_worker[scheduler_.sessions().at(id).name] = failure;
    }
    for (const auto& [worker, failure] : by_worker) {
      Json entry;
      entry["worker"] = worker;
      entry["error"] = failure.why;
      entry["is_away"] = failure.is_away;
      const Duration left = std::max(Duration{}, failure.until - scheduler_.now());
      entry["again_in_seconds"] = failure.is_away ? Json(whole_seconds(left)) : Json(nullptr);
      workers.push_back(std::move(entry));
      text += (text.empty() ? "" : " ") + std::string("Worker ") + worker +
              " could not load it the last time: " + failure.why +
              (failure.is_away ? "; a slot of it looks again " +
                                     (left > Duration{} ? "in " + in_words(left) : "next") + "."
                               : ".");
    }
    if (text.empty()) return;
    Json data;
    data["workers"] = std::move(workers);
    add(Wait::does_not_load, std::move(text), std::move(data));
  }

  void limit() {
    const Ledger& ledger = state_.ledger();
    for (const std::string& name : state_.team_tree().chain(accepted_.team)) {
      const auto known = forecast_.teams().find(name);
      if (known == forecast_.teams().end()) continue;
      const Share& share = ledger.share(known->second.number);
      const std::int64_t holds = known->second.holds;
      if (share.limit == 0 || holds + accepted_.gpus <= share.limit) continue;
      Json data;
      data["team"] = name;
      data["holds"] = holds;
      data["limit"] = share.limit;
      const bool is_too_wide = accepted_.gpus > share.limit;
      const std::string needs = "; its model needs " + std::to_string(accepted_.gpus);
      add(Wait::limit,
          whose(name) + " holds " + counted(holds, unit_of(scheduler_)) + ", and its limit is " +
              std::to_string(share.limit) + (accepted_.gpus > 1 ? needs : "") +
              (is_too_wide ? ": it never gets them, unless"
                           : ": there is room when one of its runs ends, or") +
              " an operator raises the limit (gwageo team set " + name + " --limit N).",
          std::move(data));
    }
  }

  void reservation() {
    const Pool& pool = scheduler_.pool();
    const auto& reserved = pool.dispatcher().reservation();
    if (!reserved) return;
    const Block& block = reserved->block;
    const std::string& worker = scheduler_.sessions().at(pool.worker_of(block.node)).name;
    const bool is_own = reserved->class_number == pool.class_number(accepted_.class_key);
    Json data;
    data["worker"] = worker;
    data["first"] = block.first;
    data["width"] = block.width;
    data["own"] = is_own;
    add(Wait::reservation,
        is_own ? "Worker " + worker + " keeps " + counted(block.width, unit_of(scheduler_)) +
                     " for its model: it starts when what runs there has ended."
               : "Worker " + worker + " keeps " + counted(block.width, unit_of(scheduler_)) +
                     " for a model that needs them together; what would not end before does not "
                     "start there.",
        std::move(data));
  }

  // Where its model is, and whether it is worth another slot.
  void slots() {
    ModelSlots where = model_slots(forecast_, job_);
    if (where.slots == 0) return not_loaded();
    for (WaitReason& reason : where.reasons) add(std::move(reason));
    does_not_pay(where.slots);
  }

  void not_loaded() {
    const std::int64_t slots = forecast_.slots(model_);
    const std::int64_t busy = forecast_.busy_slots(model_);
    FullLoads full = full_loads(scheduler_, forecast_.workers_for(job_), viewer_);
    Json data;
    data["slots"] = slots;
    data["busy"] = busy;
    data["workers_loading"] = full.workers;
    data["loading"] = std::move(full.data);
    add(Wait::not_loaded,
        "Its model is loaded nowhere yet; of " + counted(slots, "slot") + " that could load it " +
            std::to_string(busy) + (busy == 1 ? " is" : " are") + " at other work" +
            (busy == slots ? ", and none has fallen free for it." : ".") + full.text,
        std::move(data));
  }

  void does_not_pay(std::int64_t slots) {
    const WaitingWork& waiting = scheduler_.pool().dispatcher().waiting();
    const std::optional<ClassNumber> number = scheduler_.pool().class_number(accepted_.class_key);
    if (!number) return;
    const bool pays = waiting.pays(*number);
    const bool pays_for_it =
        !waiting.waits(*number, job_.team) || waiting.pays_for(state_.ledger(), *number, job_.team);
    if (pays && pays_for_it) return;
    const Duration load = waiting.spec(*number).load;
    Json data;
    data["work_seconds"] = whole_seconds({waiting.work(*number)});
    data["load_seconds"] = whole_seconds(load);
    data["slots"] = slots;
    if (pays) {
      return add(Wait::does_not_pay,
                 "Its slots come to all that its team waits for sooner than its model could be "
                 "loaded once more (" +
                     in_words(load) + ").",
                 std::move(data));
    }
    add(Wait::does_not_pay,
        "What waits for its model (" + in_words({waiting.work(*number)}) +
            " of slot time) does not pay for loading it once more (" + in_words(load) + ", with " +
            counted(slots, "slot") + " already).",
        std::move(data));
  }

  const Forecast& forecast_;
  const Scheduler& scheduler_;
  const State& state_;
  const Job& job_;
  const JobAccepted& accepted_;
  const ModelAdded& model_;
  const std::string engine_;
  const std::optional<std::string>& viewer_;
  std::vector<WaitReason> found_;
};

}  // namespace

std::vector<WaitReason> waiting_reasons(const Forecast& forecast, const Job& job,
                                        const std::optional<std::string>& viewer) {
  return WaitingSearch(forecast, job, viewer).all();
}

}  // namespace gwageo
