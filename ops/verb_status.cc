// gwageo status | workers | health | version.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "coordinator/team_rules.h"
#include "coordinator/words.h"
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

/// "2 of 340 wrong (0.1 to 2.1 %)", of what was compared with others.
std::string checks_text(const Json& worker) {
  const Json& checks = member(worker, "checks");
  if (!checks.is_object() || number(checks, "checked") == 0) return "-";
  std::string text = shown(checks, "wrong") + " of " + shown(checks, "checked") + " wrong";
  const Json::Array& ends = list(checks, "wrong_interval");
  if (ends.size() == 2) {
    char percent[64];
    std::snprintf(percent, sizeof percent, " (%.1f to %.1f %%)", 100 * ends[0].as_double(),
                  100 * ends[1].as_double());
    text += percent;
  }
  if (number(checks, "open") > 0) text += ", " + shown(checks, "open") + " undecided";
  return text;
}

/// A line for each slot that is out of order.
std::string faulty_slots_text(const Json& answer) {
  std::string text;
  for (const Json& worker : list(answer, "workers")) {
    std::size_t number = 0;
    for (const Json& slot : list(worker, "slots")) {
      const std::string where = shown(worker, "worker") + " slot " + std::to_string(number++);
      const Json* const fault = slot.find("fault");
      if (fault == nullptr || fault->is_null()) continue;
      text += where + " is out of order: " + fault->as_string() + "\n";
    }
  }
  return text;
}

/// A line for each model that a worker could not load the last time.
std::string not_loaded_text(const Json& answer) {
  std::string text;
  for (const Json& worker : list(answer, "workers")) {
    for (const Json& each : list(worker, "not_loaded")) {
      const Json* const again = each.find("again_in_seconds");
      const bool is_away = again != nullptr && !again->is_null();
      text += shown(worker, "worker") + " could not load " + shown(each, "model") +
              (is_away ? ", for now: " : ": ") + shown(each, "error") + "\n";
    }
  }
  return text;
}

std::string workers_text(const Json& answer) {
  TextTable table({"worker", "state", "leases", "items", "credit", "engines", "GPUs", "models",
                   "serves", "suspicion", "checked"});
  for (const Json& worker : list(answer, "workers")) {
    table.add({shown(worker, "worker"), shown(worker, "state"), shown(worker, "leases"),
               shown(worker, "items"), shown(worker, "credit_items"),
               joined(list(worker, "engines"), nullptr), worker_gpus_text(worker),
               joined(list(worker, "slots"), "model"), joined(list(worker, "slots"), "team"),
               suspicion_text(worker), checks_text(worker)});
  }
  std::string text = table.empty() ? "no workers\n" : table.text();
  for (const Json& worker : list(answer, "workers")) {
    const Json& left = member(worker, "unsigned");
    if (!left.is_object()) continue;
    text += shown(worker, "worker") + " has not signed " +
            counted(number(left, "records"), "record") + " of its results, the oldest for " +
            shown(left, "seconds") + " s" +
            (shown(left, "gets_leases") == "true" ? "\n" : ": it gets no leases until it has\n");
  }
  text += faulty_slots_text(answer) + not_loaded_text(answer);
  for (const Json& one : list(answer, "quarantined")) {
    text +=
        shown(one, "worker") + " is quarantined by " + shown(one, "by") + ": " +
        shown(one, "reason") + (shown(one, "here") == "true" ? "" : " (it is not here now)") +
        (number(one, "answers") > 0 ? "; " + counted(number(one, "answers"), "answer") + " of it " +
                                          (number(one, "answers") == 1 ? "counts" : "count") +
                                          " (gwageo disown " + shown(one, "worker") + ")\n"
                                    : "\n");
  }
  return text;
}

/// In one word, or few, what the job is at.
std::string state_text(const Json& job) {
  const std::string state = shown(job, "state");
  if (job.find("damaged") != nullptr) return "damaged";
  if (state == "complete" && shown(job, "scored") != "true") return "scoring";
  if (shown(job, "paused") == "true") return "paused";
  if (job.find("quota_used_up") != nullptr) return "quota used up";
  return state;
}

