// gwageo submit | cancel | pause | resume | priority.
#include <cstdio>

#include "benchmarks/target.h"
#include "coordinator/words.h"
#include "ops/client.h"
#include "ops/duration.h"
#include "ops/follow.h"
#include "ops/outlook_text.h"
#include "ops/output.h"
#include "ops/system.h"
#include "ops/verbs.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

Result<Json> submission(const Invocation& arguments) {
  for (const std::string needed : {"model", "suite"}) {
    if (!arguments.has(needed)) {
      return fail(ErrorKind::bad_input,
                  "submit needs --" + needed + (needed == "model" ? " NAME" : " SUITE"));
    }
  }
  GWAGEO_ASSIGN(priority, arguments.whole_or("priority", 0, -1000, 1000));
  std::int64_t within_seconds = 0;
  if (const auto within = arguments.text("within")) {
    const std::optional<std::int64_t> time = parse_seconds(*within);
    constexpr std::int64_t days_max = limits::within_max.microseconds / seconds(86400).microseconds;
    if (!time || *time == 0 || *time > days_max * 86400) {
      return fail(ErrorKind::bad_input, "--within: \"" + *within + "\" is no time from 1s to " +
                                            std::to_string(days_max) +
                                            "d: a whole number and s, m, h or d, like 90s, 30m, "
                                            "2h or 7d");
    }
    within_seconds = *time;
  }
  Json body;
  // A random name makes this submission one, however often it has to be sent.
  body["request"] = arguments.text_or("request", "cli-" + random_name() + random_name());
  body["model"] = arguments.text_or("model", "");
  body["suite"] = arguments.text_or("suite", "");
  if (const auto team = arguments.text("team")) body["team"] = *team;
  body["priority"] = priority;
  if (const auto tier = arguments.text("tier")) body["tier"] = *tier;
  if (within_seconds > 0) body["within_seconds"] = within_seconds;
  body["skip_lookup"] = arguments.has("skip-lookup");
  GWAGEO_ASSIGN(round, arguments.whole_or("round", 0, 0, settle_rounds_max));
  if (round > 0) body["round"] = round;
  return body;
}

/// Sends a verb about one job that may be over already, and says `done` when it is not.
Result<int> steer(const Invocation& arguments, const char* verb, Json body,
                  const std::string& done) {
  body["job"] = arguments.text_or("JOB", "");
  GWAGEO_ASSIGN(answer, ask(arguments, verb, body));
  if (arguments.json()) {
    print(answer.body);
  } else if (answer.yes) {
    say("job " + shown(body, "job") + " " + done + "\n");
  }
  if (answer.yes) return exit_code::done;
  std::fprintf(stderr, "gwageo: %s\n", shown(answer.body, "error").c_str());
  return exit_code::no;
}

/// A warning where the job is expected to be over after it is due; nothing too where that cannot be
/// said now, as the job was submitted in any case.
std::string deadline_warning(Client& client, const std::string& job) {
  Json body;
  body["job"] = job;
  const Result<VerbAnswer> now = client.call("status", std::move(body));
  if (!now) return {};
  const Json& estimate = member(now->body, "estimate");
  const std::string late = late_text(now->body, estimate);
  if (late.empty()) return {};
  return "job " + job + ": " + late + ", and to be over in " + outlook_range(estimate) +
         " (gwageo explain " + job + " says why)";
}

void warn(Json& document, const std::string& warning) {
  document["warning"] = warning;
  std::fprintf(stderr, "gwageo: warning: %s\n", warning.c_str());
}

/// What was waited for, and is not as it was asked for, goes to standard error.
int tell_ended(const std::string& job, const Json& last) {
  const std::string state = shown(last, "state");
  const Json& items = member(last, "items");
  const std::int64_t failed = number(items, "failed");
  const std::int64_t unscored = number(items, "unscored");
  if (last.find("damaged") != nullptr) {
    std::fprintf(stderr, "gwageo: job %s: %s\n", job.c_str(), shown(last, "damaged").c_str());
    return exit_code::no;
  }
  if (state == "complete" && failed + unscored == 0) return exit_code::done;
  if (state == "complete") {
    // A job counts answers, of which an item that is asked several times has several; what could
    // not be scored are items.
    std::string what;
    if (failed > 0) {
      what = std::to_string(failed) + " of " + shown(items, "total") +
             (failed == 1 ? " answers is missing" : " answers are missing");
    }
    if (unscored > 0) {
      what += (failed > 0 ? " and " : "") + counted(unscored, "item") +
              (unscored == 1 ? " was" : " were") + " answered but could not be scored";
    }
    std::fprintf(stderr, "gwageo: job %s is complete, but %s; see: gwageo explain %s\n",
                 job.c_str(), what.c_str(), job.c_str());
    return exit_code::no;
  }
  std::fprintf(stderr, "gwageo: job %s %s: %s\n", job.c_str(), state.c_str(),
               shown(last, "reason").c_str());
  return exit_code::no;
}

}  // namespace

Result<int> verb_submit(const Invocation& arguments) {
  GWAGEO_ASSIGN(body, submission(arguments));
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(answer, client.call("submit", std::move(body)));
  const std::string job = shown(answer.body, "job");
  Json document;
  document["job"] = job;
  document["known"] = *answer.body.find("known");
  if (const Json* const warning = answer.body.find("warning")) {
    warn(document, warning->as_string());
  } else if (arguments.has("within")) {
    const std::string late = deadline_warning(client, job);
    if (!late.empty()) warn(document, late);
  }
  if (!arguments.has("wait")) {
    if (arguments.json()) {
      print(document);
    } else {
      say(job + "\n");
    }
    return exit_code::done;
  }
  if (!arguments.json()) say(job + "\n");  // Before the wait, which may end in an error.
  const auto followed = follow(client, job);
  if (!followed) {
    return fail("job " + job + " was submitted and goes on without this command", followed.error());
  }
  const Json& last = *followed;
  document["state"] = *last.find("state");
  document["scored"] = *last.find("scored");
  document["items"] = *last.find("items");
  for (const char* const key : {"reason", "damaged"}) {
    if (const Json* const value = last.find(key)) document[key] = *value;
  }
  if (arguments.json()) print(document);
  return tell_ended(job, last);
}

Result<int> verb_cancel(const Invocation& arguments) {
  return steer(arguments, "cancel", Json::object(), "is cancelled");
}

Result<int> verb_pause(const Invocation& arguments) {
  return steer(arguments, "pause", Json::object(),
               "is paused: it finishes what it has in slots and gets no more");
}

Result<int> verb_resume(const Invocation& arguments) {
  return steer(arguments, "resume", Json::object(), "goes on");
}

Result<int> verb_priority(const Invocation& arguments) {
  GWAGEO_ASSIGN(priority, arguments.whole_or("P", 0, -1000, 1000));
  Json body;
  body["priority"] = priority;
  return steer(arguments, "priority", std::move(body), "has priority " + std::to_string(priority));
}

}  // namespace gwageo
