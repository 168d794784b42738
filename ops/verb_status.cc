// gwageo status | workers | health | version.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "coordinator/team_rules.h"
#include "coordinator/waiting_reasons.h"
#include "ops/client.h"
#include "ops/gpu_options.h"
#include "ops/outlook_text.h"
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

/// How often something went wrong lately, and what it was.
std::string suspicion_text(const Json& worker) {
  const Json& suspicion = member(worker, "suspicion");
  if (number(suspicion, "points") == 0) return "-";
  return shown(suspicion, "points") + ": " + shown(suspicion, "last");
}

std::string workers_text(const Json& answer) {
  TextTable table({"worker", "state", "leases", "items", "credit", "engines", "GPUs", "models",
                   "serves", "suspicion"});
  for (const Json& worker : list(answer, "workers")) {
    table.add({shown(worker, "worker"), shown(worker, "state"), shown(worker, "leases"),
               shown(worker, "items"), shown(worker, "credit_items"),
               joined(list(worker, "engines"), nullptr), worker_gpus_text(worker),
               joined(list(worker, "slots"), "model"), joined(list(worker, "slots"), "team"),
               suspicion_text(worker)});
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
             shown(job, "priority"), state_text(job), short_outlook(member(job, "estimate")),
             shown(items, "done"), shown(items, "leased"), shown(items, "waiting"),
             shown(items, "pending"), shown(items, "failed"), shown(items, "cancelled"),
             shown(items, "total")});
}

TextTable job_table() {
  return TextTable({"job", "model", "suite", "team", "priority", "state", "ends in", "done",
                    "leased", "waiting", "pending", "failed", "cancelled", "items"});
}

std::string teams_text(const Json& answer) {
  TextTable table({"team", "holds", "entitled to", "demands", "GPU-hours", "jobs"});
  for (const Json& team : list(answer, "teams")) {
    table.add({shown(team, "team"), shown(team, "holds"), slots_text(team, "entitled_thousandths"),
               in_words(seconds(number(team, "demands_seconds"))),
               hours_text(microseconds(number(team, "gpu_microseconds"))), shown(team, "jobs")});
  }
  std::string text = table.empty() ? "" : table.text();
  const Json& others = member(answer, "others");
  if (others.is_object()) {
    text += "others: teams with jobs " + shown(others, "teams") + ", jobs " +
            shown(others, "jobs") + ", slots held " + shown(others, "holds") +
            ", slot time waiting " + in_words(seconds(number(others, "demands_seconds"))) + "\n";
  }
  return text.empty() ? "" : text + "\n";
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
         teams_text(answer) + (jobs.empty() ? "no jobs\n" : jobs.text()) + "\n" +
         workers_text(answer);
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