/// What --within said, and of an open job what is left of it: "2 h (12 min left)".
std::string within_text(const Json& job) {
  if (job.find("within_seconds") == nullptr) return "-";
  const std::string within = in_words(seconds(number(job, "within_seconds")));
  if (job.find("due_in_seconds") == nullptr) return within;
  const std::int64_t left = number(job, "due_in_seconds");
  const std::string much = in_words(seconds(left < 0 ? -left : left));
  return within + " (" + much + (left < 0 ? " late)" : " left)");
}

/// What only some jobs have has its column where one of them does.
std::string jobs_text(const std::vector<const Json*>& jobs) {
  const auto any = [&](auto has) {
    return std::any_of(jobs.begin(), jobs.end(), [&](const Json* job) { return has(*job); });
  };
  const bool tiers = any([](const Json& job) {
    return job.find("tier") != nullptr && shown(job, "tier") != "campaign";
  });
  const bool deadlines = any([](const Json& job) { return job.find("within_seconds") != nullptr; });
  std::vector<std::string> head = {"job", "model", "suite", "team", "priority"};
  if (tiers) head.emplace_back("tier");
  head.insert(head.end(), {"state", "ends in"});
  if (deadlines) head.emplace_back("within");
  head.insert(head.end(), {"done", "leased", "waiting", "pending", "failed", "cancelled", "items"});
  TextTable table(head);
  for (const Json* const job : jobs) {
    std::vector<std::string> row;
    for (const char* key : {"job", "model", "suite", "team", "priority"}) {
      row.push_back(shown(*job, key));
    }
    if (tiers) row.push_back(shown(*job, "tier"));
    row.insert(row.end(), {state_text(*job), short_outlook(member(*job, "estimate"))});
    if (deadlines) row.push_back(within_text(*job));
    for (const char* key :
         {"done", "leased", "waiting", "pending", "failed", "cancelled", "total"}) {
      row.push_back(shown(member(*job, "items"), key));
    }
    table.add(std::move(row));
  }
  return table.text();
}

/// One job; of another team's there is little to tell.
std::string job_text(const Json& job) {
  if (member(job, "items").is_null()) {
    TextTable table({"job", "model", "suite", "team", "state"});
    table.add({shown(job, "job"), shown(job, "model"), shown(job, "suite"), shown(job, "team"),
               state_text(job)});
    return table.text() + place_text(job) + rest_text(job);
  }
  std::string text = jobs_text({&job});
  if (job.find("cause") != nullptr) {
    text += "submitted by the coordinator: " + shown(job, "cause") + "\n";
  }
  if (job.find("reason") != nullptr) text += "reason: " + shown(job, "reason") + "\n";
  if (job.find("damaged") != nullptr) text += "damaged: " + shown(job, "damaged") + "\n";
  return text;
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
            shown(others, "jobs") + ", holding " + shown(others, "holds") + ", demanding " +
            in_words(seconds(number(others, "demands_seconds"))) + "\n";
  }
  return text.empty() ? "" : text + "\n";
}

std::string status_text(const Json& answer) {
  if (answer.find("jobs") == nullptr) return job_text(answer);
  std::vector<const Json*> jobs;
  for (const Json& job : list(answer, "jobs")) jobs.push_back(&job);
  return "gwageo " + shown(answer, "version") + ", " + shown(answer, "day") + ", journal " +
         counted(number(answer, "journal"), "record") + ", " +
         counted(number(answer, "leases"), "lease") + "\n\n" + teams_text(answer) +
         (jobs.empty() ? "no jobs\n" : jobs_text(jobs)) + "\n" + workers_text(answer);
}

bool is_over(const Json& job) {
  const std::string state = shown(job, "state");
  if (job.find("damaged") != nullptr) return true;
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
