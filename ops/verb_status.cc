// gwageo status | workers | health | explain | version.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "ops/client.h"
#include "ops/output.h"
#include "ops/system.h"
#include "ops/table.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

std::string joined(const Json::Array& parts, const char* key) {
  std::string text;
  for (const Json& part : parts) {
    const std::string one = key == nullptr ? part.as_string() : shown(part, key);
    text += (text.empty() ? "" : ",") + one;
  }
  return text.empty() ? "-" : text;
}

std::string workers_text(const Json& answer) {
  TextTable table({"worker", "state", "leases", "items", "credit", "engines", "models"});
  for (const Json& worker : list(answer, "workers")) {
    table.add({shown(worker, "worker"), shown(worker, "state"), shown(worker, "leases"),
               shown(worker, "items"), shown(worker, "credit_items"),
               joined(list(worker, "engines"), nullptr), joined(list(worker, "slots"), "model")});
  }
  std::string text = table.empty() ? "no workers\n" : table.text();
  for (const Json& one : list(answer, "quarantined")) {
    text += shown(one, "worker") + " is quarantined by " + shown(one, "by") + ": " +
            shown(one, "reason") +
            (shown(one, "here") == "true" ? "\n" : " (it is not here now)\n");
  }
  return text;
}

/// In one word, or few, what the job is at.
std::string state_text(const Json& job) {
  const std::string state = shown(job, "state");
  if (state == "complete" && shown(job, "scored") != "true") return "scoring";
  if (shown(job, "paused") == "true") return "paused";
  if (job.find("quota_used_up") != nullptr) return "quota used up";
  return state;
}

void add_job(TextTable& table, const Json& job) {
  const Json& items = member(job, "items");
  table.add({shown(job, "job"), shown(job, "model"), shown(job, "suite"), shown(job, "team"),
             shown(job, "priority"), state_text(job), shown(items, "done"), shown(items, "leased"),
             shown(items, "waiting"), shown(items, "pending"), shown(items, "failed"),
             shown(items, "cancelled"), shown(items, "total")});
}

TextTable job_table() {
  return TextTable({"job", "model", "suite", "team", "priority", "state", "done", "leased",
                    "waiting", "pending", "failed", "cancelled", "items"});
}

std::string status_text(const Json& answer) {
  TextTable jobs = job_table();
  if (answer.find("jobs") == nullptr) {
    add_job(jobs, answer);
    const Json* const reason = answer.find("reason");
    return jobs.text() + (reason == nullptr ? "" : "reason: " + shown(answer, "reason") + "\n");
  }
  for (const Json& job : list(answer, "jobs")) add_job(jobs, job);
  return "gwageo " + shown(answer, "version") + ", " + shown(answer, "day") + ", journal " +
         shown(answer, "journal") + " records, " + shown(answer, "leases") + " leases\n\n" +
         (jobs.empty() ? "no jobs\n" : jobs.text()) + "\n" + workers_text(answer);
}

bool is_over(const Json& job) {
  const std::string state = shown(job, "state");
  return state != "running" && (state != "complete" || shown(job, "scored") == "true");
}

