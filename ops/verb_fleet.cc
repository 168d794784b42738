// gwageo fleet slurm | status | stop: worker jobs of a cluster's own scheduler, as many as the
// backlog needs.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "coordinator/words.h"
#include "ops/client.h"
#include "ops/duration.h"
#include "ops/fleet_keeper.h"
#include "ops/fleet_line.h"
#include "ops/gpu_options.h"
#include "ops/log.h"
#include "ops/output.h"
#include "ops/shell_words.h"
#include "ops/slurm_batch.h"
#include "ops/stop_signals.h"
#include "ops/system.h"
#include "ops/system_clock.h"
#include "ops/table.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

/// How often the coordinator is asked whether more waits than before: cheap for it, and why a
/// backlog has its first worker soon.
constexpr Duration poll_every = milliseconds(250);
/// After orders a look comes this soon, so that what they led to is acted on.
constexpr Duration look_again_after = seconds(1);

/// Waits that a stop ends at once.
class Bell {
 public:
  void ring() {
    {
      const std::lock_guard lock(mutex_);
      has_rung_ = true;
    }
    changed_.notify_all();
  }
  void wait(Duration at_most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::microseconds(at_most.microseconds),
                      [this] { return has_rung_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_rung_ = false;
};

/// What workers are told: a file that holds the address by its own name, so that they follow it.
std::string address_for_workers(const Invocation& arguments, const Connection& place) {
  const std::string file = "file:";
  const std::string given = arguments.text_or("coordinator", environment("GWAGEO_COORDINATOR"));
  return given.starts_with(file) ? file + absolute_path(given.substr(file.size())) : place.endpoint;
}

/// Workers come with this file: it must be theirs, and for this coordinator.
Status check_worker_key(const std::string& path, const KeyFile& own) {
  GWAGEO_ASSIGN(key, read_key_file(path));
  if (key.role != KeyRole::worker) {
    return fail(ErrorKind::bad_input, "--worker-key: " + path + " is a key of role " +
                                          std::string(to_string(key.role)) +
                                          "; workers need one of role worker");
  }
  if (key.coordinator_verifier == own.coordinator_verifier) return {};
  return fail(ErrorKind::bad_input, "--worker-key: " + path + " is for another coordinator");
}

/// The dry run on creation: what Slurm says of the very job that will be submitted.
Result<std::string> try_out(SlurmBatch& batch, const FleetLine& line) {
  const WorkerJob trial{1, "whether such a job can be had"};
  Result<std::string> said = batch.try_out(trial);
  if (said) return said;
  return fail("no worker job can be submitted like this",
              {said.error().kind == ErrorKind::not_found ? ErrorKind::bad_input : said.error().kind,
               said.error().message + "\n  " + quoted(sbatch_words(line, trial))});
}

Json as_json(const FleetActions& actions) {
  Json json = Json::array();
  for (const FleetSubmission& one : actions.submissions) {
    json.push_back("submit worker " + std::to_string(one.number) + ": " + one.why);
  }
  for (const FleetDrain& one : actions.drains) json.push_back("drain: " + one.why);
  for (const FleetCancel& one : actions.cancels) {
    json.push_back("cancel job " + one.job + ": " + one.why);
  }
  return json;
}

Result<int> dry_run(const Invocation& arguments, const FleetLine& line, FleetPool& pool,
                    SlurmBatch& batch) {
  const WorkerJob job{1, "backlog N items, N workers"};
  const std::string command = quoted(sbatch_words(line, job));
  const std::string script = worker_script(line, 1);
  if (!arguments.json()) say("$ " + command + " <<'END'\n" + script + "END\n");
  GWAGEO_ASSIGN(said, try_out(batch, line));
  Fleet fleet(line.policy);
  const FleetActions actions =
      fleet.step({SystemClock().monotonic().microseconds}, pool.look(), batch.jobs());
  const Json orders = as_json(actions);
  if (arguments.json()) {
    Json json;
    json["command"] = command;
    json["script"] = script;
    json["slurm"] = said;
    json["would"] = orders;
    print(json);
    return exit_code::done;
  }
  std::string text = "Slurm: " + said + "\n";
  for (const FleetNote& note : actions.notes) text += "note: " + note.text + "\n";
  for (const Json& order : orders.as_array()) text += "would " + order.as_string() + "\n";
  say(text + (orders.as_array().empty() ? "would do nothing now\n" : ""));
  return exit_code::done;
}

/// The fleet's loop, until `watch` says stop.
class Rounds {
 public:
  Rounds(const Invocation& arguments, Duration every, FleetKeeper& keeper, FleetPool& pool)
      : is_json_(arguments.json()), every_(every), keeper_(keeper), pool_(pool) {}

  bool look() {
    const Duration now = clock_.monotonic();
    const bool is_done = keeper_.step({now.microseconds});
    looked_at_ = now;
    next_ = now + (keeper_.has_acted() ? std::min(every_, look_again_after) : every_);
    const std::string report = keeper_.report().dump();
    if (is_json_ && report != last_report_) print(keeper_.report());
    last_report_ = report;
    pending_ = pool_.pending().value_or(0);
    return is_done;
  }

  void run(const std::atomic<bool>& stop, Bell& bell) {
    while (!stop.load()) {
      if (clock_.monotonic() >= next_ || has_more()) look();
      bell.wait(std::min(poll_every, std::max(milliseconds(1), next_ - clock_.monotonic())));
    }
  }

 private:
  /// Whether more waits than at the last look. Not on every bit more: a look is dear.
  bool has_more() {
    const std::uint64_t now = pool_.pending().value_or(0);
    const bool is_more = now > pending_;
    const bool is_early = clock_.monotonic() - looked_at_ < look_again_after && pending_ > 0;
    if (!is_more) pending_ = now;
    return is_more && !is_early;
  }

  bool is_json_;
  Duration every_;
  FleetKeeper& keeper_;
  FleetPool& pool_;
  SystemClock clock_;
  Duration looked_at_;
  Duration next_;
  std::uint64_t pending_ = 0;
  std::string last_report_;
};

void warn_of_kill_wait(SlurmBatch& batch, const FleetLine& line, Log& log) {
  const std::optional<Duration> kill_wait = batch.kill_wait();
  if (!kill_wait || line.grace < *kill_wait) return;
  log.write(LogLevel::warning,
            "Slurm kills a job so long after it asked it to end (KillWait); with a --grace that is "
            "no shorter, what workers still hold then is run again",
            {{"kill_wait_s", std::to_string(kill_wait->microseconds / 1000000)},
             {"grace_s", std::to_string(line.grace.microseconds / 1000000)}});
}

/// The ids of jobs that are not over.
std::vector<std::string> open_jobs(const std::vector<BatchJob>& jobs) {
  std::vector<std::string> ids;
  for (const BatchJob& job : jobs) {
    if (job.state == BatchState::waiting || job.state == BatchState::running) {
      ids.push_back(job.id);
    }
  }
  return ids;
}

Status leave(const Invocation& arguments, const FleetLine& line, SlurmBatch& batch, Log& log) {
  const bool cancels = arguments.has("cancel-on-exit");
  GWAGEO_ASSIGN(jobs, batch.jobs());
  const std::vector<std::string> ids = open_jobs(jobs);
  if (cancels) GWAGEO_TRY(batch.cancel(ids));
  log.write(LogLevel::info,
            cancels ? "the fleet stops; its jobs are cancelled"
                    : "the fleet stops; its jobs go on, and the next fleet of this name adopts "
                      "them (gwageo fleet stop cancels them)",
            {{"fleet", line.policy.name}, {"jobs", std::to_string(ids.size())}});
  return {};
}

FleetLine line_of_name(std::string name) {
  FleetLine line;
  line.policy.name = std::move(name);
  return line;
}

/// The worker of that name in the coordinator's answer; null where it is not in the pool.
const Json& worker_named(const Json& answer, const std::string& name) {
  static const Json none;
  for (const Json& worker : list(answer, "workers")) {
    if (shown(worker, "worker") == name) return worker;
  }
  return none;
}

}  // namespace

Result<int> verb_fleet_slurm(const Invocation& arguments) {
  block_stop_signals();
  if (!arguments.has("partition")) {
    return fail(ErrorKind::bad_input, "a fleet needs --partition P: where its jobs go");
  }
  GWAGEO_ASSIGN(place, find_connection(arguments));
  GWAGEO_ASSIGN(line, fleet_line(arguments, address_for_workers(arguments, place)));
  GWAGEO_TRY(check_worker_key(arguments.text_or("worker-key", ""), place.key));
  const std::string every_text = arguments.text_or("every", "10s");
  const std::optional<std::int64_t> every = parse_seconds(every_text);
  if (!every || *every < 1 || *every > 3600) {
    return fail(ErrorKind::bad_input, "--every: \"" + every_text + "\" is no time from 1s to 1h");
  }
  std::error_code error;
  std::filesystem::create_directories(line.log_folder, error);
  if (!std::filesystem::is_directory(line.log_folder, error)) {
    return fail(ErrorKind::bad_input, "--log-folder: " + line.log_folder + " is no folder");
  }
  SlurmBatch batch(line);
  CoordinatorPool pool([&arguments] { return find_connection(arguments); });
  if (arguments.has("dry-run")) return dry_run(arguments, line, pool, batch);
  GWAGEO_ASSIGN(log, new_log(arguments.text_or("log", "")));
  GWAGEO_ASSIGN(said, try_out(batch, line));
  log->write(LogLevel::info, "the fleet starts",
             {{"fleet", line.policy.name}, {"coordinator", place.endpoint}, {"slurm", said}});
  warn_of_kill_wait(batch, line, *log);
  FleetKeeper keeper(line.policy, pool, batch, *log);
  Rounds rounds(arguments, seconds(*every), keeper, pool);
  if (arguments.has("once")) return rounds.look() ? exit_code::done : exit_code::no;
  Bell bell;
  const StopWatch watch([&bell] { bell.ring(); });
  rounds.run(watch.requested(), bell);
  GWAGEO_TRY(leave(arguments, line, batch, *log));
  return exit_code::done;
}

Result<int> verb_fleet_status(const Invocation& arguments) {
  block_stop_signals();
  GWAGEO_ASSIGN(name, fleet_name(arguments));
  SlurmBatch batch(line_of_name(name));
  GWAGEO_ASSIGN(jobs, batch.jobs());
  const Result<VerbAnswer> pool = ask(arguments, "workers");
  Json json;
  json["fleet"] = name;
  json["pool"] = pool ? Json(nullptr) : Json(pool.error().message);
  json["jobs"] = Json::array();
  TextTable table({"job", "worker", "state", "node", "pool", "items", "GPUs", "why"});
  for (const BatchJob& job : jobs) {
    const std::string worker_is = worker_name(name, job.number);
    const Json& worker = pool ? worker_named(pool->body, worker_is) : Json();
    const std::string why = job.reason.empty() ? job.comment : job.reason;
    table.add({job.id, worker_is, job.word, job.node.empty() ? "-" : job.node,
               shown(worker, "state"), shown(worker, "items"), worker_gpus_text(worker),
               why.empty() ? "-" : why});
    Json row;
    row["job"] = job.id;
    row["worker"] = worker_is;
    row["state"] = job.word;
    row["node"] = job.node;
    row["reason"] = job.reason;
    row["comment"] = job.comment;
    row["pool"] = worker;
    json["jobs"].push_back(std::move(row));
  }
  if (arguments.json()) {
    print(json);
    return exit_code::done;
  }
  say(table.empty() ? "fleet " + name + " has no jobs\n" : table.text());
  if (!pool) say("pool: " + pool.error().message + "\n");
  return exit_code::done;
}

Result<int> verb_fleet_stop(const Invocation& arguments) {
  block_stop_signals();
  GWAGEO_ASSIGN(name, fleet_name(arguments));
  SlurmBatch batch(line_of_name(name));
  GWAGEO_ASSIGN(jobs, batch.jobs());
  const std::vector<std::string> ids = open_jobs(jobs);
  GWAGEO_TRY(batch.cancel(ids));
  if (arguments.json()) {
    Json json;
    json["fleet"] = name;
    json["cancelled"] = Json::array();
    for (const std::string& id : ids) json["cancelled"].push_back(id);
    print(json);
    return exit_code::done;
  }
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : ", ") + id;
  say(ids.empty() ? "fleet " + name + " has no jobs\n"
                  : "cancelled " + counted(static_cast<std::int64_t>(ids.size()), "job") +
                        " of fleet " + name + ": " + text + "\n");
  return exit_code::done;
}

}  // namespace gwageo