/// Shows it again and again: until the job is over, or for ever.
Result<int> watch(const Invocation& arguments, const Json& body) {
  GWAGEO_ASSIGN(client, Client::open(arguments));
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  for (;;) {
    GWAGEO_ASSIGN(answer, client.call("status", body));
    if (arguments.json()) {
      print(answer.body);
    } else {
      say((is_terminal ? "\033[H\033[2J" : "") + status_text(answer.body));
    }
    if (body.find("job") != nullptr && is_over(answer.body)) return exit_code::done;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

/// Which workers could serve the job, and which of them have its model loaded.
struct Reach {
  std::string able;
  std::string loaded;
  std::string loading;
};

Reach reach(const Json& workers, const std::string& model, const std::string& engine) {
  Reach found;
  const auto add = [](std::string& names, const Json& worker) {
    names += (names.empty() ? "" : ", ") + shown(worker, "worker");
  };
  for (const Json& worker : list(workers, "workers")) {
    bool has_engine = false;
    for (const Json& one : list(worker, "engines")) has_engine = has_engine || one == Json(engine);
    if (!has_engine || shown(worker, "state") != "working") continue;
    add(found.able, worker);
    for (const Json& slot : list(worker, "slots")) {
      if (shown(slot, "model") != model) continue;
      add(shown(slot, "loading") == "true" ? found.loading : found.loaded, worker);
    }
  }
  return found;
}

/// How items ended that have no answer.
std::string fate(const std::string& outcome) {
  if (outcome == "refused_by_engine") return "refused by the engine for good";
  if (outcome == "engine_failed") return "failed in the engine in every try";
  if (outcome == "timed_out") return "too slow in every try";
  if (outcome == "worker_lost") return "lost with their workers in every try";
  return "ended as " + outcome;
}

/// Why items have no score, where this key may know it. `failures` is null where it may not.
void add_failures(std::vector<std::string>& lines, const Json& job, const Json& failures) {
  const Json& items = member(job, "items");
  if (failures.is_null()) {
    if (number(items, "failed") > 0) {
      lines.push_back(shown(items, "failed") +
                      " items have no answer and will not be tried again; the job's team can see "
                      "why.");
    }
    if (number(items, "unscored") > 0) {
      lines.push_back(shown(items, "unscored") +
                      " answers could not be read and are not scored; the job's team can see why.");
    }
    return;
  }
  std::int64_t rest = number(items, "failed");
  for (const Json& failure : failures.as_array()) {
    const std::string reason = shown(failure, "reason");
    if (shown(failure, "outcome") == "unscored") {
      lines.push_back("Answered but not scored in task " + shown(failure, "task") + ": " +
                      shown(failure, "items") + "; the first is item " + shown(failure, "item") +
                      ": " + reason + ".");
      continue;
    }
    rest -= number(failure, "items");
    lines.push_back("Without an answer in task " + shown(failure, "task") + ": " +
                    shown(failure, "items") + ", " + fate(shown(failure, "outcome")) +
                    "; the first is item " + shown(failure, "item") +
                    (reason == "-" ? ". The workers' logs say more." : ": " + reason + "."));
  }
  if (shown(job, "state") == "failed" && rest > 0) {
    lines.push_back(std::to_string(rest) + " items have no answer because the job failed.");
  }
}

/// What only the job's own team may know; null where this key may not.
struct Reasons {
  Json failures = Json::array();     ///< Why items have no score.
  Json load_errors = Json::array();  ///< Where the model would not load.
};

Result<Reasons> ask_reasons(Client& client, const Json& job, bool is_loaded) {
  const Json& items = member(job, "items");
  const bool has_failures = number(items, "failed") > 0 || number(items, "unscored") > 0;
  if (!has_failures && (is_loaded || shown(job, "state") != "running")) return Reasons{};
  Json body;
  body["job"] = shown(job, "job");
  const Result<VerbAnswer> answer = client.call("explain", std::move(body));
  if (answer) {
    return Reasons{Json(list(answer->body, "failures")), Json(list(answer->body, "load_errors"))};
  }
  if (answer.error().kind == ErrorKind::not_allowed) return Reasons{Json(nullptr), Json(nullptr)};
  return tl::unexpected(answer.error());
}

/// Who holds a job back that runs, and what would end it.
void add_holds(std::vector<std::string>& lines, const Json& job) {
  if (shown(job, "paused") == "true") {
    lines.push_back("It is paused by " + shown(job, "paused_by") +
                    ": it gets no slot until somebody resumes it (gwageo resume " +
                    shown(job, "job") + ").");
  }
  if (job.find("quota_used_up") != nullptr) {
    const std::string whose = shown(job, "quota_used_up");
    const bool is_own = whose == shown(job, "team");
    lines.push_back((is_own ? "Team " : "Group ") + whose +
                    (is_own ? "" : ", which team " + shown(job, "team") + " is in,") +
                    " has used up its GPU-hours: it gets no slot until an operator raises its "
                    "quota (gwageo team set " +
                    whose + " --gpu-hours N).");
  }
}

/// Workers that could have helped, were they not quarantined.
void add_quarantines(std::vector<std::string>& lines, const Json& workers) {
  for (const Json& one : list(workers, "quarantined")) {
    if (shown(one, "here") != "true") continue;
    lines.push_back("Worker " + shown(one, "worker") + " is quarantined by " + shown(one, "by") +
                    ": " + shown(one, "reason") + ".");
  }
}

/// Where the model is, for a job that runs.
void add_loads(std::vector<std::string>& lines, const Reach& found, const Json& load_errors) {
  if (!found.loaded.empty()) {
    lines.push_back("The model is loaded at: " + found.loaded + ".");
  } else if (!found.loading.empty()) {
    lines.push_back("The model is being loaded at: " + found.loading + ".");
  } else {
    lines.push_back(
        "The model is loaded nowhere yet; slots serve jobs of higher priority or of "
        "earlier date first.");
  }
  if (!load_errors.is_array()) return;
  for (const Json& one : load_errors.as_array()) {
    lines.push_back("Worker " + shown(one, "worker") +
                    " could not load it the last time: " + shown(one, "error") + ".");
  }
}

std::vector<std::string> explanation(const Json& job, const Json& workers,
                                     const std::string& engine, const Reasons& reasons) {
  const Json& items = member(job, "items");
  std::vector<std::string> lines;
  lines.push_back("job " + shown(job, "job") + " (" + shown(job, "model") + " on " +
                  shown(job, "suite") + ") is " + shown(job, "state") +
                  (job.find("reason") == nullptr ? "" : ": " + shown(job, "reason")) + ".");
  lines.push_back(shown(items, "done") + " of " + shown(items, "total") +
                  " items have an answer; " + shown(items, "executed") +
                  " were executed for this job, " + shown(items, "known") +
                  " were known from other jobs" +
                  (number(items, "equal") > 0
                       ? ", " + shown(items, "equal") + " ask the same as another item of this job."
                       : "."));
  add_failures(lines, job, reasons.failures);
  if (number(items, "cancelled") > 0) {
    lines.push_back(shown(items, "cancelled") +
                    " items have no answer because the job was cancelled.");
  }
  if (shown(job, "state") == "complete" && shown(job, "scored") != "true") {
    lines.push_back("Its scorecard is being computed.");
  }
  if (shown(job, "state") != "running") return lines;
  if (number(items, "leased") > 0) {
    lines.push_back(shown(items, "leased") + " items are with workers right now.");
  }
  if (number(items, "waiting") > 0) {
    lines.push_back(
        shown(items, "waiting") +
        " items wait for a question that is being asked already, for this job or another.");
  }
  add_holds(lines, job);
  const bool is_held = shown(job, "paused") == "true" || job.find("quota_used_up") != nullptr;
  if (is_held && number(items, "pending") > 0) {
    lines.push_back(shown(items, "pending") + " items are held back.");
  }
  if (is_held) return lines;
  add_quarantines(lines, workers);
  const Reach workers_for = reach(workers, shown(job, "model"), engine);
  if (number(items, "pending") > 0) {
    lines.push_back(shown(items, "pending") + " items wait for a free slot.");
  }
  if (workers_for.able.empty()) {
    lines.push_back("No working worker has the engine " + engine +
                    ": start one (gwageo worker), or give one work again (gwageo undrain NAME).");
    return lines;
  }
  lines.push_back("Workers with the engine " + engine + ": " + workers_for.able + ".");
  add_loads(lines, workers_for, reasons.load_errors);
  return lines;
}

}  // namespace

Result<int> verb_status(const Invocation& arguments) {
  Json body = Json::object();
  if (const auto job = arguments.text("JOB")) body["job"] = *job;
  if (arguments.has("watch")) return watch(arguments, body);
  GWAGEO_ASSIGN(answer, ask(arguments, "status", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
  } else {
    say(status_text(answer.body));
  }
  return exit_code::done;
}

Result<int> verb_workers(const Invocation& arguments) {
  GWAGEO_ASSIGN(answer, ask(arguments, "workers"));
  if (arguments.json()) {
    print(answer.body);
  } else {
    say(workers_text(answer.body));
  }
  return exit_code::done;
}

Result<int> verb_health(const Invocation& arguments) {
  GWAGEO_ASSIGN(answer, ask(arguments, "health"));
  if (arguments.json()) {
    print(answer.body);
  } else {
    std::string text;
    for (const auto& [key, value] : members(answer.body)) {
      text += key + ": " + shown(answer.body, key) + "\n";
    }
    say(text);
  }
  return answer.yes ? exit_code::done : exit_code::no;
}

Result<int> verb_explain(const Invocation& arguments) {
  GWAGEO_ASSIGN(client, Client::open(arguments));
  Json body;
  body["job"] = arguments.text_or("JOB", "");
  GWAGEO_ASSIGN(job, client.call("status", body));
  GWAGEO_ASSIGN(workers, client.call("workers"));
  GWAGEO_ASSIGN(models, client.call("model.list"));
  std::string engine = "unknown";
  for (const Json& model : list(models.body, "models")) {
    if (shown(model, "model") == shown(job.body, "model")) engine = shown(model, "engine");
  }
  const Reach found = reach(workers.body, shown(job.body, "model"), engine);
  GWAGEO_ASSIGN(reasons, ask_reasons(client, job.body, !found.loaded.empty()));
  const std::vector<std::string> lines = explanation(job.body, workers.body, engine, reasons);
  if (arguments.json()) {
    Json document;
    document["job"] = shown(job.body, "job");
    document["state"] = shown(job.body, "state");
    document["items"] = member(job.body, "items");
    Json said = Json::array();
    for (const std::string& line : lines) said.push_back(line);
    document["reasons"] = std::move(said);
    document["failures"] = std::move(reasons.failures);
    document["load_errors"] = std::move(reasons.load_errors);
    print(document);
    return exit_code::done;
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  say(text);
  return exit_code::done;
}

Result<int> verb_version(const Invocation& arguments) {
  if (arguments.json()) {
    Json document;
    document["version"] = program_version();
    print(document);
  } else {
    say("gwageo " + program_version() + "\n");
  }
  return exit_code::done;
}

}  // namespace gwageo
